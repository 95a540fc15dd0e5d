import { createPrivateKey, createPublicKey, randomBytes } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { isEnded } from '@ticketing/common';
import type { OrderData } from '@ticketing/common';
import { busSettings, connectBus } from '@ticketing/core';
import type { Bus } from '@ticketing/core';
import { speedUps, storeOptions } from '@ticketing/core/mongo';
import type { SpeedUp } from '@ticketing/core/mongo';
import { eventually, sessionCookie } from '@ticketing/core/testing';
import { createLogger, loadConfig } from '@ticketing/runtime';
import { Types, createConnection } from 'mongoose';
import { claim, complete, place, reserve } from '../orders/src/order.ts';
import type { OrderState } from '../orders/src/order.ts';
import { begin, copyOf } from '../payments/src/payment.ts';
import type { Service } from '../scripts/services.ts';
import { startStack } from '../scripts/stack.ts';
import type { Stack } from '../scripts/stack.ts';
import { list, sell } from '../tickets/src/ticket.ts';
import { startBaselines } from './baselines.ts';
import type { Baselines } from './baselines.ts';
import { cpuSeconds } from './counters.ts';
import { alternate, caseOf, load } from './harness.ts';
import type { Case, Round } from './harness.ts';
import { linesOf } from './report.ts';

/** What every scenario works with: the running marketplace, the baselines, and where the figures go. */
export interface Bench {
  quick: boolean;
  rounds: number;
  /** How long one measurement of a round takes. */
  seconds: number;
  stack: Stack;
  baselines: Baselines;
  cases: Case[];
  /** The address of a service's first process: what is compared with a bare process must not pass the router. */
  at: (service: Service) => string;
  collection: Awaited<ReturnType<typeof openStores>>['collection'];
  /** The session cookie of a buyer; the calls cycle through all buyers. */
  buyer: () => string;
  /** The session cookie of a new buyer, whom `buyer` never returns. */
  newBuyer: () => Promise<string>;
  seller: { id: string; cookie: string };
  /** Tickets that nobody has ordered yet. */
  free: string[];
  /** Measures ours and a baseline in alternation, after one discarded round, and records the figures as a case. */
  compare: (what: {
    scenario: string;
    name: string;
    rounds?: number;
    ours: () => Promise<Round>;
    baseline: { name: string; measure: () => Promise<Round> };
  }) => Promise<Case>;
  /** Runs `measure` with another marketplace, of the same baselines, without some of the speed-ups of `core/src/mongo/speed-ups.ts`. */
  without: (removed: readonly SpeedUp[], measure: (other: Bench) => Promise<void>) => Promise<void>;
  /** The CPU time in seconds that all processes of the marketplace have used. */
  cpu: () => number;
  /** Records figures that have no baseline. */
  record: (scenario: string, name: string, rounds: readonly Round[]) => Case;
  log: (text: string) => void;
}

const BUYERS = 1000;

interface BenchOptions {
  quick: boolean;
  env?: Record<string, string>;
  client?: boolean;
  /** Where the figures go. */
  cases?: Case[];
  /** Baselines that run already. */
  baselines?: Baselines;
}

/**
 * Starts a marketplace with its own data and ports in `folder`, and the baselines unless they run already. Throws, leaving nothing
 * running, when a part fails.
 */
