import type { Metadata } from 'next';
import type { Query } from '@/lib/filters.ts';
import { buttonClass } from '@/ui/button.tsx';
import { ReloadLink } from '@/ui/link.tsx';
import { Notice } from '@/ui/notice.tsx';

export const metadata: Metadata = { title: 'Confirm your email address' };

/** Where the link in a mail leads. Opening it uses nothing up: mail programs open links, too. */
export default async function ConfirmPage({ searchParams }: { searchParams: Promise<Query> }) {
  const { token, outcome } = await searchParams;
  if (outcome === 'confirmed')
    return (
      <div className="narrow">
        <h1>Email address confirmed</h1>
        <p className="lead">Thank you. You’re all set.</p>
        <ReloadLink href="/" buttonStyle={{}}>
          Browse tickets
        </ReloadLink>
      </div>
    );
  if (typeof token !== 'string' || token === '')
    return (
      <div className="narrow">
        <h1>Confirm your email address</h1>
        <p className="lead">
          {outcome === 'ended'
            ? 'This link has expired or was already used. If your address isn’t confirmed yet, we can send you a new one.'
            : 'This link is incomplete. Open it from the email again, or have a new one sent.'}
        </p>
        <ReloadLink href="/account" buttonStyle={{}}>
          My account
        </ReloadLink>
      </div>
    );
  return (
    <div className="narrow stack">
      <h1>Confirm your email address</h1>
      {outcome === 'unknown' ? (
        <Notice tone="warn" title="We don’t know yet whether your address is confirmed. You can safely try again." />
      ) : null}
      <p className="lead">One more step: confirm that this is your address.</p>
      <form method="post" action="/auth/confirm/submit">
        <input type="hidden" name="token" value={token} />
        <button type="submit" className={buttonClass({})}>
          Confirm my address
        </button>
      </form>
    </div>
  );
}
