import type { Metadata } from 'next';
import { AuthPage } from '../../../components/auth-page.tsx';
import type { Query } from '../../../lib/filters.ts';

export const metadata: Metadata = { title: 'Sign in' };

export default async function SignInPage({ searchParams }: { searchParams: Promise<Query> }) {
  return <AuthPage intent="signin" query={await searchParams} />;
}
