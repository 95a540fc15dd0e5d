import type { Metadata } from 'next';
import { FieldsForm } from '@/components/fields-form.tsx';
import { NEW_PASSWORD } from '@/components/new-password.ts';
import type { Query } from '@/lib/filters.ts';
import { ButtonLink } from '@/ui/link.tsx';
import { Panel } from '@/ui/panel.tsx';
import { resetPasswordAction } from '../actions.ts';

export const metadata: Metadata = { title: 'Choose a new password' };

/** Where the link in a mail leads. Opening it uses nothing up: mail programs open links, too. */
export default async function ResetPage({ searchParams }: { searchParams: Promise<Query> }) {
  const { token } = await searchParams;
  return (
    <div className="narrow">
      <h1>Choose a new password</h1>
      {typeof token === 'string' && token !== '' ? (
        <>
          <p className="lead">You’ll be signed out everywhere, then sign in with the new one.</p>
          <Panel>
            <FieldsForm
              id="reset"
              action={resetPasswordAction}
              hidden={{ token }}
              fields={[NEW_PASSWORD]}
              label="Change password"
              pendingLabel="Changing…"
            />
          </Panel>
        </>
      ) : (
        <>
          <p className="lead">This link is incomplete. Open it from the email again, or ask for a new one.</p>
          <ButtonLink href="/auth/forgotten">Send me a link</ButtonLink>
        </>
      )}
    </div>
  );
}
