import type { Metadata } from 'next';
import { getAccount, listSessions } from '@/api/users.ts';
import { ActionForm } from '@/components/action-form.tsx';
import { FieldsForm } from '@/components/fields-form.tsx';
import { NEW_PASSWORD } from '@/components/new-password.ts';
import { PageHead } from '@/components/page-head.tsx';
import { PageNews } from '@/components/page-news.tsx';
import { Question } from '@/components/question.tsx';
import { ServiceDown } from '@/components/service-down.tsx';
import type { Query } from '@/lib/filters.ts';
import { newsIn } from '@/lib/news.ts';
import { pageHttp, redirectToSignIn } from '@/lib/visitor.ts';
import { Badge } from '@/ui/badge.tsx';
import { buttonClass } from '@/ui/button.tsx';
import { Link } from '@/ui/link.tsx';
import { Panel } from '@/ui/panel.tsx';
import { Sessions } from './_components/sessions.tsx';
import { changePasswordAction, deleteAccountAction, sendConfirmationAction } from './actions.ts';

export const metadata: Metadata = { title: 'My account' };

/** The visitor's account: address, password, sessions, data, and deleting it. */
export default async function AccountPage({ searchParams }: { searchParams: Promise<Query> }) {
  const http = await pageHttp();
  const [answer, sessions] = await Promise.all([getAccount(http), listSessions(http)]);
  if (!answer.ok && answer.status < 500) redirectToSignIn('/account');
  return (
    <div className="narrow stack">
      <PageNews news={newsIn(await searchParams)} />
      <PageHead title="My account" about="Your address, password, sessions and data" />
      {answer.ok ? (
        <>
          <Address email={answer.data.email} isConfirmed={answer.data.confirmed} />
          <Password />
          <Sessions answer={sessions} />
          <Data />
          <Deletion />
        </>
      ) : (
        <ServiceDown title="We can’t load your account right now." retry="/account">
          If you’ve just changed something here, we don’t know yet whether that worked. Go to{' '}
          <Link href="/orders">My orders</Link>.
        </ServiceDown>
      )}
    </div>
  );
}

function Address({ email, isConfirmed }: { email: string; isConfirmed: boolean }) {
  return (
    <Panel as="section" labelledBy="address">
      <h2 id="address">Email address</h2>
      <p>
        <span>{email}</span>{' '}
        {isConfirmed ? (
          <Badge tone="good" icon="good">
            Confirmed
          </Badge>
        ) : (
          <Badge tone="warn" icon="warn">
            Not confirmed
          </Badge>
        )}
      </p>
      {isConfirmed ? null : (
        <>
          <p>Open the link in our email to confirm that this is your address. Nothing there? We can send it again.</p>
          <ActionForm
            action={sendConfirmationAction}
            hidden={{}}
            label="Send it again"
            pendingLabel="Sending…"
            variant="quiet"
          />
        </>
      )}
    </Panel>
  );
}

function Password() {
  return (
    <Panel as="section" labelledBy="password">
      <h2 id="password">Change password</h2>
      <p>You’ll be signed out everywhere else.</p>
      <FieldsForm
        id="change"
        action={changePasswordAction}
        fields={[
          {
            name: 'currentPassword',
            label: 'Current password',
            type: 'password',
            autoComplete: 'current-password',
          },
          NEW_PASSWORD,
        ]}
        label="Change password"
        pendingLabel="Changing…"
      />
    </Panel>
  );
}

function Data() {
  return (
    <Panel as="section" labelledBy="data">
      <h2 id="data">My data</h2>
      <p>Everything we store about you, your listings and your orders, as a file.</p>
      <a href="/account/data" className={buttonClass({ variant: 'quiet' })} download>
        Download my data
      </a>
    </Panel>
  );
}

function Deletion() {
  return (
    <Panel as="section" labelledBy="deletion">
      <h2 id="deletion">Delete account</h2>
      <p>
        Your address and your password are deleted for good, and you’re signed out everywhere. Tickets that you sold
        stay with their buyers. Download the tickets that you bought first: you can’t open them afterwards.
      </p>
      <Question label="Delete my account">
        <p>You can’t undo this. Enter your password to go on.</p>
        <FieldsForm
          id="delete"
          action={deleteAccountAction}
          fields={[{ name: 'password', label: 'Password', type: 'password', autoComplete: 'current-password' }]}
          label="Yes, delete my account for good"
          pendingLabel="Deleting…"
          variant="danger"
        />
      </Question>
    </Panel>
  );
}
