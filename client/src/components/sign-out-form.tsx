'use client';
import { type SubmitEvent, useState } from 'react';

/** Signs out, which ends in a full load: nothing of this visitor stays in the browser. Offline the page stays and tells so. */
export function SignOutForm({ className }: { className?: string }) {
  const [hasFailed, setFailed] = useState(false);
  const [isPending, setPending] = useState(false);

  async function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    if (isPending) return;
    const form = event.currentTarget;
    setFailed(false);
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
    setFailed(true);
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
      {hasFailed ? (
        <span role="alert" className="sign-out-failed">
          You’re still signed in: we can’t reach the site. Try again when you’re back online.
        </span>
      ) : null}
    </form>
  );
}
