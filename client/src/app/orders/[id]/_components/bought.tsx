import type { Answer } from '@/api/http.ts';
import type { Delivery, Order, Payment, Ticket } from '@/api/types.ts';
import type { Viewer } from '@/lib/visitor.ts';
import { KeepTicket } from './keep-ticket.tsx';
import { Receipt } from './receipt.tsx';
import { YourTicket } from './your-ticket.tsx';

/** The order is paid: the ticket itself, then the receipt. */
export function Bought({
  order,
  delivery,
  ...receipt
}: {
  order: Order;
  buyer: Viewer;
  payment: Answer<Payment> | undefined;
  ticket: Answer<Ticket> | undefined;
  delivery: Answer<Delivery> | undefined;
}) {
  return (
    <div className="stack">
      <YourTicket order={order} delivery={delivery} />
      {delivery?.ok ? <KeepTicket /> : null}
      <Receipt order={order} {...receipt} />
    </div>
  );
}
