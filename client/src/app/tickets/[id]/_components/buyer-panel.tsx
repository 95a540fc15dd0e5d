import type { Ticket } from '@/api/types.ts';
import { ActionForm } from '@/components/action-form.tsx';
import { LocalTime } from '@/components/local-time.tsx';
import { holdSeconds } from '@/lib/config.ts';
import { newKey } from '@/lib/idempotency-key.ts';
import { formatMoney } from '@/lib/money.ts';
import { signInPath } from '@/lib/next-path.ts';
import { duration, hasStarted } from '@/lib/time.ts';
import type { Viewer } from '@/lib/visitor.ts';
import { Icon, type IconName } from '@/ui/icon.tsx';
import { ButtonLink, Link } from '@/ui/link.tsx';
import { Panel } from '@/ui/panel.tsx';
import { holdTicketAction } from '../../actions.ts';

/** What a buyer can do with the ticket. */
export function BuyerPanel({ ticket, viewer }: { ticket: Ticket; viewer: Viewer }) {
  return (
    <Panel as="section" labelledBy="buy" className="columns-action">
      <State ticket={ticket} viewer={viewer} />
      {viewer.kind === 'unknown' ? (
        <p className="muted small mt-hint">
          We can’t check whether you’re signed in right now. Is this your listing?{' '}
          <Link href={`/tickets/${ticket.id}/edit`}>Edit it</Link>
        </p>
      ) : null}
    </Panel>
  );
}

function State({ ticket, viewer }: { ticket: Ticket; viewer: Viewer }) {
  if (ticket.status === 'held') return <OnHold ticket={ticket} />;
  if (ticket.status === 'sold') return <Closed icon="good" title="Sold" text="This ticket has been sold." />;
  if (hasStarted(ticket)) return <Closed icon="gone" title="Sales have ended" text="The event has started." />;
  return <OnSale ticket={ticket} isGuest={viewer.kind === 'guest'} />;
}

function OnSale({ ticket, isGuest }: { ticket: Ticket; isGuest: boolean }) {
  const { id, price } = ticket;
  return (
    <>
      <h2 id="buy">Buy this ticket</h2>
      <ActionForm
        action={holdTicketAction}
        hidden={{ ticketId: id, amount: String(price.amount), currency: price.currency }}
        // Guests share this page, and have to sign in before anything is held.
        idempotencyKey={isGuest ? undefined : newKey()}
        label={`Hold for ${duration(holdSeconds())}`}
        pendingLabel="Holding…"
        wide
      />
      <p className="muted small mt-hint">
        We hold it for you at {formatMoney(price)}. You don’t pay until you confirm.
      </p>
      {isGuest ? (
        <p className="muted small">
          You’ll need to <Link href={signInPath(`/tickets/${id}`)}>sign in</Link> or create an account.
        </p>
      ) : null}
    </>
  );
}

function OnHold({ ticket: { id, reservedUntil } }: { ticket: Ticket }) {
  return (
    <>
      <h2 id="buy">
        <Icon name="clock" size={20} /> On hold
      </h2>
      {reservedUntil === undefined ? (
        <p>Payment in progress.</p>
      ) : (
        <p>
          A buyer has this ticket on hold until <LocalTime instant={reservedUntil} timeOnly />. If they don’t pay, it
          goes back on sale.
        </p>
      )}
      <div className="row-actions">
        <ButtonLink href={`/tickets/${id}`} variant="quiet">
          Check again
        </ButtonLink>
        <Link href="/orders">Is this your hold? Go to My orders</Link>
      </div>
    </>
  );
}

function Closed({ icon, title, text }: { icon: IconName; title: string; text: string }) {
  return (
    <>
      <h2 id="buy">
        <Icon name={icon} size={20} /> {title}
      </h2>
      <p>{text}</p>
      <ButtonLink href="/" variant="quiet">
        Browse tickets
      </ButtonLink>
    </>
  );
}
