import type { Metadata } from 'next';
import { getViewer } from '@/lib/visitor.ts';
import { RetryWatch } from '@/components/retry-watch.tsx';
import { SignOutForm } from '@/components/sign-out-form.tsx';
import { buttonClass } from '@/ui/button.tsx';
import { ReloadLink } from '@/ui/link.tsx';
import { Notice } from '@/ui/notice.tsx';

export const metadata: Metadata = { title: 'Sign out' };

/** Where a sign-out leads that failed, or of which nobody knows; also for visitors who type the address. */
export default async function SignOutPage() {
  const viewer = await getViewer();
  if (viewer.kind === 'guest')
    return (
      <div className="narrow">
        <h1>Signed out</h1>
        <p className="lead">You’re signed out on this browser.</p>
        <ReloadLink href="/" buttonStyle={{}}>
          Browse tickets
        </ReloadLink>
      </div>
    );
  return (
    <div className="narrow stack">
      <h1>Sign out</h1>
      {viewer.kind === 'unknown' ? (
        <Notice tone="warn" title="We can’t see right now whether you’re signed in.">
          <RetryWatch />
          <p>If you’ve just signed out, we don’t know yet whether that worked. Please try again in a moment.</p>
        </Notice>
      ) : null}
      <SignOutForm className={buttonClass({})} />
    </div>
  );
}
