import { cookies } from 'next/headers';
import { redirect } from 'next/navigation';
import { PageNews } from '@/components/page-news.tsx';
import type { Query } from '@/lib/filters.ts';
import { UNSENT } from '@/lib/form-state.ts';
import { packHold, unpackHold } from '@/lib/hold-intent.ts';
import { newKey } from '@/lib/idempotency-key.ts';
import { newsIn } from '@/lib/news.ts';
import { authPath, safeNextPath } from '@/lib/next-path.ts';
import { getViewer } from '@/lib/visitor.ts';
import { Link } from '@/ui/link.tsx';
import { Notice } from '@/ui/notice.tsx';
import { Panel } from '@/ui/panel.tsx';
import type { AuthIntent } from '../_lib/auth-input.ts';
import { FORM_COOKIE, unpackForm } from '../_lib/form-cookie.ts';
import { AuthForm } from './auth-form.tsx';
import { HeaderCheck } from './header-check.tsx';

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
  if ((await getViewer()).kind === 'user') redirect(next);
  const refused = typeof query['refused'] === 'string' ? query['refused'] : undefined;
  const carried = unpackForm((await cookies()).get(FORM_COOKIE)?.value, refused);
  const isLost = refused !== undefined && carried === undefined;
  const texts = TEXTS[intent];
  const intended = unpackHold(query['hold']);
  const hold = intended && packHold(intended);
  return (
    <div className="narrow">
      <HeaderCheck />
      <PageNews news={newsIn(isLost ? { news: 'cookies-blocked' } : query)} />
      <h1>{texts.title}</h1>
      <p className="lead">{texts.lead}</p>
      {hold === undefined ? null : (
        <Notice tone="note" title="We’ll hold the ticket for you as soon as you’re signed in." />
      )}
      {hold === undefined && (next.startsWith('/tickets/') || next.startsWith('/orders/')) ? (
        <Notice tone="note" title="We’ll take you back to where you were." />
      ) : null}
      <Panel>
        <AuthForm intent={intent} next={next} hold={hold} initial={carried ?? UNSENT} idempotencyKey={newKey()} />
      </Panel>
      {intent === 'signin' ? (
        <p className="mt-section">
          <Link href="/auth/forgotten">Forgot your password?</Link>
        </p>
      ) : null}
      <p className="mt-section">
        <span>{texts.question}</span> <Link href={authPath(texts.other, { next, hold })}>{texts.link}</Link>
      </p>
    </div>
  );
}
