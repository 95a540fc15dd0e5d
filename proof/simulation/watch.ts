import { currentRequestId, envelope, eventId, isEnded } from '@ticketing/common';
import type { DomainEvent, Envelope, OrderData, TicketData } from '@ticketing/common';
import type { OrderState } from '../../orders/src/order.ts';
import type { TicketCopy } from '../../orders/src/ticket-copy.ts';
import type { PaymentState } from '../../payments/src/payment.ts';
import type { TicketState } from '../../tickets/src/ticket.ts';
import type { Bank, Entry } from './bank.ts';
import { shownTime } from './time.ts';
import type { Databases, Document } from './store.ts';
import type { World } from './world.ts';

type Kept<State> = State & { outbox: Envelope[] };
export type Order = Kept<OrderState>;
export type Ticket = Kept<TicketState>;
export type Payment = Kept<PaymentState>;

/** Aggregates that say events: database -> collection. Copies of others are elsewhere. */
const speakers = { tickets: 'tickets', orders: 'orders', payments: 'payments' } as const;

/** How long after its end, or after all is well again, an order may take to end. */
const END_LIMIT_MS = 30_000;

/** Sees every write, message and movement of money as it happens: says which invariant is broken, notes which paths are taken. */
export function createWatch(world: World, databases: Databases, bank: () => Bank) {
  /** Everything that was true of a document at some version, as the event about it would say: event id -> data. */
  const states = new Map<string, string>();
  const said = new Set<string>();
  const published = new Set<string>();
  /** Since when all is well. */
  let healedAt = Infinity;

  const all = <D>(database: string, collection: string) =>
    (databases.get(`${database}/${collection}`) ?? new Map<string, Document>()) as unknown as Map<string, D>;
  const orders = () => all<Order>('orders', 'orders');
  const tickets = () => all<Ticket>('tickets', 'tickets');
  const payments = () => all<Payment>('payments', 'payments');
  const copies = () => all<TicketCopy>('orders', 'tickets');

  function ordersOf(ticketId: string): Order[] {
    const found: Order[] = [];
    for (let number = 1; ; number++) {
      const order = orders().get(`${ticketId}-${number}`);
      if (!order) return found;
      found.push(order);
    }
  }

  /** I7: what is in an outbox is true of the document that has it, and a change of state says so. */
  function checkOutbox(
    before: Kept<{ version: number }> | undefined,
    after: Kept<{ version: number }>,
    id: string,
  ): void {
    const had = new Set(before?.outbox.map((event) => `${event.id} ${event.at}`));
    for (const event of after.outbox) {
      if (had.has(`${event.id} ${event.at}`)) continue;
      said.add(event.id);
      const data = JSON.stringify(event.data);
      const was = states.get(event.id);
      if (was !== undefined && was !== data) world.broken(`I7: ${event.id} is said with different data`);
      states.set(event.id, data);
      world.tell(() => `will say ${event.id}`);
    }
    if (before && after.version > before.version + 1)
      world.broken(`I7: ${id} skips from ${before.version} to ${after.version}`);
    if (before && after.version < before.version)
      world.broken(`I7: ${id} goes back from ${before.version} to ${after.version}`);
  }

  function checkOrder(before: Order | undefined, after: Order): void {
    const { _id: id, ticketId, number, status } = after;
    if (before && isEnded(before.status) && before.status !== status)
      world.broken(`I5: order ${id} leaves ${before.status} for ${status}`);
    if (before && before.status !== status && before.version === after.version)
      world.broken(`I7: order ${id} changes without a new version`);
    if (
      before?.version !== after.version &&
      !after.outbox.some((event) => event.id.startsWith(`${id}:${after.version}:`))
    )
      world.broken(`I7: order ${id} becomes ${status} and says nothing`);
    const others = ordersOf(ticketId);
    const live = others.filter((order) => !isEnded(order.status));
    const complete = others.filter((order) => order.status === 'complete');
    if (live.length > 1) world.broken(`I1: orders ${live.map(({ _id }) => _id).join(' and ')} are live at once`);
    if (complete.length > 1)
      world.broken(`I1: orders ${complete.map(({ _id }) => _id).join(' and ')} are both complete`);
    if (complete.length > 0 && live.length > 0) world.broken(`I1: ${live[0]?._id} is live and the ticket is sold`);
    if (!others.some(({ _id }) => _id === id)) world.broken(`I1: order ${id} exists and number ${number - 1} does not`);
    if (before?.status === status) return;

    const ticket = tickets().get(ticketId);
    if (status === 'awaiting:payment' || status === 'capturing') {
      if (ticket?.hold?.orderId !== id)
        world.broken(`I9: order ${id} is ${status} and its ticket is held for ${ticket?.hold?.orderId ?? 'nobody'}`);
      else if (ticket.price.amount !== after.offer.price.amount)
        world.broken(`I2: order ${id} is to pay another price than the ticket has`);
    }
    if (!isEnded(status)) return;
    const now = shownTime();
    const expiresAt = Date.parse(after.expiresAt);
    if (after.reason === 'expired' && now < expiresAt)
      world.broken(`I4: order ${id} expires ${expiresAt - now} ms early`);
    const due = Math.max(expiresAt, healedAt === Infinity ? Infinity : healedAt + now - world.scheduler.now);
    if (now > due + END_LIMIT_MS)
      world.broken(`I4: order ${id} ends ${Math.round((now - due) / 1000)} s after it should have`);
    if (status === 'cancelled' && bank().ledger.some(({ orderId, type }) => orderId === id && type === 'captured'))
      world.broken(`I2: order ${id} is cancelled and its money was captured`);

    if (status === 'complete') world.took('an order completes');
    if (before?.status === 'created' && after.reason === 'buyer')
      world.took('an order is cancelled before its hold is granted');
    if (after.reason === 'ticket-changed') world.took('a ticket is refused because it was edited');
    if (after.reason === 'ticket-withdrawn') world.took('a ticket is refused because it was withdrawn');
    if (after.reason === 'payment-failed') world.took('a capture is refused');
    // Work that comes from a message or a request has the id of one; the sweep's has not.
    if (after.reason === 'expired')
      world.took(
        currentRequestId() === undefined
          ? 'an order expires because the sweep found it'
          : 'an order expires because its timer went off',
      );
  }

  function checkTicket(before: Ticket | undefined, after: Ticket): void {
    if ((before?.status === 'sold' || before?.status === 'withdrawn') && before.status !== after.status)
      world.broken(`I9: ticket ${after._id} was ${before.status} and is ${after.status}`);
    if (before?.version === after.version) {
      if (before.outbox.length < after.outbox.length && currentRequestId() === undefined)
        world.took('the event of an overdue hold is resent');
      return;
    }
    if (after.status !== 'held' || before?.hold?.orderId === after.hold?.orderId) return;
    const order = orders().get(after.hold?.orderId ?? '');
    if (order && isEnded(order.status)) world.took('a ticket is held for an order that has ended already');
  }

  function checkPayment(before: Payment | undefined, after: Payment): void {
    if (before && after.order.version < before.order.version)
      world.broken(`I7: the copy of order ${after._id} in payments goes back`);
    if (!before) return;
    if (before.status !== after.status) {
      if (after.status === 'voided')
        world.took(
          before.intentId === undefined
            ? 'a payment ends before its intent is recorded'
            : 'a late authorisation is voided',
        );
      const declines = after.attempts.filter(({ declineCode }) => declineCode !== undefined);
      if (after.status === 'declined') world.took('a card is declined');
      if (after.status === 'authorized' && declines.length > 0) world.took('a card is declined and the next one pays');
      if (declines.some(({ declineCode }) => declineCode === 'authentication_required'))
        world.took('a bank wants authentication');
    }
    if (before.status === after.status && before.outbox.length < after.outbox.length && after.status === 'authorized')
      world.took('payment:authorized is resent because no claim comes');
    const wasDue = before.dueAt !== undefined && before.dueAt <= new Date(shownTime()).toISOString();
    const isLeased = wasDue && after.dueAt !== undefined && after.dueAt > (before.dueAt ?? '');
    if (isLeased && before.status === after.status && before.keysSpent === after.keysSpent)
      world.took('another process takes a payment over');
  }

  return {
    ...{ orders, tickets, payments, copies },
    wrote: (database: string, collection: string, before: Document | undefined, after: Document | undefined): void => {
      // Who leads is no news: it changes nothing that anybody is promised.
      if (!after || collection === 'leases') return;
      if (collection === 'deadletters') world.took('a poison message is dead-lettered');
      world.tell(() =>
        collection === 'deadletters'
          ? 'sets it aside'
          : `saves ${database}/${collection} ${after._id}${summary(before, after)}`,
      );
      if (speakers[database as keyof typeof speakers] === collection)
        checkOutbox(
          before as unknown as Kept<{ version: number }>,
          after as unknown as Kept<{ version: number }>,
          after._id,
        );
      if (database === 'orders' && collection === 'orders')
        checkOrder(before as unknown as Order, after as unknown as Order);
      if (database === 'tickets' && collection === 'tickets')
        checkTicket(before as unknown as Ticket, after as unknown as Ticket);
      if (database === 'payments' && collection === 'payments')
        checkPayment(before as unknown as Payment, after as unknown as Payment);
      if (
        database === 'orders' &&
        collection === 'tickets' &&
        before &&
        Number(after['version']) < Number(before['version'])
      )
        world.broken(`I7: the copy of ticket ${after._id} in orders goes back`);
      if (
        database === 'orders' &&
        collection === 'orders' &&
        before &&
        before['version'] === after['version'] &&
        currentRequestId() === undefined
      )
        if ((after as unknown as Order).outbox.length > (before as unknown as Order).outbox.length)
          world.took('the event of an unanswered order is resent');
    },
    refused: (collection: string, id: string, why: 'taken' | 'changed'): void => {
      if (why === 'changed') world.took('a write loses against another writer');
      if (why !== 'taken' || collection !== 'orders') return;
      const there = orders().get(id);
      if (there?.status === 'cancelled') world.took('the hint of the next order number is stale');
      else if (there && there.status !== 'complete') world.took('two buyers race for the same order number');
    },
    published(subject: string, text: string): void {
      const parsed = readEvent(text);
      if (!parsed) return;
      world.tell(() => `says ${parsed.id}`);
      published.add(parsed.id);
      if (subject === 'expiration:complete') return;
      const state = states.get(parsed.id);
      if (state === undefined) world.broken(`I7: ${parsed.id} is said of a state that was never saved`);
      else if (state !== JSON.stringify(parsed.data))
        world.broken(`I7: ${parsed.id} is published with other data than was saved`);
      if (shownTime() - Date.parse(parsed.at) > 2000) world.took('the relay publishes orphaned events');
    },
    delivered(group: string, subject: string, text: string, times: number): void {
      const parsed = readEvent(text);
      world.tell(
        () => `${parsed?.id ?? `something unreadable on ${subject}`} reaches ${group}${times > 0 ? ' again' : ''}`,
      );
      if (!parsed) return;
      if (group === 'tickets') {
        const { ticketId, number } = parsed.data as OrderData;
        if (number < (tickets().get(ticketId)?.seen.number ?? 0))
          world.took('a message about an older order of a ticket comes late');
      }
      if (group === 'orders' && subject.startsWith('ticket:') && subject !== 'ticket:refused') {
        const { id, version } = parsed.data as TicketData;
        if (version < (copies().get(id)?.version ?? 0)) world.took('an older copy comes after a newer one');
      }
      if (subject === 'expiration:complete' && group === 'orders') {
        const order = orders().get((parsed.data as { orderId: string }).orderId);
        if (order?.status === 'capturing') world.took('a timer goes off while the order is claimed');
        if (order && !isEnded(order.status) && shownTime() < Date.parse(order.expiresAt))
          world.took('a timer goes off too early by the clock of orders');
      }
    },
    entered: ({ orderId, type }: Entry): void => {
      if (type !== 'captured') return;
      if (bank().ledger.filter((one) => one.orderId === orderId && one.type === 'captured').length > 1)
        world.broken(`I3: order ${orderId} is captured twice`);
      const status = orders().get(orderId)?.status;
      if (status !== 'capturing')
        world.broken(`I2: money is captured for order ${orderId}, which is ${status ?? 'not there'}`);
    },
    healed(): void {
      healedAt = world.scheduler.now;
    },
    /** What of all that was saved to be said never was: only where the bus has kept its data. */
    unsaid: (): string[] => [...said].filter((id) => !published.has(id)),
  };
}

function readEvent(text: string): (Envelope & { data: DomainEvent['data'] }) | undefined {
  try {
    const { data, success } = envelope.safeParse(JSON.parse(text));
    const event = data && ({ name: data.name, data: data.data } as DomainEvent);
    return success && event && eventId(event) === data.id ? { ...data, data: event.data } : undefined;
  } catch {
    return undefined;
  }
}

/** What changed of a document, in a few words. */
function summary(before: Document | undefined, after: Document): string {
  const words = ['status', 'version', 'reason', 'hold', 'orderId', 'lastOrder', 'intentId', 'dueAt', 'seen']
    .filter((name) => JSON.stringify(before?.[name]) !== JSON.stringify(after[name]))
    .map((name) => `${name} ${JSON.stringify(after[name])}`);
  return words.length > 0 ? `: ${words.join(', ')}` : '';
}
