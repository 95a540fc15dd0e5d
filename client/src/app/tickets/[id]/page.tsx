import type { Metadata } from 'next';
import Link from 'next/link';
import { ActionForm } from '../../../components/action-form.tsx';
import { Gone } from '../../../components/gone.tsx';
import { Icon } from '../../../components/icon.tsx';
import { LocalTime } from '../../../components/local-time.tsx';
import { NotFoundPage } from '../../../components/not-found-page.tsx';
import { ServiceDown } from '../../../components/service-down.tsx';
import { TicketBig } from '../../../components/ticket-card.tsx';
import { holdSeconds } from '../../../lib/config.ts';
import { formatMoney } from '../../../lib/money.ts';
import { signInPath } from '../../../lib/next-path.ts';
import { isTicketId, ticketPath } from '../../../lib/reads.ts';
import { get, type Viewer, viewer } from '../../../lib/server.ts';
import { duration, hasStarted } from '../../../lib/time.ts';
import type { Ticket } from '../../../lib/types.ts';
import { holdTicket, withdrawTicket } from '../../actions.ts';

type Props = { params: Promise<{ id: string }> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { id } = await params;
  if (!isTicketId(id)) return { title: 'Page not found' };
  const answer = await get<Ticket>(ticketPath(id));
  if (answer.ok) return { title: answer.data.title };
  return {
    title:
      answer.status === 410 ? 'Ticket removed' : answer.status >= 500 ? 'Temporarily unavailable' : 'Page not found',
  };
}

/** One ticket, in its current state. */
export default async function TicketPage({ params }: Props) {
  const { id } = await params;
  if (!isTicketId(id)) return <NotFoundPage />;
  const [answer, who] = await Promise.all([get<Ticket>(ticketPath(id)), viewer()]);
  if (!answer.ok) {
    if (answer.status === 410) return <Gone />;
    if (answer.status < 500) return <NotFoundPage />;
    return (
      <>
        <h1>We can’t load this ticket</h1>
        <ServiceDown title="There’s a problem on our side." retry={`/tickets/${encodeURIComponent(id)}`}>
          Your holds and orders are safe. Go to <Link href="/orders">My orders</Link>.
        </ServiceDown>
      </>
    );
  }
  const ticket = answer.data;
  const own = who.kind === 'user' && who.user.id === ticket.sellerId;
  return (
    <>
      <p className="mb-crumb">
        <Link href="/" prefetch={false}>
          All tickets
        </Link>
      </p>
      <div className="stack">
        <TicketBig ticket={ticket} serial={`No. ${ticket.id.slice(-6).toUpperCase()}`} />
        <div className="beside">
          {own ? <SellerPanel ticket={ticket} /> : <BuyerPanel ticket={ticket} who={who} />}
          <div className="panel">
            <h2>Seller’s notes</h2>
            {ticket.notes === undefined || ticket.notes === '' ? (
              <p className="muted">No notes from the seller.</p>
            ) : (
              <p className="prose">{ticket.notes}</p>
            )}
          </div>
        </div>
      </div>
    </>
  );
}

function BuyerPanel({ ticket, who }: { ticket: Ticket; who: Viewer }) {
  return (
    <section className="panel do" aria-labelledby="have">
      {ticket.status === 'listed' && !hasStarted(ticket) ? (
        <>
          <h2 id="have">Buy this ticket</h2>
          <ActionForm
            action={holdTicket}
            hidden={{
              ticketId: ticket.id,
              amount: String(ticket.price.amount),
              currency: ticket.price.currency,
            }}
            label={`Hold for ${duration(holdSeconds())}`}
            busyLabel="Holding…"
            look="btn-primary btn-wide"
          />
          <p className="muted small mt-hint">
            We hold it for you at {formatMoney(ticket.price)}. You don’t pay until you confirm.
          </p>
          {who.kind === 'guest' ? (
            <p className="muted small">
              You’ll need to <Link href={signInPath(`/tickets/${ticket.id}`)}>sign in</Link> or create an account.
            </p>
          ) : null}
        </>
      ) : ticket.status === 'held' ? (
        <>
          <h2 id="have">
            <Icon name="clock" size={20} /> On hold
          </h2>
          <p>
            {ticket.reservedUntil === undefined ? (
              'Payment in progress.'
            ) : (
              <>
                A buyer has this ticket on hold until <LocalTime instant={ticket.reservedUntil} timeOnly />. If they
                don’t pay, it goes back on sale.
              </>
            )}
          </p>
          <div className="row-actions">
            <Link href={`/tickets/${ticket.id}`} className="btn btn-quiet" prefetch={false}>
              Check again
            </Link>
            <Link href="/orders" prefetch={false}>
              Is this your hold? Go to My orders
            </Link>
          </div>
        </>
      ) : (
        <>
          <h2 id="have">
            <Icon name={ticket.status === 'sold' ? 'good' : 'gone'} size={20} />{' '}
            {ticket.status === 'sold' ? 'Sold' : 'Sales have ended'}
          </h2>
          <p>{ticket.status === 'sold' ? 'This ticket has been sold.' : 'The event has started.'}</p>
          <Link href="/" className="btn btn-quiet" prefetch={false}>
            Browse tickets
          </Link>
        </>
      )}
      {who.kind === 'unknown' ? (
        <p className="muted small mt-hint">
          We can’t check whether you’re signed in right now. Is this your listing?{' '}
          <Link href={`/tickets/${ticket.id}/edit`}>Edit it</Link>
        </p>
      ) : null}
    </section>
  );
}

function SellerPanel({ ticket }: { ticket: Ticket }) {
  return (
    <section className="panel do" aria-labelledby="yours">
      {ticket.status === 'listed' ? (
        <>
          <h2 id="yours">Your listing</h2>
          <p>
            {hasStarted(ticket)
              ? 'Sales have ended: the event has started.'
              : 'It’s on sale. You can’t edit it while a buyer has it on hold.'}
          </p>
          <p>
            <Link href={`/tickets/${ticket.id}/edit`} className="btn btn-primary btn-wide" prefetch={false}>
              Edit listing
            </Link>
          </p>
          <ActionForm
            action={withdrawTicket}
            hidden={{ ticketId: ticket.id }}
            label="Remove listing"
            busyLabel="Removing…"
            look="btn-danger-quiet btn-wide"
          />
        </>
      ) : ticket.status === 'held' ? (
        <>
          <h2 id="yours">
            <Icon name="clock" size={20} /> Your listing is on hold
          </h2>
          <p>
            A buyer has it on hold
            {ticket.reservedUntil === undefined ? (
              ''
            ) : (
              <>
                {' '}
                until <LocalTime instant={ticket.reservedUntil} timeOnly />
              </>
            )}
            . You can’t edit or remove it in the meantime.
          </p>
          <Link href={`/tickets/${ticket.id}`} className="btn btn-quiet" prefetch={false}>
            Check again
          </Link>
        </>
      ) : (
        <>
          <h2 id="yours">
            <Icon name="good" size={20} /> Sold
          </h2>
          <p>You sold this ticket for {formatMoney(ticket.price)}. You can no longer edit it.</p>
          <Link href="/sell" className="btn btn-quiet" prefetch={false}>
            My listings
          </Link>
        </>
      )}
    </section>
  );
}
