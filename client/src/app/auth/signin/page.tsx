import type { Metadata } from 'next';
import type { Query } from '@/lib/filters.ts';
import { AuthPage } from '../_components/auth-page.tsx';

export const metadata: Metadata = { title: 'Sign in' };

export default async function SignInPage({ searchParams }: { searchParams: Promise<Query> }) {
  return <AuthPage intent="signin" query={await searchParams} />;
}
