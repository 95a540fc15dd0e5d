import type { Answer } from '@/api/http.ts';
import type { Session, SessionList } from '@/api/types.ts';
import { ActionForm } from '@/components/action-form.tsx';
import { LocalTime } from '@/components/local-time.tsx';
import { ServiceDown } from '@/components/service-down.tsx';
import { Badge } from '@/ui/badge.tsx';
import { Panel } from '@/ui/panel.tsx';
import { endOtherSessionsAction, endSessionAction } from '../actions.ts';

/** Where the visitor is signed in, each with a way to sign out there. */
export function Sessions({ answer }: { answer: Answer<SessionList> }) {
  if (!answer.ok)
    return (
      <ServiceDown title="We can’t load where you’re signed in right now." retry="/account" hasForms>
        You’re still signed in here.
      </ServiceDown>
    );
  const { sessions } = answer.data;
  return (
    <Panel as="section" labelledBy="sessions">
      <h2 id="sessions">Where you’re signed in</h2>
      <ul className="ledger">
        {sessions.map((session) => (
          <Row key={session.id} session={session} />
        ))}
      </ul>
      {sessions.length > 1 ? (
        <ActionForm
          action={endOtherSessionsAction}
          hidden={{}}
          label="Sign out everywhere else"
          pendingLabel="Signing out…"
          variant="quiet"
        />
      ) : null}
    </Panel>
  );
}

function Row({ session: { id, browser, network, createdAt, usedAt, isCurrent } }: { session: Session }) {
  return (
    <li className="stack">
      <p>
        <strong>{browser}</strong>{' '}
        {isCurrent ? (
          <Badge tone="note" icon="note">
            This browser
          </Badge>
        ) : null}
        <br />
        <span className="muted">
          <span>{`From ${network}, since `}</span>
          <LocalTime instant={createdAt} />
          {isCurrent ? null : (
            <span>
              , last used <LocalTime instant={usedAt} />
            </span>
          )}
        </span>
      </p>
      {isCurrent ? null : (
        <ActionForm
          action={endSessionAction}
          hidden={{ sessionId: id }}
          label="Sign out there"
          pendingLabel="Signing out…"
          variant="quiet"
        />
      )}
    </li>
  );
}
