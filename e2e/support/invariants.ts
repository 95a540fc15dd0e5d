import { isEnded, sameOffer } from '@ticketing/common';
import type { Offer, OrderStatus, TicketStatus } from '@ticketing/common';
import { eventually } from '@ticketing/core/testing';
import { createConnection } from 'mongoose';
import type { Marketplace } from './stack.ts';

interface StoredTicket extends Offer {
  _id: string;
  version: number;
  status: TicketStatus;
  sellerId: string;
  hold?: { orderId: string } | undefined;
  delivery?: { fingerprints?: string[] | undefined } | undefined;
  outbox: unknown[];
}
interface StoredOrder {
  _id: string;
  version: number;
  ticketId: string;
  number: number;
  userId: string;
  status: OrderStatus;
  reason?: string | undefined;
  expiresAt: string;
  offer: Offer;
  history: { status: string; at: string }[];
  outbox: unknown[];
}
interface TicketCopy {
  _id: string;
  version: number;
  sellerId: string;
  status: TicketStatus;
  offer: Offer;
}
interface StoredPayment {
  _id: string;
  status: string;
  dueAt?: string | undefined;
  order: { status: OrderStatus };
  outbox: unknown[];
}
interface LedgerSummary {
  orderId: string | null;
  type: string;
  amount: number;
}

/** All that the invariants are about. */
export interface Everything {
  tickets: StoredTicket[];
  orders: StoredOrder[];
  copies: TicketCopy[];
  payments: StoredPayment[];
  entries: LedgerSummary[];
  deadLetters: { text: string; error: string }[];
}

type Source = Pick<Marketplace, 'database' | 'process' | 'since'>;

/** The current content of all stores and of the provider's ledger. */
export async function readAll(stack: Source): Promise<Everything> {
  const services = ['tickets', 'orders', 'payments'] as const;
  // An id of a ticket begins with the second of its creation, and an id of an order with its ticket's id.
  const first = stack.since ? Math.floor(stack.since.getTime() / 1000).toString(16) : '';
  const connections = await Promise.all(
    services.map((service) => createConnection(stack.database(service)).asPromise()),
  );
  try {
    const read = async <T>(service: (typeof services)[number], collection: string, from = first) => {
      const documents = connections[services.indexOf(service)]?.collection<{ _id: string }>(collection);
      return (await documents?.find({ _id: { $gte: from } }).toArray()) as unknown as T[];
    };
    const [tickets, orders, copies, payments, letters] = await Promise.all([
      read<StoredTicket>('tickets', 'tickets'),
      read<StoredOrder>('orders', 'orders'),
      read<TicketCopy>('orders', 'tickets'),
      read<StoredPayment>('payments', 'payments'),
      Promise.all(services.map((service) => read<{ text: string; error: string }>(service, 'deadletters', ''))),
    ]);
    const answer = await fetch(`${stack.process('sandbox').url}/ledger`);
    const { entries } = (await answer.json()) as { entries: LedgerSummary[] };
    return {
      ...{ tickets, orders, copies, payments },
      deadLetters: letters.flat().filter(({ text }) => (/[0-9a-f]{24}/.exec(text)?.[0] ?? first) >= first),
      entries: entries.filter(({ orderId }) => (orderId ?? '') >= first),
    };
  } finally {
    await Promise.all(connections.map((connection) => connection.close()));
  }
}

const isLive = ({ status }: StoredOrder) => !isEnded(status);

/** Whether orders' copy has what it keeps of a ticket. Its version may be older: a hold changes nothing of that. */
const equals = (copy: TicketCopy, ticket: StoredTicket): boolean =>
  copy.sellerId === ticket.sellerId &&
  (copy.status === 'withdrawn') === (ticket.status === 'withdrawn') &&
  sameOffer(copy.offer, { ...ticket, hasDelivery: ticket.delivery !== undefined });

/** The status that payments' copy of an ended order has. Payments captures the money itself and does not consume the completion. */
const copiedStatus = ({ status }: StoredOrder): OrderStatus => (status === 'complete' ? 'capturing' : status);

/** What has not settled yet, a line each. */
export function unsettled({ tickets, orders, copies, payments }: Everything): string[] {
  const copyOf = new Map(copies.map((copy) => [copy._id, copy]));
  const paymentOf = new Map(payments.map((payment) => [payment._id, payment]));
  return [
    ...orders.filter(isLive).map(({ _id, status }) => `order ${_id} is ${status}`),
    ...tickets
      .filter(({ status }) => status === 'held')
      .map(({ _id, hold }) => `ticket ${_id} is held by ${hold?.orderId ?? 'nobody'}`),
    ...[...tickets, ...orders, ...payments]
      .filter(({ outbox }) => outbox.length > 0)
      .map(({ _id }) => `${_id} has events in its outbox`),
    ...payments
      .filter(({ dueAt }) => dueAt !== undefined)
      .map(({ _id, status }) => `payment ${_id} (${status}) has work due`),
    ...tickets
      .filter((ticket) => {
        const copy = copyOf.get(ticket._id);
        return !copy || !equals(copy, ticket);
      })
      .map(({ _id }) => `the copy of ticket ${_id} differs`),
    ...orders
      .filter((order) => !isLive(order) && paymentOf.get(order._id)?.order.status !== copiedStatus(order))
      .map(({ _id }) => `the copy of order ${_id} differs`),
    ...(copies.length === tickets.length ? [] : [`${tickets.length} tickets have ${copies.length} copies`]),
  ];
}

