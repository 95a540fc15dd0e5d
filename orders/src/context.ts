import type { BuyerModel } from './models/buyer.ts';
import type { OrderModel } from './models/order.ts';
import type { TicketModel } from './models/ticket.ts';

/** What the use cases work with. */
export interface OrdersContext {
  orders: OrderModel;
  tickets: TicketModel;
  buyers: BuyerModel;
  now: () => Date;
  config: { HOLD_SECONDS: number; MAX_LIVE_HOLDS: number; EXPIRY_GRACE_SECONDS: number };
}
