import { refresh } from 'next/cache';
import { failedState } from './form-failure.ts';
import type { FormState } from './form-state.ts';

/**
 * `failedState` for a form whose page shows why it was refused once it is rendered again: the new price, who holds the ticket. While a
 * service is down the page is left as it is. Rendered again it might have nothing but that it can't be loaded, in place of the form
 * and what it tells; the browser does that once the page can be loaded (components/retry-watch.tsx).
 */
export function failedOnPage(...args: Parameters<typeof failedState>): FormState {
  const [, failure] = args;
  if (failure.status < 500) refresh();
  return failedState(...args);
}
