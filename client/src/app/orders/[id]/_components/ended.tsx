import type { Answer } from '@/api/http.ts';
import type { Order, Payment, Ticket } from '@/api/types.ts';
import { LazyRetryWatch } from '@/components/lazy-retry-watch.tsx';
import { cancelReasonText } from '@/lib/messages.ts';
import { ButtonLink, ReloadLink } from '@/ui/link.tsx';
import { Panel } from '@/ui/panel.tsx';
import { AVAILABILITY_TEXTS, availabilityOf, endOfPayment, isUnknown } from './stage.ts';
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
      {isUnknown(payment) || availabilityOf(ticket) === 'unknown' ? <LazyRetryWatch /> : null}
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

/** Whether the ticket is available again. */
function Available({ order, ticket }: { order: Order; ticket: Answer<Ticket> | undefined }) {
  const availability = availabilityOf(ticket);
  const isOnSale = availability === 'on-sale';
  const hasPage = isOnSale || availability === 'on-hold';
  return (
    <>
      <p>{AVAILABILITY_TEXTS[availability]}</p>
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
