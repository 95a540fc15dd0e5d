export interface FormProblem {
  field?: string;
  text: string;
}

/** What a form shows after it was refused. `attempt` counts the attempts, so that a repeated refusal is noticed. */
export interface FormState {
  attempt: number;
  problems: FormProblem[];
  /** The input, to show it again. Never a password or a card. */
  values?: Record<string, string>;
  /** Where to look whether the request was carried out, when its outcome is unknown, or where to solve what it was refused for. */
  look?: { href: string; label: string };
  /** The page is rendered again by itself once it can be loaded: it may then show what has come of the request. */
  looksAgain?: boolean;
  /** The idempotency key of the next request, of a form that has one. */
  key?: string;
  /** Where to sign in, when the session is missing. */
  signIn?: string;
  /** Only a page of the present build can send the form. */
  mustReload?: boolean;
  /** The bank needs to verify the payment: for Stripe's script. */
  clientSecret?: string;
}

export type FormAction = (state: FormState, form: FormData) => Promise<FormState>;

export const UNSENT: FormState = { attempt: 0, problems: [] };

/** The input of a field; empty when the field is missing or a file. */
export function formText(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
}

/** The problem of a field, if any. */
export const problemOf = (state: FormState, field: string): string | undefined =>
  state.problems.find((problem) => problem.field === field)?.text;
