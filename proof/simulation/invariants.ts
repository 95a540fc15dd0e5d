import { isEnded } from '@ticketing/common';
import type { Entry } from './bank.ts';
import type { Aggregate, Order, Payment, State, Ticket } from './state.ts';

/** How long after its deadline, or after the faults ended, an order may take to end. */
const END_LIMIT_MS = 30_000;

/** What a write to an order must not break. */
export function* orderViolations(
  before: Order | undefined,
  after: Order,
  {
    state,
    ledger,
    now,
    faultsEndedAt,
    maxLiveHolds,
  }: {
    state: State;
    ledger: readonly Entry[];
    now: number;
    /** By the clock that shows `now`; Infinity until then. */
    faultsEndedAt: number;
    maxLiveHolds: number;
  },
): Generator<string> {
  const { _id: id, ticketId, number, userId, status } = after;
  if (before && isEnded(before.status) && before.status !== status)
    yield `I5: order ${id} moves from ${before.status} to ${status}`;
  if (before && before.status !== status && before.version === after.version)
    yield `I7: order ${id} changes without a new version`;
  // The event of its ticket reveals that an order awaits the payment.
  const isRevealed =
    status === 'awaiting:payment' || after.outbox.some(({ id: of }) => of.startsWith(`${id}:${after.version}:`));
  if (before?.version !== after.version && !isRevealed) yield `I7: order ${id} becomes ${status} and emits no event`;
  const orders = state.ordersOf(ticketId);
  const live = orders.filter((order) => !isEnded(order.status));
  const complete = orders.filter((order) => order.status === 'complete');
  if (live.length > 1) yield `I1: orders ${live.map(({ _id }) => _id).join(' and ')} are live at the same time`;
  if (complete.length > 1) yield `I1: orders ${complete.map(({ _id }) => _id).join(' and ')} are both complete`;
  if (complete.length > 0 && live.length > 0) yield `I1: ${live[0]?._id} is live and the ticket is sold`;
  if (!orders.some(({ _id }) => _id === id)) yield `I1: order ${id} exists and number ${number - 1} does not`;
  const held = before
    ? []
    : [...state.orders().values()].filter((one) => one.userId === userId && !isEnded(one.status));
  if (held.length > maxLiveHolds)
    yield `holds: user ${userId} holds ${held.length} tickets, and ${maxLiveHolds} are allowed`;
  if (before?.status === status) return;

  const ticket = state.tickets().get(ticketId);
  if (status === 'awaiting:payment' || status === 'capturing') {
    if (ticket?.hold?.orderId !== id)
      yield `I9: order ${id} is ${status} and its ticket is held for ${ticket?.hold?.orderId ?? 'nobody'}`;
    else if (ticket.price.amount !== after.offer.price.amount)
      yield `I2: the price of order ${id} is not that of its ticket`;
  }
  if (!isEnded(status)) return;
  const expiresAt = Date.parse(after.expiresAt);
  if (after.reason === 'expired' && now < expiresAt) yield `I4: order ${id} expires ${expiresAt - now} ms early`;
  const due = Math.max(expiresAt, faultsEndedAt);
  if (now > due + END_LIMIT_MS) yield `I4: order ${id} ends ${Math.round((now - due) / 1000)} s too late`;
  if (status === 'cancelled' && ledger.some(({ orderId, type }) => orderId === id && type === 'captured'))
    yield `I2: order ${id} is cancelled and its money was captured`;
}

/** What a write to a ticket must not break. */
export function* ticketViolations(before: Ticket | undefined, after: Ticket, state: State): Generator<string> {
  const { _id: id, status, delivery } = after;
  const changes = JSON.stringify(before?.delivery) !== JSON.stringify(delivery);
  if (before && changes && (before.status === 'held' || (before.status === 'sold' && before.delivery)))
    yield `I13: the delivery of ticket ${id} changes while it is ${before.status}`;
  if (status === 'withdrawn' && delivery?.fingerprints)
    yield `I14: ticket ${id} is withdrawn and keeps its fingerprints`;
  if (changes) {
    const carried = new Set(delivery?.parts.map(({ fingerprint }) => fingerprint).filter((one) => one !== undefined));
    for (const other of carried.size > 0 ? state.tickets().values() : [])
      if (other._id !== id && other.delivery?.parts.some(({ fingerprint }) => carried.has(fingerprint ?? '')))
        yield `I14: tickets ${id} and ${other._id} carry the same ticket itself`;
  }
  if ((before?.status === 'sold' || before?.status === 'withdrawn') && before.status !== after.status)
    yield `I9: ticket ${after._id} was ${before.status} and is ${after.status}`;
}

/** How long after its end a session may still act for its user. */
export const SESSION_LIMIT_MS = 5000;

export interface SessionUse {
  id: string;
  process: string;
  isRefused: boolean;
}

