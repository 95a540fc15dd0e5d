import type { EndedSessions } from '@ticketing/common';
import type { Aggregate, Sweeps } from '@ticketing/core';
import type { Order } from './order.ts';
import type { OrderQueries } from './stores.ts';
import type { TicketCopy } from './ticket-copy.ts';

/** What the use cases work with. */
export interface OrdersContext {
  orders: Aggregate<Order>;
  tickets: Aggregate<TicketCopy>;
  queries: OrderQueries;
  sweeps: Sweeps;
  endedSessions: EndedSessions;
  now: () => Date;
  config: OrdersConfig;
}

export interface OrdersConfig {
  HOLD_SECONDS: number;
  MAX_LIVE_HOLDS: number;
  MAX_NETWORK_HOLDS: number;
  EXPIRY_GRACE_SECONDS: number;
  HOLD_PAUSE_SECONDS: number;
  OUTCOME_WAIT_MS: number;
}
