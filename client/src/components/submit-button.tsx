'use client';
import { useFormStatus } from 'react-dom';

/** Shows when it is pending and ignores further presses. It stays focusable: a disabled button would lose the focus. */
export function SubmitButton({
  label,
  busyLabel,
  look = 'btn-primary',
  busy = false,
}: {
  label: string;
  busyLabel: string;
  look?: string;
  busy?: boolean;
}) {
  const { pending } = useFormStatus();
  const working = pending || busy;
  return (
    <button
      type="submit"
      className={`btn ${look}`}
      aria-disabled={working}
      onClick={(event) => {
        if (working) event.preventDefault();
      }}
    >
      {working ? busyLabel : label}
    </button>
  );
}
