'use client';
import { useFormStatus } from 'react-dom';
import { Button, type ButtonStyle } from './button.tsx';

/** Shows when it is pending and ignores further presses. It stays focusable: a disabled button would lose the focus. */
export function SubmitButton({
  label,
  pendingLabel,
  isPending = false,
  ...style
}: ButtonStyle & {
  label: string;
  pendingLabel: string;
  /** For forms that send themselves; those with an action know. */
  isPending?: boolean;
}) {
  const status = useFormStatus();
  const pending = status.pending || isPending;
  return (
    <Button
      {...style}
      type="submit"
      aria-disabled={pending}
      onClick={(event) => {
        if (pending) event.preventDefault();
      }}
    >
      {pending ? pendingLabel : label}
    </Button>
  );
}
