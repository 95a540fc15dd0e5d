import type { Metadata } from 'next';
import Link from 'next/link';
import { Gone } from '../../../../components/gone.tsx';
import { LocalTime } from '../../../../components/local-time.tsx';
import { Notice } from '../../../../components/notice.tsx';
import { NotFoundPage } from '../../../../components/not-found-page.tsx';
import { ServiceDown } from '../../../../components/service-down.tsx';
import { TicketForm } from '../../../../components/ticket-form.tsx';
import { plainAmount } from '../../../../lib/money.ts';
import { isTicketId, ticketPath } from '../../../../lib/reads.ts';
import { get, toSignIn, viewer } from '../../../../lib/server.ts';
import { ticketFormChoices } from '../../../../lib/ticket-form-choices.ts';
import { wallTime } from '../../../../lib/time.ts';
import type { Ticket } from '../../../../lib/types.ts';
import { updateTicket } from '../../../actions.ts';

export const metadata: Metadata = { title: 'Edit your listing' };

export default async function EditTicketPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  if (!isTicketId(id)) return <NotFoundPage />;
  const [answer, who] = await Promise.all([get<Ticket>(ticketPath(id)), viewer()]);
  if (who.kind === 'guest') toSignIn(`/tickets/${encodeURIComponent(id)}/edit`);
  if (!answer.ok) {
    if (answer.status === 410) return <Gone />;
    if (answer.status < 500) return <NotFoundPage />;
    return (
      <>
        <h1>We can’t load this listing</h1>
        <ServiceDown title="There’s a problem on our side." retry={`/tickets/${encodeURIComponent(id)}/edit`}>
          You can’t edit it right now. Please try again in a moment.
        </ServiceDown>
      </>
    );
  }
  const ticket = answer.data;
  // For anyone but the seller this page does not exist.
  if (who.kind === 'user' && who.user.id !== ticket.sellerId) return <NotFoundPage />;
  return (
    <div className="medium">
      <h1>Edit your listing</h1>
      {ticket.status === 'listed' ? (
        <div className="panel">
          <TicketForm
            action={updateTicket}
            ticketId={ticket.id}
            initial={{
              title: ticket.title,
              price: plainAmount(ticket.price),
              currency: ticket.price.currency,
              venue: ticket.venue ?? '',
              startsAt: ticket.startsAt === undefined ? '' : wallTime(ticket.startsAt, ticket.timeZone),
              timeZone: ticket.timeZone ?? 'UTC',
              notes: ticket.notes ?? '',
            }}
            {...ticketFormChoices()}
            label="Save changes"
            busyLabel="Saving…"
          />
        </div>
      ) : (
        <Notice
          tone="warn"
          title={ticket.status === 'sold' ? 'This ticket has been sold.' : 'A buyer has this ticket on hold.'}
        >
          <p>
            {ticket.status === 'sold' ? (
              'You can no longer edit it.'
            ) : (
              <>
                You can’t edit it
                {ticket.reservedUntil === undefined ? (
                  ' while the payment is in progress'
                ) : (
                  <>
                    {' '}
                    until <LocalTime instant={ticket.reservedUntil} timeOnly />
                  </>
                )}
                , so the buyer gets what they were shown.
              </>
            )}
          </p>
        </Notice>
      )}
      <p className="mt-section">
        <Link href={`/tickets/${ticket.id}`} prefetch={false}>
          Back to ticket
        </Link>
      </p>
    </div>
  );
}
