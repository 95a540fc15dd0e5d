import { z } from 'zod';
import { currentRequestId } from './context.ts';
import {
  cancelReason,
  id,
  instant,
  money,
  offerShape,
  orderStatus,
  paymentStatus,
  refusalReason,
  ticketView,
  version,
} from './shapes.ts';
import type { OrderStatus } from './shapes.ts';

/** Every event of the marketplace: name -> its data, a snapshot that has all a consumer needs. */

/** `orderId`: the order that holds or bought it. */
const ticket = ticketView.extend({ orderId: id.optional() });

const order = z.object({
  id,
  version,
  ticketId: id,
  /** The ticket's orders are numbered from 1: order n may exist only when order n-1 has ended. */
  number: z.int().positive(),
  userId: id,
  status: orderStatus,
  reason: cancelReason.optional(),
  offer: offerShape,
  expiresAt: instant,
});

const payment = z.object({ id, version, orderId: id, status: paymentStatus, ...money.shape });

export const events = {
  'ticket:created': ticket,
  'ticket:updated': ticket,
  'ticket:refused': z.object({ id, version, orderId: id, reason: refusalReason }),
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

/** An event about to be published: `data.id` and `data.version` name the state that it is about. */
export type DomainEvent = { [Name in EventName]: { name: Name; data: EventData<Name> } }[EventName];

export type TicketData = z.output<typeof ticket>;
export type OrderData = z.output<typeof order>;

/** What travels on the bus, as JSON, on the subject that bears the event's name. */
export const envelope = z.object({
  /** `<aggregate id>:<version>:<name>`: the same event published twice has the same id. */
  id: z.string().min(1),
  name: z.string().min(1),
  at: instant,
  requestId: z.string().optional(),
  data: z.unknown(),
});
export type Envelope = z.output<typeof envelope>;

export const eventId = ({ name, data }: DomainEvent): string => `${data.id}:${data.version}:${name}`;

/** An event as it travels: with its id, the time, and the id of the request that caused it. */
export function toEnvelope(event: DomainEvent, at: Date): Envelope {
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
