import { envelope, eventId, isEnded } from '@ticketing/common';
import type { DomainEvent, Envelope, OrderData, TicketData } from '@ticketing/common';
import type { TicketCopy } from '../../orders/src/ticket-copy.ts';
import { isPunctual } from './plan.ts';
import type { Bank, Entry } from './bank.ts';
import type { CoveragePoint } from './coverage.ts';
import {
  captureViolations,
  copyViolations,
  createEventMonitor,
  orderViolations,
  paymentViolations,
  readingViolations,
  sessionViolations,
  secretViolations,
  ticketViolations,
} from './invariants.ts';
import type { SessionUse } from './invariants.ts';
import { MAX_LIVE_HOLDS } from './services.ts';
import { stateOf } from './state.ts';
import type { Aggregate, Order, Payment, Ticket, UserSessions } from './state.ts';
import type { Databases, Document } from './store.ts';
import { shownTime } from './time.ts';
import type { World } from './world.ts';
import { orderCoverage, paymentCoverage, ticketCoverage } from './write-coverage.ts';

export type Monitor = ReturnType<typeof createMonitor>;

/** Checks the invariants on every write, message and movement of money, and records the coverage points that are reached. */
export function createMonitor(world: World, databases: Databases, bank: () => Bank) {
  const state = stateOf(databases);
  const events = createEventMonitor();
  /** In the time of the run. */
  let faultsEndedAt = Infinity;
  /** When each session ended, in the time of the run. */
  const endedAt = new Map<string, number>();

  function check(violations: Iterable<string>, coverage: Iterable<CoveragePoint> = []): void {
    for (const violation of violations) world.broken(violation);
    for (const point of coverage) world.reached(point);
  }

  function checkOrder(before: Order | undefined, after: Order): void {
    const now = shownTime();
    const byThisClock = faultsEndedAt + now - world.scheduler.now;
    const context = { state, ledger: bank().ledger, now, faultsEndedAt: byThisClock, maxLiveHolds: MAX_LIVE_HOLDS };
    check(orderViolations(before, after, context), orderCoverage(before, after));
  }

  const checkEvents = (before: Aggregate | undefined, after: Aggregate & { _id: string }): void => {
    check(
      events.saveViolations(before, after, (id) => {
        world.trace(() => `emits ${id}`);
      }),
    );
  };

  /** The checks of each collection: `<database>/<collection>` -> checks. */
  const checks: Record<string, (before: Document | undefined, after: Document) => void> = {
    'orders/orders': typed<Order>((before, after) => {
      checkEvents(before, after);
      checkOrder(before, after);
    }),
    'tickets/tickets': typed<Ticket>((before, after) => {
      checkEvents(before, after);
      check(ticketViolations(before, after, state), ticketCoverage(before, after, state));
    }),
    'payments/payments': typed<Payment>((before, after) => {
      checkEvents(before, after);
      check(paymentViolations(before, after), paymentCoverage(before, after, shownTime()));
    }),
    'tickets/deliveries': (_before, after) => {
      check(secretViolations('a stored payload', textOf(after)));
    },
    'auth/sessions': typed<UserSessions>((before, after) => {
      checkEvents(before, after);
      const live = new Set(after.sessions.map(({ id }) => id));
      for (const { id } of before?.sessions ?? []) if (!live.has(id)) endedAt.set(id, world.scheduler.now);
    }),
    'orders/tickets': typed<TicketCopy>((before, after) => {
      check(copyViolations(before, after));
    }),
  };

  return {
    state,
    wrote: (database: string, collection: string, before: Document | undefined, after: Document | undefined): void => {
      // No invariant is about leases.
      if (!after || collection === 'leases') return;
      if (collection === 'deadletters') world.reached('a poison message is dead-lettered');
      world.trace(() =>
        collection === 'deadletters'
          ? 'dead-letters it'
          : `saves ${database}/${collection} ${after._id}${summary(before, after)}`,
      );
      checks[`${database}/${collection}`]?.(before, after);
    },
    refused: (collection: string, id: string, why: 'taken' | 'changed'): void => {
      if (why === 'changed') world.reached('a compare-and-set loses against another writer');
      if (why !== 'taken' || collection !== 'orders') return;
      const existing = state.orders().get(id);
      if (existing?.status === 'cancelled') world.reached('the hint of the next order number is stale');
      else if (existing && existing.status !== 'complete') world.reached('two buyers race for the same order number');
    },
    published(subject: string, text: string): void {
      const event = readEvent(text);
      if (!event) return;
      world.trace(() => `publishes ${event.id}`);
      check(events.publishViolations(subject, event));
      check(secretViolations(subject, text));
      if (subject !== 'expiration:complete' && shownTime() - Date.parse(event.at) > 2000)
        world.reached('the relay publishes orphaned events');
    },
    delivered(group: string, subject: string, text: string, times: number): void {
      const event = readEvent(text);
      world.trace(
        () =>
          `${event?.id ?? `a malformed message on ${subject}`} is ${times > 0 ? 'redelivered' : 'delivered'} to ${group}`,
      );
      if (!event) return;
      if (group === 'tickets') {
        const { ticketId, number } = event.data as OrderData;
        if (number < (state.tickets().get(ticketId)?.seen.number ?? 0))
          world.reached('a message about an older order of a ticket arrives late');
      }
      if (group === 'orders' && subject.startsWith('ticket:') && subject !== 'ticket:refused') {
        const { id, version } = event.data as TicketData;
        if (version < (state.copies().get(id)?.version ?? 0)) world.reached('an older copy arrives after a newer one');
      }
      if (subject === 'expiration:complete' && group === 'orders') {
        const order = state.orders().get((event.data as { orderId: string }).orderId);
        if (order?.status === 'capturing') world.reached('a timer fires while the order is claimed');
        if (order && !isEnded(order.status) && shownTime() < Date.parse(order.expiresAt))
          world.reached('a timer fires too early by the clock of orders');
      }
    },
    recorded: (entry: Entry): void => {
      if (entry.type === 'captured') check(captureViolations(entry, { state, ledger: bank().ledger }));
    },
    /** A user was given what is delivered with a ticket. */
    wasRead: (reading: { ticketId: string; userId: string }): void => {
      check(readingViolations(reading, state));
    },
    /** A request with a session was accepted, or refused because the session has ended. */
    sessionUsed: (use: SessionUse): void => {
      check(sessionViolations(use, endedAt.get(use.id), world.scheduler.now, isPunctual(world.plan)));
      if (use.isRefused) world.reached('a copied session is refused after it has ended');
    },
    /** When each session that has ended ended, in the time of the run. */
    sessionsEndedAt: endedAt as ReadonlyMap<string, number>,
    faultsEnded(): void {
      faultsEndedAt = world.scheduler.now;
    },
    /** The events that were saved and never published; meaningful only where the bus has kept its data. */
    unpublished: events.unpublished,
  };
}

