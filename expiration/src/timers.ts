import { setImmediate as turn } from 'node:timers/promises';
import {
  ConfigError,
  StoreUnavailableError,
  errorMessage,
  eventId,
  isUnreachable,
  watchBacking,
} from '@ticketing/common';
import type { Backing, Bus, Envelope, DomainEvent, Logger } from '@ticketing/common';
import Queue from 'bull';
import type { Redis } from 'ioredis';
import { connectRedis, parseRedisUrl } from './redis.ts';

interface Timer {
  orderId: string;
  expiresAt: string;
}

/** While the bus is unavailable a timer tries again every 2 s, for a day. */
const RETRY = { attempts: 43_200, backoff: 2000 };
const COMMAND_LIMIT_MS = 3000;

export interface Timers extends Backing {
  /** Sets the timer of an order; the same order once. Throws a StoreUnavailableError when Redis is unavailable. */
  set(timer: Timer): Promise<void>;
  /** Takes the timer of an order away, if it has not gone off. */
  clear(orderId: string): Promise<void>;
  redis: Queue.Queue['client'];
  /** Waits for the timers that are going off, while Redis answers: 3 s at most. */
  close(): Promise<void>;
}

/**
 * Timers in Redis, by Bull. When a hold's time and the grace are up, `expiration:complete` is published: a job is done only when
 * the bus has acknowledged it, so the queue is this service's outbox.
 */
export function createTimers(
  { REDIS_URL, EXPIRY_GRACE_SECONDS }: { REDIS_URL: string; EXPIRY_GRACE_SECONDS: number },
  bus: Bus,
  log: Logger,
): Timers {
  const options = parseRedisUrl(REDIS_URL);
  if (!options) throw new ConfigError('REDIS_URL: is malformed');
  const backing = watchBacking('Redis', 'REDIS_URL', log);
  const clients: Redis[] = [];
  const underWay = new Set<Promise<unknown>>();
  let closing = false;

  const queue = new Queue<Timer>('expiration', {
    createClient(type) {
      const client = connectRedis(options, type === 'client' ? { connected } : undefined);
      client.on('error', (error) => {
        if (!closing) backing.failed(error);
      });
      clients.push(client);
      // Bull comes for the worker's when it is ready to start it, also when it was closed before that.
      if (closing) client.disconnect();
      return client;
    },
    // A worker that stalls (a long pause of its process) must not fail the job: it is idempotent.
    settings: { maxStalledCount: 1000, stalledInterval: 5000 },
    defaultJobOptions: { ...RETRY, removeOnComplete: true, removeOnFail: 1000 },
  });
  queue.on('error', (error) => {
    // Those of its connections are among them.
    if (!closing && !isUnreachable(error)) log.warn({ err: error }, 'the queue of the timers reports an error');
  });
  // From then on the worker goes on by itself whatever happens to its connections.
  const isSubscribed = new Promise((resolve) => queue.on('registered:delayed', resolve));
  function connected(): void {
    void isSubscribed.then(() => {
      backing.connected();
    });
  }
  // Bull names its connection and leaves it to nobody when that fails; the name is for a list of workers, which we don't use.
  Object.assign(queue, { setWorkerName: () => Promise.resolve() });

  const processing = queue.process(50, async ({ data }: { data: Partial<Timer> }) => {
    const published = publish(data);
    // Whether it succeeds is Bull's to know.
    const over = published.catch(() => undefined).finally(() => underWay.delete(over));
    underWay.add(over);
    await published;
  });
  processing.catch((error: unknown) => {
    if (closing || !backing.failed(error)) return;
    log.fatal('no timer can go off any more; only a new process mends that');
    process.exit(1);
  });

  async function publish({ orderId, expiresAt }: Partial<Timer>): Promise<void> {
    // Taken away while it was due, or due again after a failure: Bull hands out what is left, which is nothing.
    if (orderId === undefined || expiresAt === undefined) return;
    const fact: DomainEvent = { name: 'expiration:complete', data: { id: orderId, version: 0, orderId, expiresAt } };
    const event: Envelope = { id: eventId(fact), name: fact.name, at: new Date().toISOString(), data: fact.data };
    await bus.publish(event.name, JSON.stringify(event));
    log.debug({ orderId }, 'a hold ran out');
  }

  return {
    whenConnected: backing.whenConnected,
    redis: queue.client,
    async set(timer) {
      const delay = Math.max(0, Date.parse(timer.expiresAt) + EXPIRY_GRACE_SECONDS * 1000 - Date.now());
      await limited(queue.add(timer, { jobId: timer.orderId, delay }));
    },
    async clear(orderId) {
      const job = await limited(queue.getJob(orderId));
      // It may be going off right now; then the order, which has ended, ignores it.
      await job?.remove().catch(() => undefined);
    },
    async check() {
      await backing.check();
      await limited(queue.client.ping());
    },
    async close() {
      closing = true;
      try {
        // Bull's own wait for its jobs leaves a connection that fails to nobody, so it is told not to wait.
        await limited(Promise.all([queue.close(true), ...underWay]));
        // What the last jobs came to is written to Redis now.
        await turn();
      } catch (error) {
        // Without Redis nothing more can be finished; what was going off goes off again.
        log.warn({ err: error }, 'Redis is unavailable; its connections are broken off');
      }
      for (const client of clients) client.disconnect();
    },
  };
}

/** Answers of Redis about its own state, not about the command. */
const UNAVAILABLE = /^(LOADING|BUSY|READONLY|MASTERDOWN|CLUSTERDOWN|MISCONF|OOM|NOREPLICAS|TRYAGAIN) /;

async function limited<T>(command: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new StoreUnavailableError(`Redis is unavailable: no answer within ${COMMAND_LIMIT_MS} ms`));
    }, COMMAND_LIMIT_MS);
  });
  try {
    return await Promise.race([command, limit]);
  } catch (error) {
    // What Redis itself answers is a ReplyError; all else is a connection that broke, in the client's various words.
    if (!(error instanceof Error) || error instanceof StoreUnavailableError) throw error;
    if (error.name === 'ReplyError' && !isUnreachable(error) && !UNAVAILABLE.test(error.message)) throw error;
    throw new StoreUnavailableError(`Redis is unavailable: ${errorMessage(error)}`);
  } finally {
    clearTimeout(timer);
  }
}
