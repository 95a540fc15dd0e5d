import Link from 'next/link';
import { cookies } from 'next/headers';
import { redirect } from 'next/navigation';
import type { AuthIntent } from '../lib/auth-input.ts';
import type { Query } from '../lib/filters.ts';
import { FORM_COOKIE, unpackForm } from '../lib/form-cookie.ts';
import { START } from '../lib/form-state.ts';
import { safeNextPath } from '../lib/next-path.ts';
import { viewer } from '../lib/server.ts';
import { AuthForm } from './auth-form.tsx';
import { Notice } from './notice.tsx';

const TEXTS = {
  signin: {
    title: 'Sign in',
    lead: 'Sign in to buy or sell tickets.',
    other: 'signup',
    question: 'New here?',
    link: 'Create an account',
  },
  signup: {
    title: 'Create an account',
    lead: 'You need an account to buy or sell tickets.',
    other: 'signin',
    question: 'Already have an account?',
    link: 'Sign in',
  },
} as const;

/** The sign-in and sign-up pages; both lead back to where the visitor was. */
export async function AuthPage({ intent, query }: { intent: AuthIntent; query: Query }) {
  const next = safeNextPath(query['next']);
  const who = await viewer();
  if (who.kind === 'user') redirect(next);
  const refused = typeof query['refused'] === 'string' ? query['refused'] : undefined;
  const initial = unpackForm((await cookies()).get(FORM_COOKIE)?.value, refused) ?? START;
  const texts = TEXTS[intent];
  return (
    <div className="narrow">
      <h1>{texts.title}</h1>
      <p className="lead">{texts.lead}</p>
      {next.startsWith('/tickets/') || next.startsWith('/orders/') ? (
        <Notice tone="note" title="We’ll take you back to where you were." />
      ) : null}
      <div className="panel">
        <AuthForm intent={intent} next={next} initial={initial} />
      </div>
      <p className="mt-section">
        {texts.question}{' '}
        <Link href={`/auth/${texts.other}${next === '/' ? '' : `?next=${encodeURIComponent(next)}`}`} prefetch={false}>
          {texts.link}
        </Link>
      </p>
    </div>
  );
}
