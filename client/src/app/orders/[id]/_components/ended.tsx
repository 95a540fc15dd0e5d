import type { Answer } from '@/api/http.ts';
import type { Order, Payment, Ticket } from '@/api/types.ts';
import { cancelReasonText } from '@/lib/messages.ts';
import { ButtonLink, ReloadLink } from '@/ui/link.tsx';
import { Panel } from '@/ui/panel.tsx';
import { isUnknown } from './stage.ts';
import { StageHeading } from './stage-parts.tsx';

/** The order was cancelled or expired. */
export function Ended({
  order,
  payment,
  ticket,
}: {
  order: Order;
  payment: Answer<Payment> | undefined;
  ticket: Answer<Ticket> | undefined;
}) {
  return (
    <Panel as="section" className="stack">
      <StageHeading>{cancelReasonText(order.reason)}</StageHeading>
      <MoneyOf order={order} payment={payment} />
      <Availability order={order} ticket={ticket} />
    </Panel>
  );
}

/** What became of the buyer's money. A cancelled order is never charged; more is asserted only when the payment could be read. */
function MoneyOf({ order, payment }: { order: Order; payment: Answer<Payment> | undefined }) {
  if (isUnknown(payment))
    return (
      <p>
        <strong>You won’t be charged for this order.</strong> We can’t show your payment right now; if your bank has
        reserved the amount, it will be released. <ReloadLink href={`/orders/${order.id}`}>Look again</ReloadLink>
      </p>
    );
  return (
    <p>
      <strong>No money was taken.</strong> {payment?.ok ? endOfPayment(order, payment.data) : ''}
    </p>
  );
}

function endOfPayment({ reason }: Order, { status, attempts }: Payment): string {
  const released = 'Your bank may show the amount as pending for a few days; it will be released.';
  switch (attempts.at(-1)?.status) {
    case 'authenticating':
      return 'Your bank had no confirmation from you. If you confirm the payment there now, nothing is charged.';
    case 'authorized':
      return reason === 'expired' ? `Your payment was confirmed after your hold had ended. ${released}` : released;
    default:
      return status === 'requested' || status === 'voided' ? released : '';
  }
}

/** Whether the ticket is available again. */
function Availability({ order, ticket }: { order: Order; ticket: Answer<Ticket> | undefined }) {
  const ticketHref = `/tickets/${order.ticketId}`;
  if (ticket?.ok && ticket.data.status === 'listed')
    return (
      <>
        <p>It’s back on sale, and you can still get it if you’re quick.</p>
        <div className="row-actions">
          <ButtonLink href={ticketHref}>View ticket</ButtonLink>
          <ButtonLink href="/" variant="quiet">
            Browse tickets
          </ButtonLink>
        </div>
      </>
    );
  if (ticket?.ok && ticket.data.status === 'held')
    return (
      <>
        <p>It’s on hold at the moment. If it isn’t paid for in time, it goes back on sale.</p>
        <div className="row-actions">
          <ButtonLink href={ticketHref} variant="quiet">
            View ticket
          </ButtonLink>
          <ButtonLink href="/">Browse tickets</ButtonLink>
        </div>
      </>
    );
  return (
    <>
      <p>{unavailableText(ticket)}</p>
      <div className="row-actions">
        <ButtonLink href="/">Browse tickets</ButtonLink>
      </div>
    </>
  );
}

function unavailableText(ticket: Answer<Ticket> | undefined): string {
  if (ticket?.ok && ticket.data.status === 'sold') return 'It has been sold.';
  if (ticket?.ok === false && ticket.status === 410) return 'The seller removed it, so it’s no longer available.';
  return 'We can’t tell right now whether it’s available.';
}
