import type { Metadata } from 'next';
import { Notice } from '../../../components/notice.tsx';
import { viewer } from '../../../lib/server.ts';

export const metadata: Metadata = { title: 'Sign out' };

/** Where a sign-out that went wrong leads; also a way to sign out for whoever types the address. */
export default async function SignOutPage() {
  const who = await viewer();
  if (who.kind === 'guest')
    return (
      <div className="narrow">
        <h1>Signed out</h1>
        <p className="lead">Nobody is signed in with this browser.</p>
        <a href="/" className="btn btn-primary">
          See the tickets
        </a>
      </div>
    );
  return (
    <div className="narrow stack">
      <h1>Sign out</h1>
      {who.kind === 'unknown' ? (
        <Notice tone="warn" title="Signing in and out is not answering right now.">
          <p>You are still signed in with this browser. Please try again in a moment.</p>
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
