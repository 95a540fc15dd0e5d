import mongoose from 'mongoose';
import { broken as brokenWhenSettled, unsettled } from '../../e2e/support/invariants.ts';
import { currentStateEvents as sessionsEvents } from '../../auth/src/sessions.ts';
import { currentStateEvents as ordersEvents } from '../../orders/src/order.ts';
import { currentStateEvents as paymentsEvents } from '../../payments/src/payment.ts';
import { currentStateEvents as ticketsEvents } from '../../tickets/src/ticket.ts';
import { createActors } from './actors.ts';
import type { Acknowledged } from './actors.ts';
import { createBank } from './bank.ts';
import type { Bank } from './bank.ts';
import { createBroker } from './broker.ts';
import { emptyRedis, provideRedis } from './bull.ts';
import type { CoveragePoint } from './coverage.ts';
import { SESSION_LIMIT_MS, deliveryViolations } from './invariants.ts';
import { createMonitor } from './monitor.ts';
import { isPunctual, planOf } from './plan.ts';
import { createCluster, services } from './services.ts';
import { createStores } from './store.ts';
import type { Databases } from './store.ts';
import { useClockOf, replaceClocks } from './time.ts';
import { createWorld, setWorld } from './world.ts';

export interface Outcome {
  seed: string;
  /** The invariant that was broken, if any, and how. */
  violation: string | undefined;
  coverage: CoveragePoint[];
  steps: number;
  /** Simulated time. */
  ms: number;
}

/** How long after the last faults, actions and holds everything may take to settle. */
const SETTLE_LIMIT_MS = 60_000;
/** How long the events of a process that crashed may take to be published by another. */
const SWEEP_LIMIT_MS = 15_000;
/** A malformed message, and a well-formed one whose data breaks the schema of its event. */
const POISON = [
  'this is not JSON',
  '{"id":"x","name":"order:created","at":"2027-01-01T00:00:00.000Z","data":{"id":7}}',
];

let prepared = false;

