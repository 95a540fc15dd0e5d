import type { Metadata } from 'next';
import { AuthPage } from '../../../components/auth-page.tsx';
import type { Query } from '../../../lib/filters.ts';

export const metadata: Metadata = { title: 'Create an account' };

export default async function SignUpPage({ searchParams }: { searchParams: Promise<Query> }) {
  return <AuthPage intent="signup" query={await searchParams} />;
}
