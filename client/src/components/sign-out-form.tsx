'use client';
import { type SubmitEvent, useState } from 'react';

const OFFLINE = 'You’re still signed in: you’re offline.';
const UNKNOWN = 'We don’t know yet whether you’re signed out. Try again.';

/** Signs out, which ends in a full load: nothing of this visitor stays in the browser. Without an answer the page stays and tells so. */
export function SignOutForm({ className }: { className?: string }) {
  const [problem, setProblem] = useState<string>();
  const [isPending, setPending] = useState(false);

  async function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    if (isPending) return;
    const form = event.currentTarget;
    if (!navigator.onLine) {
      setProblem(OFFLINE);
      const onOnline = () => {
        setProblem(undefined);
      };
      window.addEventListener('online', onOnline, { once: true });
      return;
    }
    setProblem(undefined);
    setPending(true);
    try {
      // The address where signing out leads.
      const { url, redirected } = await fetch(form.action, { method: 'POST', body: new FormData(form) });
      if (redirected) {
        window.location.assign(url);
        return;
      }
    } catch {
      // No connection; the sentence below tells it.
    }
    setPending(false);
    setProblem(UNKNOWN);
  }

  return (
    <form
      method="post"
      action="/auth/submit"
      onSubmit={(event) => {
        void submit(event);
      }}
    >
      <input type="hidden" name="intent" value="signout" />
      <button type="submit" className={className} aria-disabled={isPending}>
        {isPending ? 'Signing out…' : 'Sign out'}
      </button>
      {problem === undefined ? null : (
        <span role="alert" className="sign-out-failed">
          {problem}
        </span>
      )}
    </form>
  );
}
