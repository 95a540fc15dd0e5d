import mongoose from 'mongoose';
import { broken as brokenAtRest, unsettled } from '../../e2e/support/invariants.ts';
import { currentStateEvents as ordersEvents } from '../../orders/src/order.ts';
import { currentStateEvents as paymentsEvents } from '../../payments/src/payment.ts';
import { currentStateEvents as ticketsEvents } from '../../tickets/src/ticket.ts';
import { createBank } from './bank.ts';
import type { Bank } from './bank.ts';
import { createBroker } from './broker.ts';
import { emptyRedis, keepRedis } from './bull.ts';
import { createPeople } from './people.ts';
import type { Acknowledged } from './people.ts';
import type { Path } from './paths.ts';
import { planOf } from './plan.ts';
import { createCluster, services } from './services.ts';
import { createStores } from './store.ts';
import type { Databases } from './store.ts';
import { giveTimeTo, replaceTime } from './time.ts';
import { createWatch } from './watch.ts';
import { createWorld, setWorld } from './world.ts';

export interface Outcome {
  seed: string;
  /** The invariant that was broken, and how. */
  violation: string | undefined;
  paths: Path[];
  steps: number;
  /** Simulated time. */
  ms: number;
}

/** After people are gone and all is well again everything must have come to rest within this, from the last end of a hold on. */
const REST_LIMIT_MS = 60_000;
const POISON = [
  'this is not JSON',
  '{"id":"x","name":"order:created","at":"2027-01-01T00:00:00.000Z","data":{"id":7}}',
];

let prepared = false;

