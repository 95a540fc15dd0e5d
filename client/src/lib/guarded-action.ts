import {
  unstable_isUnrecognizedActionError as isUnrecognizedAction,
  unstable_rethrow as rethrowNavigation,
} from 'next/navigation';
import type { FormAction, FormState } from './form-state.ts';
import { startSending } from './sending.ts';

/** What a form shows that was not sent, because the browser is offline. */
export const OFFLINE = 'You’re offline. Nothing was sent; try again when you’re back online.';
const OUTDATED = 'This site was updated after you opened this page. Nothing was sent; reload the page, then try again.';
const LOST =
  'The connection was lost, and we don’t know whether this went through. Check My orders or My listings before you try again.';

/** What was typed, or chosen, to show it again. Never a password, or the token of a mailed link. */
const typedIn = (form: FormData): Record<string, string> =>
  Object.fromEntries(
    [...form].flatMap(([name, value]) =>
      // Next's own fields begin with a dollar sign.
      typeof value === 'string' && !/password|token/i.test(name) && !name.startsWith('$') ? [[name, value]] : [],
    ),
  );

/**
 * Wraps an action of the server so that the form stays with what was typed when the action can't be sent: offline, with the
 * connection lost on the way, or from a page of an older build. Otherwise it would be replaced by an error page.
 */
export function guardedAction(action: FormAction, isOnline = (): boolean => navigator.onLine): FormAction {
  return async (state, form) => {
    const unsent = (text: string): FormState => ({
      attempt: state.attempt + 1,
      problems: [{ text }],
      values: typedIn(form),
    });
    if (!isOnline()) return unsent(OFFLINE);
    const endSending = startSending();
    try {
      return await action(state, form);
    } catch (error) {
      rethrowNavigation(error);
      return isUnrecognizedAction(error)
        ? { ...unsent(OUTDATED), mustReload: true }
        : { ...unsent(LOST), looksAgain: true };
    } finally {
      endSending();
    }
  };
}
