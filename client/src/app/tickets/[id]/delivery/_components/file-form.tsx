'use client';
import { useEffect, useState } from 'react';
import { OFFLINE } from '@/lib/guarded-action.ts';
import { Field } from '@/ui/field.tsx';
import { SubmitButton } from '@/ui/submit-button.tsx';

type Problem = 'no-file' | 'empty-file' | 'file-too-large';

/**
 * Adds a file. `messages` are those of the problems that are found before anything is sent. Sent as a plain form, so that the browser
 * shows its progress and the page server does not keep the file in memory.
 */
export function FileForm({
  ticketId,
  maxBytes,
  messages,
}: {
  ticketId: string;
  maxBytes: number;
  messages: Record<Problem, string>;
}) {
  const [problem, setProblem] = useState<string>();
  const [isSending, setSending] = useState(false);
  useEffect(() => {
    // A browser that comes back to this page may show it as it was left.
    const isBack = () => {
      setSending(false);
    };
    window.addEventListener('pageshow', isBack);
    return () => {
      window.removeEventListener('pageshow', isBack);
    };
  }, []);
  return (
    <form
      method="post"
      action={`/tickets/${ticketId}/delivery/files`}
      encType="multipart/form-data"
      onSubmit={(event) => {
        const file = new FormData(event.currentTarget).get('file');
        const found = file instanceof File ? problemIn(file, maxBytes) : 'no-file';
        const text = found === undefined ? (navigator.onLine ? undefined : OFFLINE) : messages[found];
        setProblem(text);
        if (text === undefined) setSending(true);
        // Otherwise the browser would load the next page, or its own about the lost connection.
        else event.preventDefault();
      }}
    >
      <Field
        name="file"
        id="delivery-file"
        label="Add a file"
        hint="PDF, PNG, JPEG or Apple Wallet pass, up to 5 MB."
        problem={problem}
      >
        {(control) => (
          <input
            {...control}
            type="file"
            className="form-control"
            required
            accept=".pdf,.png,.jpg,.jpeg,.pkpass,application/pdf,image/png,image/jpeg,application/vnd.apple.pkpass"
          />
        )}
      </Field>
      <div className="form-end">
        <SubmitButton label="Add file" pendingLabel="Adding…" isPending={isSending} variant="quiet" />
      </div>
    </form>
  );
}

function problemIn(file: File, maxBytes: number): Problem | undefined {
  if (file.name === '' && file.size === 0) return 'no-file';
  if (file.size === 0) return 'empty-file';
  return file.size > maxBytes ? 'file-too-large' : undefined;
}
