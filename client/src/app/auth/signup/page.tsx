import type { Metadata } from 'next';
import type { Query } from '@/lib/filters.ts';
import { AuthPage } from '../_components/auth-page.tsx';

export const metadata: Metadata = { title: 'Create an account' };

export default async function SignUpPage({ searchParams }: { searchParams: Promise<Query> }) {
  return <AuthPage intent="signup" query={await searchParams} />;
}
