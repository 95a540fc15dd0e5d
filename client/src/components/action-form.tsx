'use client';
import { type ReactNode, useState } from 'react';
import type { FormAction } from '@/lib/form-state.ts';
import type { ButtonStyle } from '@/ui/button.tsx';
import { SubmitButton } from '@/ui/submit-button.tsx';
import { FormProblems } from './form-problems.tsx';
import { KeyField } from './key-field.tsx';
import { RetryWatch } from './retry-watch.tsx';
import { useFormAction } from './use-form-action.ts';

/** A one-button form: `hidden` is what it sends, with an idempotency key if there is one; problems are shown above the button. */
export function ActionForm({
  action,
  hidden,
  idempotencyKey,
  label,
  pendingLabel,
  isClosed = false,
  children,
  ...style
}: ButtonStyle & {
  action: FormAction;
  hidden: Record<string, string>;
  idempotencyKey?: string | undefined;
  label: string;
  pendingLabel: string;
  /** Nothing can be sent any more: only why the last attempt failed is still shown. */
  isClosed?: boolean;
  children?: ReactNode;
}) {
  const [state, send] = useFormAction(action);
  // What was sent before the form closed is over: once it is open again, it sends a new command.
  const [keyAtClosing, setKeyAtClosing] = useState<string>();
  if (isClosed && state.key !== keyAtClosing) setKeyAtClosing(state.key);
  return (
    <form action={send}>
      <FormProblems state={state} />
      {state.looksAgain === true ? <RetryWatch key={state.attempt} isFor="form" /> : null}
      {isClosed ? null : (
        <>
          {children}
          {idempotencyKey === undefined ? null : (
            <KeyField rendered={idempotencyKey} state={state.key === keyAtClosing ? {} : state} />
          )}
          {Object.entries(hidden).map(([name, value]) => (
            <input key={name} type="hidden" name={name} value={value} />
          ))}
          <SubmitButton label={label} pendingLabel={pendingLabel} {...style} />
        </>
      )}
    </form>
  );
}
