import type { Failure } from '@/api/http.ts';
import type { FormState } from './form-state.ts';
import { problemText, type Wording } from './messages.ts';

/** The next state of a form whose request failed; `unconfirmed` is shown when the outcome is unknown. */
export function failedState(
  { attempt }: FormState,
  { isOutcomeUnknown, problems, retryAfter }: Failure,
  { unconfirmed, ...wording }: Wording & { unconfirmed: string },
): FormState {
  return {
    attempt: attempt + 1,
    problems: isOutcomeUnknown
      ? [{ text: unconfirmed }]
      : problems.map((problem) => ({ text: problemText(problem, retryAfter, wording) })),
  };
}
