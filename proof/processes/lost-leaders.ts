import { setTimeout as delay } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { eventually } from '@ticketing/core/testing';
import { parseNatsUrls } from '@ticketing/runtime';
import { visitors } from '../../e2e/support/http.ts';
import type { Answer } from '../../e2e/support/http.ts';
import { checkInvariants } from '../../e2e/support/invariants.ts';
import { lagSince, readLag } from '../../e2e/support/lag.ts';
import { startStack } from '../../scripts/stack.ts';
import type { Stack } from '../../scripts/stack.ts';

/** The streams of a purchase. Their leaders are killed in turn. */
const STREAMS = ['order', 'ticket', 'payment'];
const [SELLERS, BUYERS] = [4, 20];
/** Longer than servers need to elect a leader, so that no order expires because of one. */
const HOLD_SECONDS = 120;
const ELECTION_LIMIT_MS = 30_000;
const PURCHASE_LIMIT_MS = 60_000;
const SETTLED_WITHIN_MS = 180_000;

export interface Schedule {
  minutes: number;
  /** A leader is killed at the end of each such time. */
  everySeconds: number;
  /** How many purchases begin in a second. */
  perSecond: number;
}

export interface LostLeaders {
  /** Leaders. */
  killed: number;
  /** Purchases, and how many of them were completed. */
  begun: number;
  complete: number;
  /** Requests that got no answer or a 5xx, by what they were and the answer. */
  failed: ReadonlyMap<string, number>;
  /** Of all events that all services have handled. */
  lag: { events: number; p50Ms: number; p99Ms: number };
  /** Violations of invariants. */
  broken: string[];
}

/**
 * Runs the marketplace on a cluster of JetStream, with purchases at a constant rate, and kills the leader of one stream after another;
 * its server is restarted a second later. Throws when a part does not start, or not everything settles in time.
 */
export async function loseLeaders(
  folder: string,
  { minutes, everySeconds, perSecond }: Schedule,
  log: (line: string) => void,
): Promise<LostLeaders> {
  const stack = await startStack({
    ...{ folder, client: false, restartAfterSeconds: 1 },
    env: {
      ...{ HOLD_SECONDS: String(HOLD_SECONDS), RATE_LIMITS: 'off', MAX_LIVE_HOLDS: '100000', HOLD_PAUSE_SECONDS: '0' },
      LOG_LEVEL: 'warn',
    },
  });
  try {
    const load = await startPurchases(stack.url, perSecond);
    const before = await readLag(stack.processes);
    const endsAt = Date.now() + minutes * 60_000;
    let killed = 0;
    for (let next = Date.now() + everySeconds * 1000; next < endsAt; next += everySeconds * 1000) {
      await delay(Math.max(0, next - Date.now()));
      const stream = STREAMS[killed++ % STREAMS.length] ?? '';
      const leader = await leaderOf(stack, stream);
      await stack.process(leader).kill('SIGKILL');
      log(`SIGKILL of ${leader}, the leader of the stream ${stream}; ${load.waiting()} purchases are under way`);
    }
    await delay(Math.max(0, endsAt - Date.now()));
    const { begun, complete, failed, acknowledged } = await load.stop();
    log('load and kills have ended; waiting until everything has settled');
    const { broken } = await checkInvariants(stack, { acknowledged, withinMs: SETTLED_WITHIN_MS });
    const after = await readLag(stack.processes);
    const lag = {
      events: (after.get(Infinity) ?? 0) - (before.get(Infinity) ?? 0),
      ...{ p50Ms: lagSince(before, after, 0.5), p99Ms: lagSince(before, after, 0.99) },
    };
    return { killed, begun, complete, failed, lag, broken };
  } finally {
    await stack.stop();
  }
}

/** The name of the server that leads a stream. Throws when none does in time. */
async function leaderOf(stack: Stack, stream: string): Promise<string> {
  const servers = parseNatsUrls(stack.backing.nats) ?? [];
  const connection = await connect({
    servers: servers.map(({ host, port }) => `${host}:${port}`),
    ...servers[0]?.login,
  });
  try {
    const { streams } = await jetstreamManager(connection, { checkAPI: false });
    const leader = await eventually(
      () =>
        streams.info(stream).then(
          ({ cluster }) => cluster?.leader,
          () => undefined,
        ),
      (name) => name !== undefined && name !== '',
      ELECTION_LIMIT_MS,
    );
    return leader ?? '';
  } finally {
    await connection.close();
  }
}

const isFailed = ({ status }: Answer<unknown>): boolean => status === 0 || status >= 500;

function causeOf(what: string, { status, body }: Answer<unknown>): string {
  const { errors } = body as { errors?: { code: string }[] };
  return `${what}: ${status === 0 ? 'no answer' : status} ${errors?.[0]?.code ?? ''}`.trim();
}

/** Begins so many purchases a second, whatever becomes of those before. Throws when its users can't sign up. */
async function startPurchases(url: string, perSecond: number) {
  const { signUp } = visitors(url);
  const signUpAll = (count: number) => Promise.all(Array.from({ length: count }, signUp));
  const [sellers, buyers] = [await signUpAll(SELLERS), await signUpAll(BUYERS)];
  const acknowledged = { tickets: [] as string[], orders: [] as string[] };
  const failed = new Map<string, number>();
  const waiting = new Set<Promise<void>>();
  let [begun, complete, running] = [0, 0, true];

  const count = (cause: string) => failed.set(cause, (failed.get(cause) ?? 0) + 1);

  /** Sends a request, again after growing pauses until `isDone`, and counts it when it fails. Throws when that takes too long. */
  async function send<T>(what: string, request: () => Promise<Answer<T>>, isDone: (answer: Answer<T>) => boolean) {
    const deadline = Date.now() + PURCHASE_LIMIT_MS;
    for (let pauseMs = 100; ; pauseMs = Math.min(2 * pauseMs, 2000)) {
      const answer = await request();
      if (isFailed(answer)) count(causeOf(what, answer));
      else if (isDone(answer)) return answer.body;
      if (Date.now() > deadline) throw new Error(`${what} took too long`);
      await delay(pauseMs);
    }
  }

  async function purchase(index: number): Promise<void> {
    const [seller, buyer] = [sellers[index % SELLERS], buyers[index % BUYERS]];
    if (!seller || !buyer) return;
    const isCreated = ({ status }: Answer<unknown>) => status === 201;
    const ticket = await send('list', () => seller.list(), isCreated);
    acknowledged.tickets.push(ticket.id);
    // Until orders knows the ticket.
    const order = await send('order', () => buyer.order(ticket.id), isCreated);
    acknowledged.orders.push(order.id);
    const until = (status: string) =>
      send(
        'see',
        () => buyer.see(order.id),
        ({ body }) => body.status === status,
      );
    await until('awaiting:payment');
    await send('pay', () => buyer.pay(order.id), isCreated);
    await until('complete');
    complete++;
  }

  const beginning = (async () => {
    const startedAt = Date.now();
    for (; running; begun++) {
      await delay(Math.max(0, startedAt + (begun * 1000) / perSecond - Date.now()));
      const one = purchase(begun)
        .catch((error: unknown) => {
          count((error as Error).message);
        })
        .finally(() => waiting.delete(one));
      waiting.add(one);
    }
  })();

  return {
    /** How many purchases are under way. */
    waiting: () => waiting.size,
    /** Waits for the purchases that have begun. */
    async stop() {
      running = false;
      await beginning;
      await Promise.all(waiting);
      return { begun, complete, failed, acknowledged };
    },
  };
}
