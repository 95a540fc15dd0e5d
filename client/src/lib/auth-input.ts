import type { FormState } from './form-state.ts';
import type { Problem } from './types.ts';
import { sentence } from './words.ts';

export type AuthIntent = 'signin' | 'signup';

export const unreachable = {
  text: 'Signing in is not answering right now. You can go on browsing; please try again in a moment.',
};

/** The API's refusals beside the fields of the form. */
export function authProblems(problems: Problem[], retryAfter?: number): FormState['problems'] {
  return problems.map((problem) => {
    const text = sentence(problem, retryAfter).replace(/^(email|password) /, (_, name) =>
      name === 'email' ? 'The e-mail address ' : 'The password ',
    );
    return problem.field === 'email' || problem.field === 'password' ? { field: problem.field, text } : { text };
  });
}
