import type { Failure } from '@/api/http.ts';
import { accountProblems } from './account-messages.ts';
import { lookAgain, unconfirmedProblem } from './form-failure.ts';
import type { FormState } from './form-state.ts';
import type { Unconfirmed } from './messages.ts';

/** The next state of a form about the account whose request failed. `unconfirmed` is shown when the outcome is unknown. */
export const accountFailure = ({ attempt }: FormState, failure: Failure, unconfirmed: Unconfirmed): FormState => ({
  attempt: attempt + 1,
  ...lookAgain(failure),
  ...(unconfirmedProblem(failure, unconfirmed) ?? { problems: accountProblems(failure) }),
});
