'use client';
import { type ReactNode, useActionState } from 'react';
import { type FormAction, START } from '../lib/form-state.ts';
import { Problems } from './problems.tsx';
import { SubmitButton } from './submit-button.tsx';

/** A one-button form: `hidden` is what it sends; problems are shown above the button. */
export function ActionForm({
  action,
  hidden,
  label,
  busyLabel,
  look = 'btn-primary',
  children,
}: {
  action: FormAction;
  hidden: Record<string, string>;
  label: string;
  busyLabel: string;
  look?: string;
  children?: ReactNode;
}) {
  const [state, send] = useActionState(action, START);
  return (
    <form action={send}>
      <Problems state={state} />
      {children}
      {Object.entries(hidden).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      <SubmitButton label={label} busyLabel={busyLabel} look={look} />
    </form>
  );
}
