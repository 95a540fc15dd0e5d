import { z } from 'zod';
import { currentRequestId, currentTraceparent } from '@ticketing/runtime';
import {
  id,
  instant,
  money,
  offerShape,
  orderShape,
  paymentOutcome,
  refusalReason,
  ticketView,
  version,
} from './shapes.ts';
import type { OrderStatus } from './shapes.ts';

/** `orderId`, `buyerId`: the order that holds or has bought the ticket, and its buyer. `lastOrder`: the highest order number so far. */
const ticket = ticketView.omit({ offerTag: true }).extend({
  // Absent in events from before tickets were delivered here.
  hasDelivery: z.boolean().optional(),
  orderId: id.optional(),
  buyerId: id.optional(),
  lastOrder: z.int().positive().optional(),
});

/** `sellerId`: absent in orders that were placed before it was kept. */
const order = z.object({ id, version, ...orderShape.shape, offer: offerShape, sellerId: id.optional() });

/** All ended sessions of a user whose tokens have not expired. `id`: the user. `endsAt`: when the token expires. */
const endedSessions = z.object({ id, version, sessions: z.array(z.object({ id, endsAt: instant })) });

const payment = z.object({ id, version, orderId: id, status: paymentOutcome, ...money.shape });

/** The catalog of events: name → schema of its data, a snapshot with everything that a consumer needs. */
export const events = {
  'ticket:created': ticket,
  'ticket:updated': ticket,
  'ticket:refused': z.object({ id, version, orderId: id, reason: refusalReason }),
  'order:created': order,
  'order:claimed': order,
  'order:completed': order,
  'order:cancelled': order,
  'payment:authorized': payment,
  'payment:captured': payment,
  'payment:failed': payment,
  'payment:voided': payment,
  'session:ended': endedSessions,
  'expiration:complete': z.object({ id, version, orderId: id, expiresAt: instant }),
} as const;

export type EventName = keyof typeof events;
export type EventData<Name extends EventName> = z.output<(typeof events)[Name]>;

/** An event to publish: `data.id` and `data.version` identify the state that it describes. */
export type DomainEvent = { [Name in EventName]: { name: Name; data: EventData<Name> } }[EventName];

export type TicketData = z.output<typeof ticket>;
export type OrderData = z.output<typeof order>;

/** A message on the bus: JSON, on the subject named after the event. */
export const envelope = z.object({
  /** `<aggregate id>:<version>:<name>`: the same event published twice has the same id. */
  id: z.string().min(1),
  name: z.string().min(1),
  at: instant,
  requestId: z.string().optional(),
  /** The span that has caused the event, in W3C's form. Its publication and its handling belong to the same trace. */
  traceparent: z.string().optional(),
  data: z.unknown(),
});
export type Envelope = z.output<typeof envelope>;

/** The id of an event, the same each time it is published. */
export const eventId = ({ name, data }: DomainEvent): string => `${data.id}:${data.version}:${name}`;

/** Wraps an event for the bus: adds its id, the time, and the ids of the current request and span. */
export function toEnvelope(event: DomainEvent, at: Date): Envelope {
  const requestId = currentRequestId();
  const traceparent = currentTraceparent();
  return {
    id: eventId(event),
    name: event.name,
    at: at.toISOString(),
    ...(requestId !== undefined && { requestId }),
    ...(traceparent !== undefined && { traceparent }),
    data: event.data,
  };
}

/** Whether an order has ended, which is final. */
export const isEnded = (status: OrderStatus): boolean => status === 'complete' || status === 'cancelled';
