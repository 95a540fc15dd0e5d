'use client';
import { useActionState, useEffect, useState } from 'react';
import { type FormAction, type FormState, UNSENT } from '@/lib/form-state.ts';
import { guardedAction } from '@/lib/guarded-action.ts';
import { restoreForm } from '@/lib/kept-form.ts';

/**
 * The state of a form with an action of the server, which works without scripts, and in which what was typed survives a failure.
 * With `restores` also a reload, for the one form of a page that can be typed into. With `page`, its address, what was typed without
 * scripts is also there where the page has the form in another place: because it can't load what the form is about.
 */
export function useFormAction(
  action: FormAction,
  { restores = false, page }: { restores?: boolean; page?: string | undefined } = {},
): [FormState, (form: FormData) => void] {
  // For the form's HTML React needs the action itself; it is only called in a browser.
  const [state, send] = useActionState(typeof window === 'undefined' ? action : guardedAction(action), UNSENT, page);
  const [restored, setRestored] = useState<FormState>();
  useEffect(() => {
    if (!restores) return;
    restoreForm((values) => {
      setRestored({ attempt: -1, problems: [], values });
    });
  }, [restores]);
  return [state.attempt === 0 ? (restored ?? state) : state, send];
}