export async function openBench(
  folder: string,
  { quick, env = {}, client, cases = [], baselines: running }: BenchOptions,
): Promise<Bench & { close: () => Promise<void> }> {
  const log = (text: string) => {
    process.stdout.write(`${text}\n`);
  };
  rmSync(folder, { recursive: true, force: true });
  const startedAt = performance.now();
  const stack = await startStack({
    folder,
    ...(client !== undefined && { client }),
    env: { RATE_LIMITS: 'off', MAX_LIVE_HOLDS: '1000000', HOLD_PAUSE_SECONDS: '0', FOLLOW: 'off', ...env },
  });
  log(`the marketplace is up after ${Math.round((performance.now() - startedAt) / 1000)} s`);
  try {
    const baselines = running ?? (await startBaselines(stack.backing));
    const stores = await openStores(stack.backing.mongodb);
    const key = Buffer.from(readFileSync(path.join(folder, 'session-keys'), 'utf8'), 'base64');
    const privateKey = createPrivateKey({ key, format: 'der', type: 'pkcs8' });
    const keys = { privateKey, publicKey: createPublicKey(privateKey) };
    const cookieOf = (id: string) => sessionCookie({ id, email: `${id}@example.com` }, { keys });
    const seller = { id: newId(), cookie: '' };
    seller.cookie = await cookieOf(seller.id);
    const buyers: string[] = [];
    while (buyers.length < BUYERS) buyers.push(await cookieOf(newId()));
    let turn = 0;

    const keep = (made: Case): Case => {
      bench.cases.push(made);
      log(linesOf(made));
      return made;
    };
    const bench: Bench = {
      quick,
      rounds: 3,
      seconds: quick ? 0.5 : 1.5,
      stack,
      baselines,
      cases,
      at: (service) => stack.process(`${service}-1`).url,
      collection: stores.collection,
      buyer: () => buyers[turn++ % BUYERS] ?? '',
      newBuyer: () => cookieOf(newId()),
      seller,
      free: [],
      async compare({ scenario, name, rounds = bench.rounds, ours, baseline }) {
        await ours();
        await baseline.measure();
        const [mine = [], bare = []] = await alternate(rounds, [ours, baseline.measure]);
        return keep(caseOf(scenario, name, mine, { name: baseline.name, rounds: bare }));
      },
      async without(removed, measure) {
        const chosen = speedUps.filter((one) => !removed.includes(one)).join() || 'none';
        const other = await openBench(`${folder}-without-${removed.join('-')}`, {
          ...{ quick, baselines, client: false },
          env: { ...env, SPEED_UPS: chosen },
        });
        try {
          await measure(other);
        } finally {
          await other.close();
        }
      },
      cpu: () => cpuSeconds(stack.processes.map(({ pid }) => pid)),
      record: (scenario, name, rounds) => keep(caseOf(scenario, name, rounds)),
      log,
    };
    await warmUp(bench);
    return {
      ...bench,
      async close() {
        await stores.close();
        if (!running) await baselines.stop();
        await stack.stop();
        rmSync(path.join(folder, 'data'), { recursive: true, force: true });
      },
    };
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

/** V8 compiles hot code only after it has run often, so the first requests after a start are not representative. */
async function warmUp({ at, baselines, collection, quick }: Bench): Promise<void> {
  for (const url of [
    `${at('tickets')}/api/tickets`,
    `${baselines.express}/bytes`,
    `${baselines.express}/page`,
    baselines.page,
  ])
    await load({ url, connections: 32, seconds: quick ? 1 : 3 });
  const documents = collection('bare', 'documents');
  for (let count = 0; count < 500; count++) await documents.insertOne({ _id: newId() });
}

async function openStores(url: string) {
  // Seeding 100,000 documents takes longer than a service's timeouts allow, and happens outside of the measured rounds.
  const withoutTimeouts = { socketTimeoutMS: 0, connectTimeoutMS: 60_000, waitQueueTimeoutMS: 0 };
  const connection = await createConnection(url, { ...storeOptions, ...withoutTimeouts }).asPromise();
  return {
    collection: <T extends { _id: string }>(service: Service | 'bare', name: string) =>
      connection
        .getClient()
        .db(service === 'bare' ? 'bare' : `ticketing-${service}`)
        .collection<T>(name),
    close: () => connection.close(),
  };
}

/** Connects to the bus as a service does, under the scenario's name. The caller closes it. */
export async function joinBus({ stack }: Bench, scenario: string): Promise<Bus> {
  const settings = { ...process.env, NATS_URL: stack.backing.nats, INSTANCE: `bench-${scenario}-${process.pid}` };
  const bus = connectBus(loadConfig(busSettings, settings), createLogger('bench', 'silent'));
  await bus.whenConnected;
  return bus;
}

/** A new ObjectId as text. */
export const newId = (): string => new Types.ObjectId().toHexString();

const listing = (index: number) => ({
  title: `Concert ${index}`,
  price: { amount: 2000 + (index % 500), currency: 'usd' },
  venue: 'Town Hall',
  startsAt: '2099-05-01T20:00:00.000Z',
  timeZone: 'Europe/Berlin',
});

const CHUNK = 5000;

/** Inserts documents, many in one command. */
export async function insertAll(
  collection: { insertMany: (all: never[]) => Promise<unknown> },
  all: object[],
): Promise<void> {
  for (let at = 0; at < all.length; at += CHUNK) await collection.insertMany(all.slice(at, at + CHUNK) as never[]);
}

/** Inserts listed tickets into the stores of tickets and orders directly, and returns their ids. */
export async function seedTickets({ collection, seller }: Bench, count: number): Promise<string[]> {
  const states = Array.from(
    { length: count },
    (_, index) => list(newId(), seller.id, listing(index), new Date()).state,
  );
  await insertAll(
    collection('tickets', 'tickets'),
    states.map((state) => ({ ...state, outbox: [] })),
  );
  await insertAll(
    collection('orders', 'tickets'),
    states.map(({ _id, version, sellerId, status }, index) => ({
      ...{ _id, version, sellerId, status },
      offer: listing(index),
    })),
  );
  return states.map(({ _id }) => _id);
}

/** Restarts the tickets process and warms it up, so that its memory is that of one scenario alone. */
export async function restartedTickets({ stack, at, quick }: Bench) {
  const tickets = stack.process('tickets-1');
  await tickets.stop();
  await tickets.start();
  await load({ url: `${at('tickets')}/api/tickets`, connections: 8, seconds: quick ? 1 : 3 });
  return tickets;
}

/** Deletes the tickets that are listed from both stores. */
export async function removeTickets({ collection, free }: Bench): Promise<void> {
  free.length = 0;
  await collection('tickets', 'tickets').deleteMany({ status: 'listed' });
  await collection('orders', 'tickets').deleteMany({ status: 'listed' });
}

/** Returns at least `count` listed tickets, seeding what is missing. A caller removes from the array each ticket that it orders. */
export async function freeTickets(bench: Bench, count: number): Promise<string[]> {
  if (bench.free.length < count) bench.free.push(...(await seedTickets(bench, count - bench.free.length)));
  return bench.free;
}

/** Adds orders that were paid a day ago, with their documents in every store. */
export async function seedPastOrders({ collection, seller }: Bench, count: number): Promise<void> {
  const then = new Date(Date.now() - 86_400_000);
  for (let from = 0; from < count; from += CHUNK) {
    const [tickets, copies, orders, payments]: object[][] = [[], [], [], []];
    for (let index = from; index < Math.min(from + CHUNK, count); index++) {
      const offer = listing(index);
      const listed = list(newId(), seller.id, offer, then).state;
      const placed = { ticketId: listed._id, number: 1, userId: newId(), offer, holdSeconds: 900 };
      const order = [reserve, claim, complete].reduce(
        (state: OrderState, move) => move(state, then)?.next ?? state,
        place(placed, then).state,
      );
      if (!isEnded(order.status)) throw new Error('a past order must have ended');
      const { _id: id, ...rest } = order;
      const data: OrderData = { id, ...rest };
      const sold = sell(listed, data)?.next ?? listed;
      tickets?.push({ ...sold, outbox: [] });
      copies?.push({
        ...{ _id: sold._id, version: sold.version, sellerId: seller.id },
        ...{ status: 'listed', offer, lastOrder: placed.number },
      });
      orders?.push({ ...order, outbox: [] });
      payments?.push({
        ...begin(id, copyOf(data)),
        ...{ version: 4, status: 'captured', intentId: `pi_${randomBytes(9).toString('hex')}`, outbox: [] },
        attempts: [{ number: 1, paymentMethod: 'pm_card_visa', status: 'authorized', at: then.toISOString() }],
      });
    }
    await insertAll(collection('tickets', 'tickets'), tickets ?? []);
    await insertAll(collection('orders', 'tickets'), copies ?? []);
    await insertAll(collection('orders', 'orders'), orders ?? []);
    await insertAll(collection('payments', 'payments'), payments ?? []);
  }
}

/** Waits until every outbox is empty and no order waits for a reply, so that one scenario does not slow the next. Throws after 2 minutes. */
export async function untilIdle({ collection }: Bench): Promise<void> {
  // An index finds one pending document; counting them would scan whole collections under load.
  const pending = async () => {
    const found = await Promise.all([
      collection('orders', 'orders').findOne({ status: { $in: ['created', 'capturing'] } }),
      ...(['tickets', 'orders', 'payments'] as const).map((service) =>
        collection(service, service).findOne({ 'outbox.at': { $exists: true } }),
      ),
    ]);
    return found.find((one) => one !== null);
  };
  await eventually(pending, (one) => one === undefined, 120_000);
}