/** Runs the marketplace once, as its seed determines. `onTrace` is called with a line for each step. */
export async function runOnce(seed: string, onTrace?: (ms: number, line: string) => void): Promise<Outcome> {
  if (!prepared) {
    replaceClocks();
    prepared = true;
  }
  const plan = planOf(seed);
  const world = createWorld(seed.split('/')[0] ?? seed, plan, onTrace);
  setWorld(world);
  useClockOf(world.scheduler, world.stream('random'));
  // The parts of an ObjectId that would differ between processes.
  Object.assign(mongoose.Types.ObjectId, { index: 0, PROCESS_UNIQUE: new Uint8Array(5) });

  const databases: Databases = new Map();
  const monitor = createMonitor(world, databases, () => bank);
  const bank: Bank = createBank(world, monitor.recorded);
  const broker = createBroker(world, monitor);
  const redis = emptyRedis();
  provideRedis(world, redis);
  const cluster = createCluster(world, broker, createStores(world, databases, monitor), bank.provider);
  const actors = createActors(world, cluster, bank, monitor, plan.activeMs);
  const { scheduler } = world;
  const { state } = monitor;
  let isResyncing = false;

  cluster.startAll();
  actors.start();
  scheduleFaults();
  const isOver = () => world.violation !== undefined;
  await scheduler.run(() => isOver() || scheduler.now >= plan.activeMs);

  world.trace(() => 'no more faults from here on');
  world.adverse = false;
  broker.recover();
  redis.downUntil = -1;
  monitor.faultsEnded();
  await settle();
  if (!isOver() && plan.echo > 0 && plan.busWiped === 0) await redeliver();
  if (!isOver()) await checkEndedSessions();
  if (!isOver()) checkSettled();
  return { seed, violation: world.violation, coverage: [...world.coverage], steps: scheduler.steps, ms: scheduler.now };

  function everything() {
    return {
      tickets: [...state.tickets().values()],
      orders: [...state.orders().values()],
      copies: [...state.copies().values()],
      payments: [...state.payments().values()],
      entries: [...bank.ledger],
      deadLetters: [],
    };
  }

  /** Faults of whole servers and processes while actors act. */
  function scheduleFaults(): void {
    const chances = world.stream('troubles');
    const at = (probability: number, act: () => void) => {
      if (chances.chance(probability)) scheduler.after(chances.between(500, plan.activeMs), act, null);
    };
    at(plan.busDown, () => {
      broker.goDown(chances.between(100, 6000));
    });
    at(plan.redisDown, () => {
      redis.downUntil = scheduler.now + chances.between(100, 8000);
    });
    at(plan.redisWiped, () => {
      world.reached('Redis loses its timers');
      world.trace(() => 'Redis loses its data');
      redis.jobs.clear();
      redis.hashes.clear();
    });
    at(plan.busWiped, () => {
      broker.wipe();
      void resync();
    });
    for (let time = 0; time < 3; time++) {
      at(plan.restarts, () => void cluster.restart(chances.pick(services)));
      at(plan.poison, () => {
        broker.store(chances.pick(['order:created', 'ticket:updated', 'payment:authorized']), chances.pick(POISON));
      });
      at(plan.bankDrops, () => {
        const authorized = bank.ledger.filter(({ type }) => type === 'authorized');
        if (authorized.length > 0) bank.drop(chances.pick(authorized).orderId);
      });
    }
  }

  /** What an operator does after the bus lost its data: requests a resync of each service until it succeeds. */
  async function resync(): Promise<void> {
    isResyncing = true;
    const since = new Date(0);
    const resyncs = [
      () => cluster.request('auth', 'resync', ({ sessions, now }) => sessions.republish(since, sessionsEvents, now())),
      () => cluster.request('tickets', 'resync', ({ tickets, now }) => tickets.republish(since, ticketsEvents, now())),
      () => cluster.request('orders', 'resync', ({ orders, now }) => orders.republish(since, ordersEvents, now())),
      () =>
        cluster.request('payments', 'resync', ({ payments, now }) => payments.republish(since, paymentsEvents, now())),
    ];
    for (const request of resyncs) {
      await scheduler.sleep(world.chances.between(10, 2000));
      while ((await request()).status !== 200) await scheduler.sleep(500);
    }
    isResyncing = false;
    world.reached('the bus loses its data and the services republish');
  }

  /** What has not settled yet. */
  function pending(): string[] {
    return [
      ...(isResyncing ? ['the services are being resynced'] : []),
      ...(actors.busy ? ['an actor waits for a response'] : []),
      ...(cluster.allUp ? [] : ['a process is down']),
      ...unsettled(everything()),
      ...unpublishedSessions(),
      ...broker.unacknowledged().map((what) => `${what} is not acknowledged`),
    ];
  }

  function unpublishedSessions(): string[] {
    const waiting = [...state.sessions().values()].filter(({ outbox }) => outbox.length > 0);
    return waiting.map(({ _id }) => `the sessions of ${_id} have events in their outbox`);
  }

  async function settle(): Promise<void> {
    // A service whose clock is slow waits longer for a deadline that was set by another clock.
    const skewed = plan.skew > 0 ? 240_000 : 0;
    const deadline = scheduler.now + plan.holdSeconds * 1000 + SETTLE_LIMIT_MS + skewed;
    let nextCheck = scheduler.now;
    const last = { pending: [''] };
    await scheduler.run(() => {
      if (isOver() || scheduler.now < nextCheck) return isOver();
      nextCheck = scheduler.now + 500;
      last.pending = pending();
      return last.pending.length === 0 || scheduler.now > deadline;
    });
    if (last.pending.length > 0) world.broken(`I4: not settled in time: ${last.pending.slice(0, 3).join('; ')}`);
  }

  /** I8: once everything has settled, redelivered events, in any order, change nothing. */
  async function redeliver(): Promise<void> {
    /** All documents without their outboxes and the hint of the next order number, which is only a hint. */
    const snapshot = () =>
      new Map(
        [state.tickets(), state.orders(), state.payments(), state.copies()].flatMap((all, index) =>
          [...all.values()].map((one) => {
            const kept: Record<string, unknown> = { ...one, outbox: [], lastOrder: 0, changedAt: '' };
            return [`${index}/${one._id}`, kept] as const;
          }),
        ),
      );
    const before = snapshot();
    world.trace(() => 'every event is redelivered');
    broker.redeliverAll();
    await settle();
    if (isOver()) return;
    for (const [id, now] of snapshot())
      for (const [field, value] of Object.entries(now))
        if (JSON.stringify(value) !== JSON.stringify(before.get(id)?.[field]))
          world.broken(`I8: a redelivered event changes ${field} of ${id}`);
    world.reached('every event is redelivered and changes nothing');
  }

  /** I10: some time after the last fault, every process refuses every session that has ended. */
  async function checkEndedSessions(): Promise<void> {
    const accepted = () =>
      [...monitor.sessionsEndedAt.keys()].flatMap((id) =>
        cluster.accepting(id).map((name) => `I10: ${name} accepts session ${id}, which has ended`),
      );
    const last = Math.max(plan.activeMs, ...monitor.sessionsEndedAt.values());
    // The sweep of the outboxes, if auth was down, and by its clock.
    const deadline = last + SESSION_LIMIT_MS + (isPunctual(plan) ? 0 : SWEEP_LIMIT_MS) + (plan.skew > 0 ? 240_000 : 0);
    let nextCheck = scheduler.now;
    await scheduler.run(() => {
      if (isOver() || scheduler.now < nextCheck) return isOver();
      nextCheck = scheduler.now + 500;
      return scheduler.now > deadline || accepted().length === 0;
    });
    const [violation] = accepted();
    if (violation !== undefined) world.broken(violation);
  }

  function checkSettled(): void {
    const wrong = [
      ...brokenWhenSettled(everything()),
      ...lost(actors.acknowledged),
      ...(plan.busWiped > 0 ? [] : monitor.unpublished().map((id) => `I7: ${id} was saved and never published`)),
      ...[...state.tickets().values()].flatMap((ticket) => [...deliveryViolations(ticket, state.payloads())]),
      ...deadLettered(),
      ...intents(),
      ...(isPunctual(plan) ? expiredThoughConfirmed() : []),
    ];
    if (wrong[0] !== undefined) world.broken(wrong[0]);
  }

  function lost({ tickets, orders }: Acknowledged): string[] {
    return [...tickets, ...orders]
      .filter((id) => !state.tickets().has(id) && !state.orders().has(id))
      .map((id) => `I6: ${id} was acknowledged and is lost`);
  }

  /** I11: only poison messages are dead-lettered. */
  function deadLettered(): string[] {
    const letters = ['tickets', 'orders', 'payments'].flatMap((name) => [
      ...(databases.get(`${name}/deadletters`)?.values() ?? []),
    ]);
    return letters
      .filter(({ text }) => !POISON.includes(String(text)))
      .map(({ error }) => `I11: a valid message was dead-lettered: ${String(error)}`);
  }

  /** I4: an order whose payment the bank has confirmed during the hold does not expire, whatever has become of the buyer's browser. */
  function expiredThoughConfirmed(): string[] {
    return [...state.orders().values()]
      .filter(({ _id, reason, expiresAt }) => {
        const at = bank.confirmedAt.get(_id);
        return reason === 'expired' && at !== undefined && at < Date.parse(expiresAt);
      })
      .map(({ _id }) => `I4: order ${_id} expired although the bank had confirmed its payment`);
  }

  /** I3: an order has one intent; another only if the bank dropped the first. */
  function intents(): string[] {
    return [...state.orders().keys()].flatMap((id) => {
      const open = bank.of(id).filter(({ state }) => state !== 'canceled').length;
      return open > 1 ? [`I3: order ${id} has ${open} payment intents`] : [];
    });
  }
}
