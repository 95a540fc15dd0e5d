'use client';
import { type ReactNode, useActionState } from 'react';
import { type FormAction, UNSENT } from '@/lib/form-state.ts';
import type { ButtonStyle } from '@/ui/button.tsx';
import { SubmitButton } from '@/ui/submit-button.tsx';
import { FormProblems } from './form-problems.tsx';
import { KeyField } from './key-field.tsx';

/** A one-button form: `hidden` is what it sends, with an idempotency key if there is one; problems are shown above the button. */
export function ActionForm({
  action,
  hidden,
  idempotencyKey,
  label,
  pendingLabel,
  children,
  ...style
}: ButtonStyle & {
  action: FormAction;
  hidden: Record<string, string>;
  idempotencyKey?: string | undefined;
  label: string;
  pendingLabel: string;
  children?: ReactNode;
}) {
  const [state, send] = useActionState(action, UNSENT);
  return (
    <form action={send}>
      <FormProblems state={state} />
      {children}
      {idempotencyKey === undefined ? null : <KeyField rendered={idempotencyKey} state={state} />}
      {Object.entries(hidden).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      <SubmitButton label={label} pendingLabel={pendingLabel} {...style} />
    </form>
  );
}
