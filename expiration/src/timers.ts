import { StoreUnavailableError, eventId } from '@ticketing/common';
import type { Bus, Envelope, Fact, Logger } from '@ticketing/common';
import Queue from 'bull';

interface Timer {
  orderId: string;
  expiresAt: string;
}

/** While the bus is away a timer tries again every 2 s, for a day. */
const RETRY = { attempts: 43_200, backoff: 2000 };
const COMMAND_LIMIT_MS = 3000;

export interface Timers {
  /** Sets the timer of an order; the same order once. Throws a StoreUnavailableError when Redis does not answer. */
  set(timer: Timer): Promise<void>;
  /** Takes the timer of an order away, if it has not gone off. */
  clear(orderId: string): Promise<void>;
  ping(): Promise<void>;
  redis: Queue.Queue['client'];
  /** Waits for the timers that are going off, while Redis answers: 3 s at most. */
  close(): Promise<void>;
}

/**
 * Timers in Redis, by Bull. When a hold's time and the grace are up, `expiration:complete` is said: a job is done only when
 * the bus has acknowledged it, so the queue is this service's outbox.
 */
export function createTimers(
  { REDIS_URL, EXPIRY_GRACE_SECONDS }: { REDIS_URL: string; EXPIRY_GRACE_SECONDS: number },
  bus: Bus,
  log: Logger,
): Timers {
  const queue = new Queue<Timer>('expiration', REDIS_URL, {
    // A worker that stalls (a long pause of its process) must not fail the job: it is idempotent.
    settings: { maxStalledCount: 1000, stalledInterval: 5000 },
    defaultJobOptions: { ...RETRY, removeOnComplete: true, removeOnFail: 1000 },
  });
  queue.on('error', (error) => {
    log.warn({ err: error }, 'Redis reports an error');
  });

  const processing = queue.process(50, async ({ data }: { data: Partial<Timer> }) => {
    const { orderId, expiresAt } = data;
    // Taken away while it was due, or due again after a failure: Bull hands out what is left, which is nothing.
    if (orderId === undefined || expiresAt === undefined) return;
    const fact: Fact = { name: 'expiration:complete', data: { id: orderId, version: 0, orderId, expiresAt } };
    const event: Envelope = { id: eventId(fact), name: fact.name, at: new Date().toISOString(), data: fact.data };
    await bus.publish(event.name, JSON.stringify(event));
    log.debug({ orderId }, 'a hold ran out');
  });
  // Bull's answer to being stopped before it has reached Redis.
  processing.catch((error: unknown) => {
    log.warn({ err: error }, 'no timer can go off any more');
  });

  return {
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
    async ping() {
      await limited(queue.client.ping());
    },
    async close() {
      try {
        await limited(queue.close());
      } catch (error) {
        // Without Redis nothing more can be finished; what was going off goes off again.
        log.warn({ err: error }, 'Redis does not answer; its connections are broken off');
        for (const client of queue.clients) client.disconnect();
      }
    },
  };
}

async function limited<T>(command: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new StoreUnavailableError(`Redis did not answer within ${COMMAND_LIMIT_MS} ms`));
    }, COMMAND_LIMIT_MS);
  });
  try {
    return await Promise.race([command, limit]);
  } catch (error) {
    // What Redis itself says is a ReplyError; all else is a connection that broke, in the client's various words.
    if (!(error instanceof Error) || error.name === 'ReplyError' || error instanceof StoreUnavailableError) throw error;
    throw new StoreUnavailableError(`Redis did not answer: ${error.message}`);
  } finally {
    clearTimeout(timer);
  }
}
