'use client';
import { useState } from 'react';
import type { FormState } from '@/lib/form-state.ts';
import { KEY_FIELD, newKey } from '@/lib/idempotency-key.ts';
import { useInBrowser } from '@/lib/use-in-browser.ts';

/**
 * The idempotency key of a form: sent again with the same key, it is carried out once. `rendered` comes from the server, for browsers
 * without scripts; others replace it when the form appears, because a page that comes back from a cache has the key of an
 * earlier command. Then the key changes only when an outcome is known: a state without a key, of a request that never left or was lost,
 * leaves it as it was.
 */
export function KeyField({ rendered, state }: { rendered: string; state: Pick<FormState, 'key'> }) {
  const [own] = useState(newKey);
  const first = useInBrowser(
    () => own,
    () => rendered,
  );
  const [last, setLast] = useState(state.key);
  if (state.key !== undefined && state.key !== last) setLast(state.key);
  return <input type="hidden" name={KEY_FIELD} value={state.key ?? last ?? first} />;
}