/** Runs the marketplace once, as the seed has it. With `listener` it tells the story, a line for each step. */
export async function runOnce(seed: string, listener?: (ms: number, line: string) => void): Promise<Outcome> {
  if (!prepared) {
    replaceTime();
    prepared = true;
  }
  const plan = planOf(seed);
  const world = createWorld(seed.split('/')[0] ?? seed, plan, listener);
  setWorld(world);
  giveTimeTo(world.scheduler, world.stream('random'));
  // The parts of an id that are neither time nor given.
  Object.assign(mongoose.Types.ObjectId, { index: 0, PROCESS_UNIQUE: new Uint8Array(5) });

  const databases: Databases = new Map();
  const watch = createWatch(world, databases, () => bank);
  const bank: Bank = createBank(world, watch.entered);
  const broker = createBroker(world, watch);
  const redis = emptyRedis();
  keepRedis(world, redis);
  const cluster = createCluster(world, broker, createStores(world, databases, watch), bank.provider);
  const people = createPeople(world, cluster, bank, plan.activeMs);
  const { scheduler } = world;
  let isResyncing = false;

  cluster.startAll();
  people.start();
  breakThings();
  const isOver = () => world.violation !== undefined;
  await scheduler.run(() => isOver() || scheduler.now >= plan.activeMs);

  world.tell(() => 'all is well from here on');
  world.adverse = false;
  broker.comeBack();
  redis.awayUntil = -1;
  watch.healed();
  await rest();
  if (!isOver() && plan.echo > 0 && plan.busWiped === 0) await echo();
  if (!isOver()) checkAtRest();
  return { seed, violation: world.violation, paths: [...world.paths], steps: scheduler.steps, ms: scheduler.now };

  function everything() {
    return {
      tickets: [...watch.tickets().values()],
      orders: [...watch.orders().values()],
      copies: [...watch.copies().values()],
      payments: [...watch.payments().values()],
      entries: [...bank.ledger],
      deadLetters: [],
    };
  }

  /** Troubles of whole servers, each now and then while people act. */
  function breakThings(): void {
    const chances = world.stream('troubles');
    const at = (happens: number, act: () => void) => {
      if (chances.chance(happens)) scheduler.after(chances.between(500, plan.activeMs), act, null);
    };
    at(plan.busAway, () => {
      broker.goAway(chances.between(100, 6000));
    });
    at(plan.redisAway, () => {
      redis.awayUntil = scheduler.now + chances.between(100, 8000);
    });
    at(plan.redisLost, () => {
      world.took('Redis loses its timers');
      world.tell(() => 'Redis loses everything');
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

  /** What somebody does about a bus that lost its data: asks each service, until it has, to say where it stands. */
  async function resync(): Promise<void> {
    isResyncing = true;
    const since = new Date(0);
    const asks = [
      () => cluster.ask('tickets', 'resync', ({ tickets, now }) => tickets.republish(since, ticketsEvents, now())),
      () => cluster.ask('orders', 'resync', ({ orders, now }) => orders.republish(since, ordersEvents, now())),
      () => cluster.ask('payments', 'resync', ({ payments, now }) => payments.republish(since, paymentsEvents, now())),
    ];
    for (const ask of asks) {
      await scheduler.sleep(world.chances.between(10, 2000));
      while ((await ask()).status !== 200) await scheduler.sleep(500);
    }
    isResyncing = false;
    world.took('the bus is wiped and the services republish');
  }

  /** What keeps the run from resting; empty when it rests. */
  function restless(): string[] {
    return [
      ...(isResyncing ? ['the services are told to say where they stand'] : []),
      ...(people.busy ? ['somebody waits for an answer'] : []),
      ...(cluster.allUp ? [] : ['a process is not up']),
      ...unsettled(everything()),
      ...broker.unacknowledged().map((what) => `nobody has acknowledged ${what}`),
      ...[...watch.tickets().values()]
        .filter(({ status }) => status === 'held')
        .map(({ _id }) => `ticket ${_id} is held`),
    ];
  }

  async function rest(): Promise<void> {
    // A service whose clock is behind waits the longer for what another's clock has set.
    const skewed = plan.skew > 0 ? 240_000 : 0;
    const deadline = scheduler.now + plan.holdSeconds * 1000 + REST_LIMIT_MS + skewed;
    let nextLook = scheduler.now;
    const last = { restless: [''] };
    await scheduler.run(() => {
      if (isOver() || scheduler.now < nextLook) return isOver();
      nextLook = scheduler.now + 500;
      last.restless = restless();
      return last.restless.length === 0 || scheduler.now > deadline;
    });
    if (last.restless.length > 0) world.broken(`I4: no rest within its time: ${last.restless.slice(0, 3).join('; ')}`);
  }

  /** I8: what was said before, in any order, changes nothing any more. */
  async function echo(): Promise<void> {
    /** All but what is still to be said, and the hint of the next order number, which proves nothing. */
    const state = () =>
      new Map(
        [watch.tickets(), watch.orders(), watch.payments(), watch.copies()].flatMap((all, index) =>
          [...all.values()].map((one) => {
            const kept: Record<string, unknown> = { ...one, outbox: [], lastOrder: 0, changedAt: '' };
            return [`${index}/${one._id}`, kept] as const;
          }),
        ),
      );
    const before = state();
    world.tell(() => 'everything that was said comes again');
    broker.echo();
    await rest();
    if (isOver()) return;
    for (const [id, now] of state())
      for (const [field, value] of Object.entries(now))
        if (JSON.stringify(value) !== JSON.stringify(before.get(id)?.[field]))
          world.broken(`I8: what was said before and comes again changes ${field} of ${id}`);
    world.took('every event comes again and changes nothing');
  }

  function checkAtRest(): void {
    const wrong = [
      ...brokenAtRest(everything()),
      ...lost(people.acknowledged),
      ...(plan.busWiped > 0 ? [] : watch.unsaid().map((id) => `I7: ${id} was saved to be said and never said`)),
      ...setAside(),
      ...intents(),
    ];
    if (wrong[0] !== undefined) world.broken(wrong[0]);
  }

  function lost({ tickets, orders }: Acknowledged): string[] {
    return [...tickets, ...orders]
      .filter((id) => !watch.tickets().has(id) && !watch.orders().has(id))
      .map((id) => `I6: ${id} was acknowledged and is gone`);
  }

  /** I11: nothing but poison is set aside, and all poison is. */
  function setAside(): string[] {
    const letters = ['tickets', 'orders', 'payments'].flatMap((name) => [
      ...(databases.get(`${name}/deadletters`)?.values() ?? []),
    ]);
    return letters
      .filter(({ text }) => !POISON.includes(String(text)))
      .map(({ error }) => `I11: a good message was set aside: ${String(error)}`);
  }

  /** An order has one intent for its life: another only where a 500 hid the first, or the bank gave it up. */
  function intents(): string[] {
    return [...watch.orders().keys()].flatMap((id) => {
      const open = bank.of(id).filter(({ state }) => state !== 'canceled').length;
      return open > 1 + bank.spentCreates(id) ? [`I3: order ${id} has ${open} payment intents`] : [];
    });
  }
}
