import type { Answer } from '@/api/http.ts';
import type { Order, Payment, Ticket } from '@/api/types.ts';
import { cancelReasonText } from '@/lib/messages.ts';
import { ButtonLink, ReloadLink } from '@/ui/link.tsx';
import { Panel } from '@/ui/panel.tsx';
import { type Availability, availabilityOf, isUnknown } from './stage.ts';
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
      <Available order={order} ticket={ticket} />
    </Panel>
  );
}

/** What became of the buyer's money. A cancelled order is never charged; more is asserted only when the payment could be read. */
function MoneyOf({ order, payment }: { order: Order; payment: Answer<Payment> | undefined }) {
  if (isUnknown(payment))
    return (
      <p key="unknown">
        <strong>You won’t be charged for this order.</strong> We can’t show your payment right now; if your bank has
        reserved the amount, it will be released. <ReloadLink href={`/orders/${order.id}`}>Look again</ReloadLink>
      </p>
    );
  return (
    <p key="known">
      <strong>No money was taken.</strong> <span>{payment?.ok ? endOfPayment(order, payment.data) : ''}</span>
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

const AVAILABILITY: Record<Availability, string> = {
  'on-sale': 'It’s back on sale, and you can still get it if you’re quick.',
  'on-hold': 'It’s on hold at the moment. If it isn’t paid for in time, it goes back on sale.',
  closed: 'Sales have ended: the event has started.',
  sold: 'It has been sold.',
  removed: 'The seller removed it, so it’s no longer available.',
  unknown: 'We can’t tell right now whether it’s available.',
};

/** Whether the ticket is available again. */
function Available({ order, ticket }: { order: Order; ticket: Answer<Ticket> | undefined }) {
  const availability = availabilityOf(ticket);
  const isOnSale = availability === 'on-sale';
  const hasPage = isOnSale || availability === 'on-hold';
  return (
    <>
      <p>{AVAILABILITY[availability]}</p>
      <div className="row-actions">
        {hasPage ? (
          <ButtonLink href={`/tickets/${order.ticketId}`} variant={isOnSale ? 'primary' : 'quiet'}>
            View ticket
          </ButtonLink>
        ) : null}
        <ButtonLink href="/" variant={isOnSale ? 'quiet' : 'primary'}>
          Browse tickets
        </ButtonLink>
      </div>
    </>
  );
}
