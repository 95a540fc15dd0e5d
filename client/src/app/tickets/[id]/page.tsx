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
import { duration, hasBegun } from '../../../lib/time.ts';
import type { Ticket } from '../../../lib/types.ts';
import { holdTicket, withdrawTicket } from '../../actions.ts';

type Props = { params: Promise<{ id: string }> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { id } = await params;
  if (!isTicketId(id)) return { title: 'Not found' };
  const answer = await get<Ticket>(ticketPath(id));
  if (answer.ok) return { title: answer.data.title };
  return { title: answer.status === 410 ? 'Withdrawn' : answer.status >= 500 ? 'Not answering' : 'Not found' };
}

/** One ticket, as it stands now. */
export default async function TicketPage({ params }: Props) {
  const { id } = await params;
  if (!isTicketId(id)) return <NotFoundPage />;
  const [answer, who] = await Promise.all([get<Ticket>(ticketPath(id)), viewer()]);
  if (!answer.ok) {
    if (answer.status === 410) return <Gone />;
    if (answer.status < 500) return <NotFoundPage />;
    return (
      <>
        <h1>This ticket can’t be shown right now</h1>
        <ServiceDown title="The tickets are not answering." retry={`/tickets/${encodeURIComponent(id)}`}>
          What you hold stays held: your <Link href="/orders">orders</Link> can be seen and paid meanwhile.
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
            <h2>From the seller</h2>
            {ticket.notes === undefined || ticket.notes === '' ? (
              <p className="muted">The seller has added nothing.</p>
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
  const closed = ticket.startsAt !== undefined && hasBegun(ticket.startsAt);
  return (
    <section className="panel do" aria-labelledby="have">
      {ticket.status === 'listed' && !closed ? (
        <>
          <h2 id="have">It can be yours</h2>
          <ActionForm
            action={holdTicket}
            hidden={{
              ticketId: ticket.id,
              amount: String(ticket.price.amount),
              currency: ticket.price.currency,
            }}
            label={`Hold it for ${duration(holdSeconds())}`}
            busyLabel="Holding it…"
            look="btn-primary btn-wide"
          />
          <p className="muted small mt-hint">
            Nobody else can have it meanwhile, and the price stays {formatMoney(ticket.price)}. You pay only if you want
            to.
          </p>
          {who.kind === 'guest' ? (
            <p className="muted small">
              You will be asked to <Link href={signInPath(`/tickets/${ticket.id}`)}>sign in</Link> first.
            </p>
          ) : null}
        </>
      ) : ticket.status === 'held' ? (
        <>
          <h2 id="have">
            <Icon name="clock" size={20} /> Somebody is holding it
          </h2>
          <p>
            {ticket.reservedUntil === undefined ? (
              'It is being paid for right now.'
            ) : (
              <>
                Until <LocalTime instant={ticket.reservedUntil} timeOnly />, unless it is paid for before. If not, it is
                listed again.
              </>
            )}
          </p>
          <div className="row-actions">
            <Link href={`/tickets/${ticket.id}`} className="btn btn-quiet" prefetch={false}>
              Look again
            </Link>
            <Link href="/orders" prefetch={false}>
              Is it you? See your orders
            </Link>
          </div>
        </>
      ) : (
        <>
          <h2 id="have">
            <Icon name={ticket.status === 'sold' ? 'good' : 'gone'} size={20} />{' '}
            {ticket.status === 'sold' ? 'Sold' : 'The event has started'}
          </h2>
          <p>
            {ticket.status === 'sold'
              ? 'Somebody has paid for this ticket. It won’t be listed again.'
              : 'A listing closes when its event starts.'}
          </p>
          <Link href="/" className="btn btn-quiet" prefetch={false}>
            See other tickets
          </Link>
        </>
      )}
      {who.kind === 'unknown' ? (
        <p className="muted small mt-hint">
          Signing in is not answering right now. Yours to sell? <Link href={`/tickets/${ticket.id}/edit`}>Edit it</Link>
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
          <p>It is on sale. Once somebody holds it you can’t change it until the hold ends.</p>
          <p>
            <Link href={`/tickets/${ticket.id}/edit`} className="btn btn-primary btn-wide" prefetch={false}>
              Edit
            </Link>
          </p>
          <ActionForm
            action={withdrawTicket}
            hidden={{ ticketId: ticket.id }}
            label="Withdraw it for good"
            busyLabel="Withdrawing…"
            look="btn-danger-quiet btn-wide"
          />
        </>
      ) : ticket.status === 'held' ? (
        <>
          <h2 id="yours">
            <Icon name="clock" size={20} /> Your listing is held
          </h2>
          <p>
            A buyer has it
            {ticket.reservedUntil === undefined ? (
              ''
            ) : (
              <>
                {' '}
                until <LocalTime instant={ticket.reservedUntil} timeOnly />
              </>
            )}
            . Until it is paid or let go you can’t edit or withdraw it.
          </p>
          <Link href={`/tickets/${ticket.id}`} className="btn btn-quiet" prefetch={false}>
            Look again
          </Link>
        </>
      ) : (
        <>
          <h2 id="yours">
            <Icon name="good" size={20} /> You sold it
          </h2>
          <p>For {formatMoney(ticket.price)}. It can’t be changed any more.</p>
          <Link href="/sell" className="btn btn-quiet" prefetch={false}>
            My listings
          </Link>
        </>
      )}
    </section>
  );
}