/** What the use of a session must not break; `isPunctual`: nothing delays the events of a run. */
export function* sessionViolations(
  { id, process, isRefused }: SessionUse,
  endedAt: number | undefined,
  now: number,
  isPunctual: boolean,
): Generator<string> {
  if (isRefused && endedAt === undefined) yield `I10: session ${id} is refused in ${process} and has not ended`;
  if (!isRefused && endedAt !== undefined && isPunctual && now > endedAt + SESSION_LIMIT_MS)
    yield `I10: session ${id} acts in ${process} ${((now - endedAt) / 1000).toFixed(1)} s after its end`;
}

/** The codes that sellers enter. There are few, so that several sellers have the same. */
export const CODES = ['barcode-4711-a', 'barcode-4711-b', 'barcode-4711-c', 'barcode-4711-d'];

/** What a delivery that a user was given must not break. */
export function* readingViolations(
  { ticketId, userId }: { ticketId: string; userId: string },
  state: State,
): Generator<string> {
  const isSeller = state.tickets().get(ticketId)?.sellerId === userId;
  const hasPaid = state.ordersOf(ticketId).some((order) => order.status === 'complete' && order.userId === userId);
  if (!isSeller && !hasPaid) yield `I13: ${userId} reads what is delivered with ticket ${ticketId}`;
}

/** What a text that others may read must not break: a message, or what is stored. */
export function* secretViolations(where: string, text: string): Generator<string> {
  for (const code of CODES) if (text.includes(code)) yield `I13: a code is readable in ${where}`;
}

/** What a settled ticket must not break: its delivery is there. */
export function* deliveryViolations(
  { _id, delivery }: Ticket,
  payloads: ReadonlyMap<string, unknown>,
): Generator<string> {
  for (const { id } of delivery?.parts ?? [])
    if (!payloads.has(id)) yield `I6: what is delivered with ticket ${_id} is lost`;
}

/** What a write to a payment must not break. */
export function* paymentViolations(before: Payment | undefined, after: Payment): Generator<string> {
  if (before && after.order.version < before.order.version)
    yield `I7: the copy of order ${after._id} in payments goes back to an older version`;
}

/** What a write to a copy of a ticket must not break. */
export function* copyViolations(
  before: { version: number } | undefined,
  after: { _id: string; version: number },
): Generator<string> {
  if (before && after.version < before.version)
    yield `I7: the copy of ticket ${after._id} in orders goes back to an older version`;
}

/** What a capture must not break. */
export function* captureViolations(
  { orderId }: Entry,
  { state, ledger }: { state: State; ledger: readonly Entry[] },
): Generator<string> {
  if (ledger.filter((one) => one.orderId === orderId && one.type === 'captured').length > 1)
    yield `I3: order ${orderId} is captured twice`;
  const status = state.orders().get(orderId)?.status;
  if (status !== 'capturing')
    yield `I2: money is captured for order ${orderId}, which is ${status ?? 'not in the store'}`;
}

/** I7 for all aggregates: each event is saved with the state that it describes, and published as it was saved. */
export function createEventMonitor() {
  /** The data of every event that was saved, by the event's id. */
  const saved = new Map<string, string>();
  const published = new Set<string>();

  return {
    /** A write to the outbox of a document; `onEmitted` is called for each event that it adds. */
    *saveViolations(
      before: Aggregate | undefined,
      after: Aggregate & { _id: string },
      onEmitted: (id: string) => void,
    ): Generator<string> {
      const { _id: id } = after;
      const previous = new Set(before?.outbox.map((event) => `${event.id} ${event.at}`));
      for (const event of after.outbox) {
        if (previous.has(`${event.id} ${event.at}`)) continue;
        const data = JSON.stringify(event.data);
        if ((saved.get(event.id) ?? data) !== data) yield `I7: ${event.id} is emitted with different data`;
        saved.set(event.id, data);
        onEmitted(event.id);
      }
      if (before && after.version > before.version + 1)
        yield `I7: ${id} skips from version ${before.version} to ${after.version}`;
      if (before && after.version < before.version)
        yield `I7: ${id} goes back from version ${before.version} to ${after.version}`;
    },
    /** A publication of an event. */
    *publishViolations(subject: string, { id, data }: { id: string; data: unknown }): Generator<string> {
      published.add(id);
      // Expiration has no store: its events are not saved before.
      if (subject === 'expiration:complete') return;
      const state = saved.get(id);
      if (state === undefined) yield `I7: ${id} is published and its state was never saved`;
      else if (state !== JSON.stringify(data)) yield `I7: ${id} is published with other data than was saved`;
    },
    /** The events that were saved and never published. */
    unpublished: (): string[] => [...saved.keys()].filter((id) => !published.has(id)),
  };
}