/** Checks of documents of one type, as checks of any document. */
const typed =
  <D>(act: (before: D | undefined, after: D) => void) =>
  (before: Document | undefined, after: Document): void => {
    act(before as unknown as D | undefined, after as unknown as D);
  };

/** All that a document holds, as text. */
const textOf = (document: Document): string =>
  Object.values(document)
    .map((value) => (Buffer.isBuffer(value) ? value.toString('latin1') : JSON.stringify(value)))
    .join();

function readEvent(text: string): (Envelope & { data: DomainEvent['data'] }) | undefined {
  try {
    const { data, success } = envelope.safeParse(JSON.parse(text));
    const event = data && ({ name: data.name, data: data.data } as DomainEvent);
    return success && event && eventId(event) === data.id ? { ...data, data: event.data } : undefined;
  } catch {
    return undefined;
  }
}

/** The fields of a document that changed. */
function summary(before: Document | undefined, after: Document): string {
  const changes = ['status', 'version', 'reason', 'hold', 'orderId', 'lastOrder', 'intentId', 'dueAt', 'seen']
    .filter((name) => JSON.stringify(before?.[name]) !== JSON.stringify(after[name]))
    .map((name) => `${name} ${JSON.stringify(after[name])}`);
  return changes.length > 0 ? `: ${changes.join(', ')}` : '';
}
