import { z } from 'zod';
import { currentRequestId } from './context.ts';

/** Every event of the marketplace: name -> what it says. Facts with a snapshot: a hearer needs nothing else. */

const id = z.string().min(1).max(100);
const version = z.int().min(0);
const instant = z.iso.datetime();

const money = z.object({ amount: z.int().positive(), currency: z.string().regex(/^[a-z]{3}$/) });

/** What a buyer sees of a ticket and an order keeps: it is held only as the buyer saw it. */
const offer = z.object({
  title: z.string(),
  price: money,
  venue: z.string().optional(),
  startsAt: instant.optional(),
  timeZone: z.string().optional(),
});

const ticket = offer.extend({
  id,
  version,
  sellerId: id,
  notes: z.string().optional(),
  status: z.enum(['listed', 'held', 'sold', 'withdrawn']),
  /** The order that holds or bought it. */
  orderId: id.optional(),
  reservedUntil: instant.optional(),
});

const order = z.object({
  id,
  version,
  ticketId: id,
  /** The ticket's orders are numbered from 1: order n may exist only when order n-1 has ended. */
  number: z.int().positive(),
  userId: id,
  status: z.enum(['created', 'awaiting:payment', 'capturing', 'complete', 'cancelled']),
  reason: z.enum(['buyer', 'expired', 'ticket-changed', 'ticket-withdrawn', 'payment-failed']).optional(),
  offer,
  expiresAt: instant,
});

const payment = z.object({
  id,
  version,
  orderId: id,
  status: z.enum(['requested', 'authorized', 'captured', 'voided', 'declined', 'failed']),
  amount: money.shape.amount,
  currency: money.shape.currency,
});

export const events = {
  'ticket:created': ticket,
  'ticket:updated': ticket,
  'ticket:refused': z.object({ id, version, orderId: id, reason: z.enum(['ticket-changed', 'ticket-withdrawn']) }),
  'order:created': order,
  'order:reserved': order,
  'order:claimed': order,
  'order:completed': order,
  'order:cancelled': order,
  'payment:authorized': payment,
  'payment:captured': payment,
  'payment:failed': payment,
  'payment:voided': payment,
  'expiration:complete': z.object({ id, version, orderId: id, expiresAt: instant }),
} as const;

export type EventName = keyof typeof events;
export type EventData<Name extends EventName> = z.output<(typeof events)[Name]>;

/** An event about to be said: `data.id` and `data.version` name the state that it is about. */
export type Fact = { [Name in EventName]: { name: Name; data: EventData<Name> } }[EventName];

export type Offer = z.output<typeof offer>;
export type TicketData = z.output<typeof ticket>;
export type OrderData = z.output<typeof order>;
export type OrderStatus = OrderData['status'];
export type CancelReason = NonNullable<OrderData['reason']>;
export type PaymentStatus = z.output<typeof payment>['status'];

/** What travels on the bus, as JSON, on the subject that bears the event's name. */
export const envelope = z.object({
  /** `<aggregate id>:<version>:<name>`: the same event said twice has the same id. */
  id: z.string().min(1),
  name: z.string().min(1),
  at: instant,
  requestId: z.string().optional(),
  data: z.unknown(),
});
export type Envelope = z.output<typeof envelope>;

export const eventId = ({ name, data }: Fact): string => `${data.id}:${data.version}:${name}`;

/** Wraps an event for the bus: with its id, the time, and the id of the request that caused it. */
export function toEnvelope(event: Fact, at: Date): Envelope {
  const requestId = currentRequestId();
  return {
    id: eventId(event),
    name: event.name,
    at: at.toISOString(),
    ...(requestId !== undefined && { requestId }),
    data: event.data,
  };
}

/** Whether an order has ended: ended is final. */
export const isEnded = (status: OrderStatus): boolean => status === 'complete' || status === 'cancelled';
