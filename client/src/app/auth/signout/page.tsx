import type { Metadata } from 'next';
import { getViewer } from '@/lib/visitor.ts';
import { SignOutForm } from '@/components/sign-out-form.tsx';
import { buttonClass } from '@/ui/button.tsx';
import { ReloadLink } from '@/ui/link.tsx';
import { Notice } from '@/ui/notice.tsx';

export const metadata: Metadata = { title: 'Sign out' };

/** Where a failed sign-out leads; also for visitors who type the address. */
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
        <Notice tone="warn" title="We can’t sign you out right now.">
          <p>You’re still signed in on this browser. Please try again in a moment.</p>
        </Notice>
      ) : null}
      <SignOutForm className={buttonClass({})} />
    </div>
  );
}