/** The invariants that a settled state breaks, a line each. */
export function broken({ tickets, orders, copies, payments, entries, deadLetters }: Everything): string[] {
  const wrong: string[] = [];
  const ordersOf = Map.groupBy(orders, ({ ticketId }) => ticketId);
  const entriesOf = Map.groupBy(entries, ({ orderId }) => orderId ?? '');

  for (const [ticketId, all] of ordersOf) {
    if (all.filter(isLive).length > 1) wrong.push(`I1: ticket ${ticketId} has two live orders`);
    if (all.filter(({ status }) => status === 'complete').length > 1)
      wrong.push(`I1: ticket ${ticketId} is sold twice`);
    const numbers = all.map(({ number }) => number).sort((a, b) => a - b);
    if (numbers.some((number, index) => number !== index + 1))
      wrong.push(`I1: ticket ${ticketId} has orders ${numbers.join()}`);
  }
  for (const { _id, status, reason, offer, expiresAt, history } of orders) {
    const of = entriesOf.get(_id) ?? [];
    const captures = of.filter(({ type }) => type === 'captured');
    const captured = captures.reduce((sum, { amount }) => sum + amount, 0);
    if (captured !== (status === 'complete' ? offer.price.amount : 0))
      wrong.push(`I2: order ${_id} is ${status} and ${captured} was captured`);
    if (captures.length > 1) wrong.push(`I3: order ${_id} was captured ${captures.length} times`);
    const authorized = of.filter(({ type }) => type === 'authorized').length;
    const released = of.filter(({ type }) => type === 'voided' || type === 'dropped').length;
    if (status === 'cancelled' && authorized > released)
      wrong.push(`I2: order ${_id} is cancelled and its money is still authorised`);
    const end = history.at(-1);
    if (reason === 'expired' && (end?.at ?? '') < expiresAt) wrong.push(`I4: order ${_id} expired early`);
    const ends = history.filter(({ status }) => status === 'complete' || status === 'cancelled');
    if (ends.length !== 1 || ends[0] !== end)
      wrong.push(`I5: order ${_id} went ${history.map(({ status }) => status).join(', ')}`);
  }
  const orderOf = new Map(orders.map((order) => [order._id, order]));
  for (const { _id, status } of payments) {
    const order = orderOf.get(_id);
    if ((status === 'captured') !== (order?.status === 'complete'))
      wrong.push(`I7: order ${_id} is ${order?.status ?? 'lost'} and its payment is ${status}`);
  }
  const copyOf = new Map(copies.map((copy) => [copy._id, copy]));
  for (const ticket of tickets) {
    const { _id, status } = ticket;
    const copy = copyOf.get(_id);
    const isSold = ordersOf.get(_id)?.some((order) => order.status === 'complete') ?? false;
    if (isSold !== (status === 'sold'))
      wrong.push(`I9: ticket ${_id} is ${status}, and ${isSold ? 'an' : 'no'} order of it is complete`);
    if (copy && (copy.version > ticket.version || !equals(copy, ticket)))
      wrong.push(`I7: the copy of ticket ${_id} differs`);
  }
  const carriers = new Map<string, string>();
  for (const { _id, status, delivery } of tickets)
    for (const fingerprint of (status === 'withdrawn' ? undefined : delivery?.fingerprints) ?? []) {
      const other = carriers.get(fingerprint);
      if (other !== undefined) wrong.push(`I14: tickets ${other} and ${_id} carry the same ticket itself`);
      carriers.set(fingerprint, _id);
    }
  wrong.push(...deadLetters.map(({ error }) => `I11: a valid message was dead-lettered: ${error}`));
  return wrong;
}

/** The acknowledged writes that are lost. */
function lost({ tickets, orders }: Everything, acknowledged: { tickets: string[]; orders: string[] }): string[] {
  const there = new Set([...tickets, ...orders].map(({ _id }) => _id));
  return [...acknowledged.tickets, ...acknowledged.orders]
    .filter((id) => !there.has(id))
    .map((id) => `I6: ${id} was acknowledged and is lost`);
}

/**
 * Waits until everything has settled. Returns the violations of invariants (I1-I7, I9, I11, I14), a line each, with counts of
 * what was checked. Throws with what is pending if it doesn't settle in time.
 */
export async function checkInvariants(
  stack: Source,
  {
    acknowledged = { tickets: [], orders: [] },
    isPoison = () => false,
    withinMs = 120_000,
  }: {
    acknowledged?: { tickets: string[]; orders: string[] };
    /** Whether a dead-lettered message was meant to be. */
    isPoison?: (text: string) => boolean;
    withinMs?: number;
  } = {},
) {
  let everything = await readAll(stack);
  await eventually(
    async () => {
      everything = await readAll(stack);
      return unsettled(everything).slice(0, 5);
    },
    (rest) => rest.length === 0,
    withinMs,
  );
  everything.deadLetters = everything.deadLetters.filter(({ text }) => !isPoison(text));
  const count = (status: string) => everything.orders.filter((order) => order.status === status).length;
  return {
    broken: [...broken(everything), ...lost(everything, acknowledged)],
    counts: { tickets: everything.tickets.length, complete: count('complete'), cancelled: count('cancelled') },
    everything,
  };
}
