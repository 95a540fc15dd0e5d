import type { Failure } from '@/api/http.ts';
import type { FormState } from './form-state.ts';
import { newKey } from './idempotency-key.ts';
import { placeToSolve, problemText, type Unconfirmed, type Wording } from './messages.ts';

/**
 * The next state of a form whose request failed. `unconfirmed` is shown when the outcome is unknown; `key` is the idempotency key that
 * the form was sent with.
 */
export function failedState(
  { attempt }: FormState,
  failure: Failure,
  { unconfirmed, key, ...wording }: Wording & { unconfirmed: Unconfirmed; key?: string | undefined },
): FormState {
  return {
    attempt: attempt + 1,
    ...nextKey(key, failure),
    ...lookAgain(failure),
    ...(unconfirmedProblem(failure, unconfirmed) ?? refusedProblems(failure, wording)),
  };
}

function refusedProblems({ problems, retryAfter }: Failure, wording: Wording): Pick<FormState, 'problems' | 'look'> {
  const look = problems.map(placeToSolve).find((place) => place !== undefined);
  return {
    problems: problems.map((problem) => ({ text: problemText(problem, retryAfter, wording) })),
    ...(look && { look }),
  };
}

/** What a form shows when it is unknown whether this or, after a change of its fields, an earlier request was carried out. */
export function unconfirmedProblem(
  { isOutcomeUnknown, problems }: Failure,
  { text, changed = text, look }: Unconfirmed,
): Pick<FormState, 'problems' | 'look'> | undefined {
  const isChanged = problems.some(({ code }) => code === 'idempotency-key-reused');
  if (!isOutcomeUnknown && !isChanged) return undefined;
  return { problems: [{ text: isChanged ? changed : text }], ...(look && { look }) };
}

/** Whether the page has to look by itself for what has come of a request: nobody knows, or a service is down. */
export const lookAgain = ({ isOutcomeUnknown, status }: Failure): Pick<FormState, 'looksAgain'> =>
  isOutcomeUnknown || status >= 500 ? { looksAgain: true } : {};

/**
 * The key of a form's next request: the same while the API has no answer under it, so that a repetition is harmless; a new one once the
 * outcome is known, so that a corrected form is a new command.
 */
export function nextKey(key: string | undefined, { isOutcomeUnknown, status }: Failure): Pick<FormState, 'key'> {
  if (key === undefined) return {};
  const isUnanswered = isOutcomeUnknown || status >= 500 || status === 401 || status === 429;
  return { key: isUnanswered ? key : newKey() };
}
