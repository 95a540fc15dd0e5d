import type { Metadata } from 'next';
import { FieldsForm } from '@/components/fields-form.tsx';
import type { Query } from '@/lib/filters.ts';
import { Link } from '@/ui/link.tsx';
import { Panel } from '@/ui/panel.tsx';
import { forgotPasswordAction } from '../actions.ts';

export const metadata: Metadata = { title: 'Forgot your password?' };

/** Where a visitor without a password has a link mailed. What it shows does not depend on whether there is an account. */
export default async function ForgottenPage({ searchParams }: { searchParams: Promise<Query> }) {
  const { sent } = await searchParams;
  if (sent !== undefined)
    return (
      <div className="narrow" key="sent">
        <h1>Check your email</h1>
        <p className="lead">
          If you have an account with that address, an email with a link to choose a new password is on its way.
        </p>
        <p>It works once, for 30 minutes. It may take a minute to arrive; also look in your spam folder.</p>
        <p>
          Nothing there? <Link href="/auth/forgotten">Try again</Link> or{' '}
          <Link href="/auth/signup">create an account</Link>.
        </p>
      </div>
    );
  return (
    <div className="narrow">
      <h1>Forgot your password?</h1>
      <p className="lead">Enter your email address, and we’ll send you a link to choose a new one.</p>
      <Panel>
        <FieldsForm
          id="forgotten"
          action={forgotPasswordAction}
          fields={[{ name: 'email', label: 'Email address', type: 'email', autoComplete: 'username' }]}
          label="Send me a link"
          pendingLabel="Sending…"
        />
      </Panel>
      <p className="mt-section">
        Remembered it? <Link href="/auth/signin">Sign in</Link>
      </p>
    </div>
  );
}
