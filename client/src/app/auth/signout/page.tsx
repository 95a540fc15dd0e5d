import type { Metadata } from 'next';
import { Notice } from '../../../components/notice.tsx';
import { viewer } from '../../../lib/server.ts';

export const metadata: Metadata = { title: 'Sign out' };

/** Where a failed sign-out leads; also for visitors who type the address. */
export default async function SignOutPage() {
  const who = await viewer();
  if (who.kind === 'guest')
    return (
      <div className="narrow">
        <h1>Signed out</h1>
        <p className="lead">You’re signed out on this browser.</p>
        <a href="/" className="btn btn-primary">
          Browse tickets
        </a>
      </div>
    );
  return (
    <div className="narrow stack">
      <h1>Sign out</h1>
      {who.kind === 'unknown' ? (
        <Notice tone="warn" title="We can’t sign you out right now.">
          <p>You’re still signed in on this browser. Please try again in a moment.</p>
        </Notice>
      ) : null}
      <form method="post" action="/auth/submit">
        <input type="hidden" name="intent" value="signout" />
        <button type="submit" className="btn btn-primary">
          Sign out
        </button>
      </form>
    </div>
  );
}
