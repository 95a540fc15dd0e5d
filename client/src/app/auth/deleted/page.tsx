import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { ServiceDown } from '@/components/service-down.tsx';
import type { Query } from '@/lib/filters.ts';
import { UNCONFIRMED } from '@/lib/messages.ts';
import { withNews } from '@/lib/news.ts';
import { getViewer } from '@/lib/visitor.ts';
import { ReloadLink } from '@/ui/link.tsx';
import { HeaderCheck } from '../_components/header-check.tsx';

interface Props {
  searchParams: Promise<Query>;
}

export async function generateMetadata({ searchParams }: Props): Promise<Metadata> {
  return { title: isUnknown(await searchParams) ? 'Delete account' : 'Account deleted' };
}

const isUnknown = ({ outcome }: Query): boolean => outcome === 'unknown';

/** Where deleting an account leads, also when nobody knows whether it was. */
export default async function DeletedPage({ searchParams }: Props) {
  const { kind } = await getViewer();
  const mayBeThere = isUnknown(await searchParams);
  // Not what the address claims, but what is true now.
  if (kind === 'user') redirect(mayBeThere ? withNews('/account', 'still-there') : '/account');
  if (kind === 'unknown')
    return (
      <div className="narrow stack">
        <h1>Delete account</h1>
        <ServiceDown title={UNCONFIRMED.deletion.text} retry="/auth/deleted?outcome=unknown">
          There’s a problem on our side.
        </ServiceDown>
      </div>
    );
  if (mayBeThere)
    return (
      <div className="narrow">
        <HeaderCheck />
        <h1>You’re signed out</h1>
        <p className="lead">
          If you’ve just asked us to delete your account, it may be deleted: that signs you out everywhere. To make
          sure, try to sign in. That works only while the account is there.
        </p>
        <ReloadLink href="/auth/signin" buttonStyle={{}}>
          Sign in
        </ReloadLink>
      </div>
    );
  return (
    <div className="narrow">
      <HeaderCheck />
      <h1>Account deleted</h1>
      <p className="lead">Your account and your personal data are deleted, and you’re signed out everywhere.</p>
      <ReloadLink href="/" buttonStyle={{}}>
        Browse tickets
      </ReloadLink>
    </div>
  );
}
