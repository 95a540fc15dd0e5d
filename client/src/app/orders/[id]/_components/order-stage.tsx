import type { Answer } from '@/api/http.ts';
import type { Order, Payment, Ticket } from '@/api/types.ts';
import { Ended } from './ended.tsx';
import { Pay } from './pay.tsx';
import { Paying } from './paying.tsx';
import { Receipt } from './receipt.tsx';
import { Reserving } from './reserving.tsx';

export type Stage = 'reserving' | 'pay' | 'paying' | 'bought' | 'ended';

/** What the page shows: the order's status, except that nobody is asked to pay again while a payment is in progress. */
export function stageOf(order: Order, payment: Answer<Payment> | undefined): Stage {
  switch (order.status) {
    case 'created':
      return 'reserving';
    case 'awaiting:payment':
      return payment?.ok && (payment.data.status === 'requested' || payment.data.status === 'authorized')
        ? 'paying'
        : 'pay';
    case 'capturing':
      return 'paying';
    case 'complete':
      return 'bought';
    case 'cancelled':
      return 'ended';
  }
}

/** The part of an order's page that changes with the order; `payment` and `ticket` are there where the stage shows them. */
export function OrderStage({
  order,
  stage,
  payment,
  ticket,
}: {
  order: Order;
  stage: Stage;
  payment: Answer<Payment> | undefined;
  ticket: Answer<Ticket> | undefined;
}) {
  switch (stage) {
    case 'reserving':
      return <Reserving order={order} />;
    case 'pay':
      return <Pay order={order} isDown={payment?.ok === false && payment.status >= 500} />;
    case 'paying':
      return <Paying order={order} />;
    case 'bought':
      return <Receipt order={order} />;
    case 'ended':
      return <Ended order={order} payment={payment} ticket={ticket} />;
  }
}
