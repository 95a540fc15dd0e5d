import { setImmediate as turn } from 'node:timers/promises';
import { toEnvelope } from '@ticketing/common';
import type { DomainEvent } from '@ticketing/common';
import { messageId } from '@ticketing/core';
import type { Bus } from '@ticketing/core';
import {
  ConfigError,
  StoreUnavailableError,
  currentTraceparent,
  errorMessage,
  isUnreachable,
  traced,
  watchBacking,
} from '@ticketing/runtime';
import type { Backing, Logger } from '@ticketing/runtime';
import Queue from 'bull';
import type { Redis } from 'ioredis';
import { connectRedis, parseRedisUrl } from './redis.ts';

interface Timer {
  orderId: string;
  expiresAt: string;
  /** The span that has set it: what it causes belongs to the same trace. */
  traceparent?: string | undefined;
}

/** While the bus is unavailable a timer is retried every 2 s, for a day. */
const RETRY = { attempts: 43_200, backoff: 2000 };
const COMMAND_LIMIT_MS = 3000;
/** What a timer needs of Redis: a script that writes one key of the queue and reads another. */
const PROBE = "redis.call('SET', KEYS[1], '1', 'EX', 60) return redis.call('EXISTS', KEYS[2])";

export interface Timers extends Backing {
  /** Sets the timer of an order; the same order once. Throws a StoreUnavailableError when Redis is unavailable. */
  set(timer: Timer): Promise<void>;
  /** Cancels the timer of an order, if it has not fired. */
  clear(orderId: string): Promise<void>;
  /** How many timers have not fired; with `before`, those that were due before then. */
  count(before?: Date): Promise<number>;
  redis: Queue.Queue['client'];
  /** Waits for the timers that are firing, for 3 s at most, and disconnects. */
  close(): Promise<void>;
}

/**
 * Timers in Redis, by Bull. When a hold and the grace period are over, `expiration:complete` is published. A job completes only
 * once the bus has acknowledged the event, so the queue is this service's outbox. Throws a ConfigError when REDIS_URL is malformed.
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
  const firing = new Set<Promise<unknown>>();
  let closing = false;

  const queue = new Queue<Timer>('expiration', {
    // In braces: a Redis in cluster mode then keeps all keys of the queue together, which Bull's scripts require.
    prefix: '{bull}',
    createClient(type) {
      const client = connectRedis(options, type === 'client' ? { connected } : undefined);
      client.on('error', (error) => {
        if (!closing) backing.failed(error);
      });
      clients.push(client);
      // Bull asks for the worker's client when it starts the worker, even after the queue was closed.
      if (closing) client.disconnect();
      return client;
    },
    // Jobs are idempotent, so one that stalled in a paused process is run again however often that happens.
    settings: { maxStalledCount: 1000, stalledInterval: 5000 },
    defaultJobOptions: { ...RETRY, removeOnComplete: true, removeOnFail: 1000 },
  });
  queue.on('error', (error) => {
    // The connections report these errors themselves.
    if (!closing && !isUnreachable(error)) log.warn({ err: error }, 'the timer queue reports an error');
  });
  // Before this event the worker does not survive a lost connection.
  const isSubscribed = new Promise((resolve) => queue.on('registered:delayed', resolve));
  function connected(): void {
    void isSubscribed.then(() => {
      backing.connected();
    });
  }
  // Bull does not handle a failure to name its connection. The name only serves a list of workers that nothing here uses.
  Object.assign(queue, { setWorkerName: () => Promise.resolve() });

  const processing = queue.process(50, async ({ data }: { data: Partial<Timer> }) => {
    const published = publish(data);
    // Only tracks completion: Bull handles a failure.
    const tracked = published.catch(() => undefined).finally(() => firing.delete(tracked));
    firing.add(tracked);
    await published;
  });
  processing.catch((error: unknown) => {
    if (closing || !backing.failed(error)) return;
    log.fatal('the timer worker has stopped and can not be restarted; exiting');
    process.exit(1);
  });

  async function publish({ orderId, expiresAt, traceparent }: Partial<Timer>): Promise<void> {
    // The record is gone (cancelled while due, or while it was retried): Bull passes a job without data.
    if (orderId === undefined || expiresAt === undefined) return;
    const event: DomainEvent = { name: 'expiration:complete', data: { id: orderId, version: 0, orderId, expiresAt } };
    await traced(`publish ${event.name}`, { kind: 'producer', parent: traceparent }, () => {
      const envelope = toEnvelope(event, new Date());
      return bus.publish(event.name, JSON.stringify(envelope), messageId(envelope));
    });
    log.debug({ orderId }, 'a hold expired');
  }

  return {
    whenConnected: backing.whenConnected,
    redis: queue.client,
    async set(timer) {
      const delay = Math.max(0, Date.parse(timer.expiresAt) + EXPIRY_GRACE_SECONDS * 1000 - Date.now());
      await limited(queue.add({ ...timer, traceparent: currentTraceparent() }, { jobId: timer.orderId, delay }));
    },
    async clear(orderId) {
      const job = await limited(queue.getJob(orderId));
      // A job that is firing can't be removed; its order has ended and ignores the event.
      await job?.remove().catch(() => undefined);
    },
    count: (before) => {
      // Bull's score: the time in milliseconds, followed by twelve bits of a counter.
      const most = before ? before.getTime() * 0x1000 : '+inf';
      return limited(queue.client.zcount(queue.toKey('delayed'), '-inf', most));
    },
    async check() {
      await backing.check();
      await limited(queue.client.eval(PROBE, 2, queue.toKey('probe'), queue.toKey('delayed')));
    },
    async close() {
      closing = true;
      try {
        // Without Bull's own wait for its jobs, which does not handle a lost connection.
        await limited(Promise.all([queue.close(true), ...firing]));
        // Lets Bull write the results of the last jobs to Redis.
        await turn();
      } catch (error) {
        // Without Redis no job can be completed; those that were firing fire again.
        log.warn({ err: error }, 'Redis is unavailable; disconnecting');
      }
      for (const client of clients) client.disconnect();
    },
  };
}

/** Errors of Redis about its own state, not about the command. */
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
    // Redis itself answers with a ReplyError; every other error is a broken connection.
    if (!(error instanceof Error) || error instanceof StoreUnavailableError) throw error;
    if (error.name === 'ReplyError' && !isUnreachable(error) && !UNAVAILABLE.test(error.message)) throw error;
    throw new StoreUnavailableError(`Redis is unavailable: ${errorMessage(error)}`);
  } finally {
    clearTimeout(timer);
  }
}
