'use client';
import { type ReactNode, useActionState } from 'react';
import { type FormAction, UNSENT } from '@/lib/form-state.ts';
import type { ButtonStyle } from '@/ui/button.tsx';
import { SubmitButton } from '@/ui/submit-button.tsx';
import { FormProblems } from './form-problems.tsx';

/** A one-button form: `hidden` is what it sends; problems are shown above the button. */
export function ActionForm({
  action,
  hidden,
  label,
  pendingLabel,
  children,
  ...style
}: ButtonStyle & {
  action: FormAction;
  hidden: Record<string, string>;
  label: string;
  pendingLabel: string;
  children?: ReactNode;
}) {
  const [state, send] = useActionState(action, UNSENT);
  return (
    <form action={send}>
      <FormProblems state={state} />
      {children}
      {Object.entries(hidden).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      <SubmitButton label={label} pendingLabel={pendingLabel} {...style} />
    </form>
  );
}
