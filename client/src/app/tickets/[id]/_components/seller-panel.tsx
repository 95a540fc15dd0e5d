import type { Ticket } from '@/api/types.ts';
import { ActionForm } from '@/components/action-form.tsx';
import { LocalTime } from '@/components/local-time.tsx';
import { Question } from '@/components/question.tsx';
import { formatMoney } from '@/lib/money.ts';
import { visitorFormat } from '@/lib/visitor.ts';
import { Icon } from '@/ui/icon.tsx';
import { ButtonLink, Link } from '@/ui/link.tsx';
import { Panel } from '@/ui/panel.tsx';
import { withdrawTicketAction } from '../../actions.ts';
import { TicketWatch } from './ticket-watch.tsx';

/** What the seller can do with the listing. */
export function SellerPanel({ ticket }: { ticket: Ticket }) {
  return (
    <Panel as="section" labelledBy="listing" className="columns-action">
      {/* Its parts are rendered on the server: without a key React would take those of one state for those of the next. */}
      <State key={ticket.status} ticket={ticket} />
      <TicketWatch
        ticketId={ticket.id}
        status={ticket.status}
        version={ticket.version}
        isClosed={ticket.isClosed === true}
        startsAt={ticket.startsAt}
      />
    </Panel>
  );
}

function State({ ticket }: { ticket: Ticket }) {
  if (ticket.status === 'listed') return <Listed ticket={ticket} />;
  if (ticket.status === 'held') return <OnHold ticket={ticket} />;
  return <Sold ticket={ticket} />;
}

function Listed({ ticket }: { ticket: Ticket }) {
  return (
    <>
      <h2 id="listing">Your listing</h2>
      <p>
        {ticket.isClosed
          ? 'Sales have ended: the event has started.'
          : 'It’s on sale. You can’t edit it while a buyer has it on hold.'}
      </p>
      <p>
        <ButtonLink href={`/tickets/${ticket.id}/edit`} wide>
          Edit listing
        </ButtonLink>
      </p>
      <DeliveryLink ticket={ticket} />
      <Question label="Remove listing" wide>
        <p>Remove it for good? Buyers will no longer find it, and you can’t undo this.</p>
        <ActionForm
          action={withdrawTicketAction}
          hidden={{ ticketId: ticket.id }}
          label="Yes, remove it for good"
          pendingLabel="Removing…"
          variant="danger"
          wide
        />
      </Question>
    </>
  );
}

function OnHold({ ticket: { reservedUntil } }: { ticket: Ticket }) {
  return (
    <>
      <h2 id="listing">
        <Icon name="clock" size={20} /> Your listing is on hold
      </h2>
      <p>
        <span>
          {reservedUntil === undefined ? (
            'A buyer has it on hold.'
          ) : (
            <span>
              A buyer has it on hold until <LocalTime instant={reservedUntil} timeOnly />.
            </span>
          )}
        </span>{' '}
        You can’t edit or remove it in the meantime.
      </p>
    </>
  );
}

async function Sold({ ticket }: { ticket: Ticket }) {
  return (
    <>
      <h2 id="listing">
        <Icon name="good" size={20} /> Sold
      </h2>
      <p>
        You sold this ticket for <span>{formatMoney(ticket.price, await visitorFormat())}</span>. You can no longer edit
        it.
      </p>
      <DeliveryLink ticket={ticket} />
      <ButtonLink href="/sell" variant="quiet">
        My listings
      </ButtonLink>
    </>
  );
}

/** The way to what the buyer gets, with a reminder while there is nothing. */
function DeliveryLink({ ticket: { id, status, hasDelivery } }: { ticket: Ticket }) {
  const missing =
    status === 'sold' ? 'Your buyer is waiting for the ticket.' : 'You haven’t added the ticket itself yet.';
  return (
    <p>
      {hasDelivery ? null : <strong>{`${missing} `}</strong>}
      <Link href={`/tickets/${id}/delivery`}>{hasDelivery ? 'What the buyer gets' : 'Add it now'}</Link>
    </p>
  );
}
