export interface FormProblem {
  field?: string;
  text: string;
}

/** What a form shows after it was refused. `attempt` grows with every try, so that the same refusal twice is noticed. */
export interface FormState {
  attempt: number;
  problems: FormProblem[];
  /** What was typed, to show it again. Never a password or a card. */
  values?: Record<string, string>;
  /** Where to sign in, when the session is missing. */
  signIn?: string;
  /** The bank needs to verify the payment: for Stripe's script. */
  clientSecret?: string;
}

export type FormAction = (state: FormState, form: FormData) => Promise<FormState>;

export const UNSENT: FormState = { attempt: 0, problems: [] };

/** What was typed into a field; empty when the field is missing or a file. */
export function formText(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
}

/** What is wrong with a field, if anything. */
export const problemOf = (state: FormState, field: string): string | undefined =>
  state.problems.find((problem) => problem.field === field)?.text;
