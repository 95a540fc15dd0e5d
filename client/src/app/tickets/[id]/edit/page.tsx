import type { Metadata } from 'next';
import { getTicket, isTicketId } from '@/api/tickets.ts';
import { NotFoundPage } from '@/components/not-found-page.tsx';
import { ServiceDown } from '@/components/service-down.tsx';
import { TicketRemovedPage } from '@/components/ticket-removed-page.tsx';
import { initialValues } from '@/lib/ticket-input.ts';
import { getViewer, pageHttp, redirectToSignIn } from '@/lib/visitor.ts';
import { Link } from '@/ui/link.tsx';
import { Panel } from '@/ui/panel.tsx';
import { ticketFormChoices } from '../../_components/ticket-form-choices.ts';
import { TicketForm } from '../../_components/ticket-form.tsx';
import { editTicketAction } from '../../actions.ts';
import { LockedNotice } from './_components/locked-notice.tsx';

export const metadata: Metadata = { title: 'Edit your listing' };

export default async function EditTicketPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  if (!isTicketId(id)) return <NotFoundPage />;
  const [answer, viewer] = await Promise.all([getTicket(await pageHttp(), id), getViewer()]);
  if (viewer.kind === 'guest') redirectToSignIn(`/tickets/${id}/edit`);
  if (!answer.ok) {
    if (answer.status === 410) return <TicketRemovedPage />;
    if (answer.status < 500) return <NotFoundPage />;
    return <Down id={id} />;
  }
  const ticket = answer.data;
  // For anyone but the seller this page does not exist.
  if (viewer.kind === 'user' && viewer.user.id !== ticket.sellerId) return <NotFoundPage />;
  return (
    <div className="medium">
      <h1>Edit your listing</h1>
      {ticket.status === 'listed' ? (
        <Panel>
          <TicketForm
            action={editTicketAction}
            ticketId={ticket.id}
            version={ticket.version}
            initial={initialValues(ticket)}
            choices={ticketFormChoices()}
            label="Save changes"
            pendingLabel="Saving…"
          />
        </Panel>
      ) : (
        <LockedNotice ticket={ticket} />
      )}
      <p className="mt-section">
        <Link href={`/tickets/${ticket.id}`}>Back to ticket</Link>
      </p>
    </div>
  );
}

/** Without the listing: still with the form that was sent without scripts, and what was typed into it. */
function Down({ id }: { id: string }) {
  return (
    <div className="medium">
      <h1>Edit your listing</h1>
      <TicketForm
        action={editTicketAction}
        ticketId={id}
        initial={undefined}
        choices={ticketFormChoices()}
        label="Save changes"
        pendingLabel="Saving…"
      >
        <ServiceDown title="We can’t load this listing right now." retry={`/tickets/${id}/edit`}>
          You can’t edit it until we can. Please try again in a moment.
        </ServiceDown>
      </TicketForm>
    </div>
  );
}
