/** What a form shows after it was refused. `attempt` grows with every try, so that the same refusal twice is noticed. */
export type FormState = {
  attempt: number;
  problems: { field?: string; text: string }[];
  /** What was typed, to show it again. Never a password or a card. */
  values?: Record<string, string>;
  /** Where to sign in, when the session is missing. */
  signIn?: string;
  /** The bank needs to verify the payment: for Stripe's script. */
  clientSecret?: string;
};

export const START: FormState = { attempt: 0, problems: [] };

export type FormAction = (state: FormState, form: FormData) => Promise<FormState>;
