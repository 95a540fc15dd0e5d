'use client';
import type { ReactNode } from 'react';
import type { FormAction } from '@/lib/form-state.ts';
import type { ButtonStyle } from '@/ui/button.tsx';
import { SubmitButton } from '@/ui/submit-button.tsx';
import { FormProblems } from './form-problems.tsx';
import { useFormAction } from './use-form-action.ts';

/** A one-button form: `hidden` is what it sends; problems are shown above the button. */
export function ActionForm({
  action,
  hidden,
  label,
  pendingLabel,
  isClosed = false,
  children,
  ...style
}: ButtonStyle & {
  action: FormAction;
  hidden: Record<string, string>;
  label: string;
  pendingLabel: string;
  /** Nothing can be sent any more: only why the last attempt failed is still shown. */
  isClosed?: boolean;
  children?: ReactNode;
}) {
  const [state, send] = useFormAction(action);
  return (
    <form action={send}>
      <FormProblems state={state} />
      {isClosed ? null : (
        <>
          {children}
          {Object.entries(hidden).map(([name, value]) => (
            <input key={name} type="hidden" name={name} value={value} />
          ))}
          <SubmitButton label={label} pendingLabel={pendingLabel} {...style} />
        </>
      )}
    </form>
  );
}
