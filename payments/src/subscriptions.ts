import type { OrderData } from '@ticketing/common';
import type { SessionHandlers } from '@ticketing/core';
import type { BackgroundTasks } from './background.ts';
import type { PaymentsContext } from './context.ts';
import { advancePayment } from './use-cases/advance-payment.ts';
import { beginPayment, copyOrder } from './use-cases/copy-order.ts';

/** The events that payments consumes, each with its effect. A step at the provider continues after its message is acknowledged. */
export function subscriptions(context: PaymentsContext, background: BackgroundTasks): SessionHandlers {
  const copyAndAdvance = async (order: OrderData) => {
    const leased = await copyOrder(context, order);
    if (leased) background.start(advancePayment(context, leased));
  };
  return {
    'ticket:updated': (ticket) => beginPayment(context, ticket),
    'order:claimed': copyAndAdvance,
    'order:cancelled': copyAndAdvance,
    'session:ended': ({ sessions }) => context.endedSessions.add(sessions),
  };
}
