import type { Answer } from '@/api/http.ts';
import type { Delivery, Order, Payment, Ticket } from '@/api/types.ts';
import type { Viewer } from '@/lib/visitor.ts';
import { Bought } from './bought.tsx';
import { Confirming } from './confirming.tsx';
import { Ended } from './ended.tsx';
import { Pay } from './pay.tsx';
import { Paying } from './paying.tsx';
import { Reserving } from './reserving.tsx';
import type { Stage } from './stage.ts';
import { Unclear } from './unclear.tsx';

/** The part of an order's page that changes with the order; `payment`, `ticket` and `delivery` are there where the stage shows them. */
export function OrderStage({
  order,
  stage,
  buyer,
  payment,
  ticket,
  delivery,
}: {
  order: Order;
  stage: Stage;
  buyer: Viewer;
  payment: Answer<Payment> | undefined;
  ticket: Answer<Ticket> | undefined;
  delivery: Answer<Delivery> | undefined;
}) {
  switch (stage) {
    case 'reserving':
      return <Reserving order={order} />;
    case 'pay':
      return <Pay order={order} payment={payment} />;
    case 'confirming':
      return <Confirming order={order} />;
    case 'unclear':
      return <Unclear order={order} />;
    case 'paying':
      return <Paying order={order} />;
    case 'bought':
      return <Bought order={order} buyer={buyer} payment={payment} ticket={ticket} delivery={delivery} />;
    case 'ended':
      return <Ended order={order} payment={payment} ticket={ticket} />;
  }
}
