import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { getViewer } from '@/lib/visitor.ts';
import { ReloadLink } from '@/ui/link.tsx';
import { HeaderCheck } from '../_components/header-check.tsx';

export const metadata: Metadata = { title: 'Account deleted' };

/** Where deleting an account leads. */
export default async function DeletedPage() {
  // Not what the address claims, but what is true now.
  if ((await getViewer()).kind === 'user') redirect('/account');
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
