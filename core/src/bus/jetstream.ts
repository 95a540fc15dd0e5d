import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { JetStreamApiError, jetstream, jetstreamManager } from '@nats-io/jetstream';
import type {
  ConsumerConfig,
  ConsumerMessages,
  JetStreamClient,
  JetStreamManager,
  StreamConfig,
} from '@nats-io/jetstream';
import { RequestError, TimeoutError, connect, nanos } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import { urgentEvents } from '@ticketing/common';
import { ConfigError, asError, parseNatsUrls, watchBacking } from '@ticketing/runtime';
import type { Backing, Logger, NatsServer } from '@ticketing/runtime';
import { busConnected } from '../metrics.ts';
import type { Bus, BusMessage } from './bus.ts';
import { createReceiver, sendDirectly } from './jetstream-direct.ts';
import type { Receiver } from './jetstream-direct.ts';
import { consumerOf, directOf, inboxOf, streamOf, subjectOf } from './jetstream-names.ts';
import { keepConnected, tlsTo } from './keep-connected.ts';
import type { Ended } from './keep-connected.ts';

export interface JetStreamOptions {
  NATS_URL: string;
  /** How many servers keep each message. */
  NATS_REPLICAS: number;
  INSTANCE: string;
}

/**
 * A message is redelivered after the first of these, which is longer than any handler takes, then after the next, and after
 * the last one for ever. Also the messages of a crashed process.
 */
const REDELIVER_AFTER_MS = [5000, 5000, 10_000, 15_000];
/** The first time for urgent events, whose handlers take milliseconds. */
const URGENT_REDELIVER_AFTER_MS = 1000;
/** Of a group, over all its members. Concurrent handlers batch their writes, so a larger number costs less per message. */
const MAX_UNACKNOWLEDGED = 512;
/** A member that is stuck keeps at most as many from the others of its group, until they are redelivered. */
const MAX_REQUESTED = 128;
/** A message is kept for 30 days, and each stream's newest 144 MB: what is older has long been consumed or resent. */
const MAX_AGE_MS = 30 * 24 * 3600 * 1000;
const MAX_BYTES = 144_000_000;
const PUBLISH_LIMIT_MS = 5000;
/** Of a request about a stream or consumer, which is repeated: servers that elect a leader leave it unanswered. */
const REQUEST_LIMIT_MS = 2000;
/** Servers elect another leader when they have missed theirs for 4 to 9 s. */
const ELECTION_MS = 10_000;
const ELECTION_LIMIT_MS = 15_000;
/** A publication that is not acknowledged in this time is also sent directly, and again after the same time. */
const DIRECT_AFTER_MS = 1000;
/** With more publications waiting, none is sent directly: nothing else limits direct messages, and the disk may be what is slow. */
const MAX_DIRECT = 500;
/** The wait between the tries of what needs a leader. */
const RETRY_MS = 250;
/** The statuses of errors of JetStream's API, which are those of HTTP. */
const [NOT_FOUND, UNAVAILABLE] = [404, 503];
const CONNECT_LIMIT_MS = 10_000;
const CLOSE_LIMIT_MS = 2000;

interface Subscription {
  subject: string;
  group: string;
  onMessage: (message: BusMessage) => void;
}

/** What a connection has once it is up. */
interface Connected {
  connection: NatsConnection;
  client: JetStreamClient;
  subscribe: (subscription: Subscription) => void;
}

/**
 * Connects to NATS with JetStream in the background, trying the servers in turn. There is a stream for each of `nouns`, such
 * as `ticket` with the subjects `ticket.>`, and a durable pull consumer in it for each group and subject; what is missing is
 * created at each connection. A lost connection is replaced, with backoff, and its subscriptions are restored. A stream or consumer
 * whose leader is lost stops alone: the others go on, and it goes on with the next leader. Until then messages are sent directly too.
 * Throws a ConfigError when NATS_URL is malformed.
 */
export function connectJetStream(
  { NATS_URL, NATS_REPLICAS, INSTANCE }: JetStreamOptions,
  nouns: readonly string[],
  log: Logger,
): Bus & Backing {
  const servers = parseNatsUrls(NATS_URL);
  if (!servers) throw new ConfigError('NATS_URL: is malformed');
  const backing = watchBacking('NATS JetStream', 'NATS_URL', log);
  const subscriptions: Subscription[] = [];
  let current: Connected | undefined;
  let wasReady = false;
  let sendDirectlyUntil = 0;
  /** Publications that are not acknowledged yet. */
  let pending = 0;
  const stopping = new AbortController();

  /** A server was lost, and maybe leaders with it. */
  const serverLost = () => {
    sendDirectlyUntil = Date.now() + ELECTION_MS;
  };

  /** Runs one connection: resolves when it has ended. */
  async function run({ host, port, tls, login }: NatsServer): Promise<Ended> {
    let connection: NatsConnection;
    try {
      connection = await connect({
        servers: `${host}:${port}`,
        name: INSTANCE,
        ...login,
        ...(login && 'user' in login && { inboxPrefix: inboxOf(login.user) }),
        ...(tls && { tls: tlsTo(host) }),
        timeout: CONNECT_LIMIT_MS,
        // A new connection replaces a lost one, because the server may have lost its streams and consumers.
        reconnect: false,
        // Detects a dead server after 3 to 4 s.
        pingInterval: 1000,
        maxPingOut: 3,
        // Otherwise every publication takes two stack traces, for the error that it may end with.
        noAsyncTraces: true,
      });
    } catch (error) {
      return { wasUp: false, error: asError(error) };
    }
    let failure: Error | undefined;
    const end = (error?: unknown) => {
      if (error !== undefined) failure ??= asError(error);
      void leave(connection);
    };
    const stop = () => {
      end();
    };
    stopping.signal.addEventListener('abort', stop);
    if (stopping.signal.aborted) end();
    try {
      // Without asking for the account: while the cluster has no leader, that is left unanswered, and streams that exist work.
      const manager = await jetstreamManager(connection, { timeout: REQUEST_LIMIT_MS, checkAPI: false });
      const client = jetstream(connection, { timeout: REQUEST_LIMIT_MS });
      const streams = new Map(nouns.map((noun) => [noun, ensureStream(manager, noun, NATS_REPLICAS)]));
      const ready = Promise.all(streams.values());
      // Later connections replace a lost one: they are used at once, although some streams may have lost their leaders with it.
      if (!wasReady) await ready;
      current = {
        connection,
        client,
        subscribe(subscription) {
          const [noun = ''] = subscription.subject.split(':');
          const receiver = createReceiver(subscription.subject, subscription.onMessage);
          const consumed = async () => {
            receiveDirectly(connection, subscription, receiver);
            await streams.get(noun);
            return subscribeOn(manager, client, subscription, receiver);
          };
          consumed().then(end, end);
        },
      };
      for (const subscription of subscriptions) current.subscribe(subscription);
      void watchServers(connection, serverLost);
      ready.then(() => {
        if (connection.isClosed()) return;
        wasReady = true;
        busConnected.set(1);
        backing.connected();
      }, end);
    } catch (error) {
      end(error);
    }
    const wasUp = current !== undefined;
    const lost = await connection.closed();
    serverLost();
    current = undefined;
    busConnected.set(0);
    stopping.signal.removeEventListener('abort', stop);
    // A connection that can't be used counts as one that was never up, so that the waits between the tries become longer.
    return {
      wasUp: wasUp && failure === undefined,
      error: failure ?? asError(lost ?? new Error('the connection was closed')),
    };
  }

  const running = keepConnected(servers, run, (error) => backing.failed(error), stopping.signal);

  return {
    whenConnected: backing.whenConnected,
    check: () => backing.check(),
    get connected() {
      return current !== undefined;
    },
    async publish(subject, text, id) {
      const deadline = Date.now() + PUBLISH_LIMIT_MS;
      const direct = () => {
        if (pending > MAX_DIRECT || current?.connection.isClosed() !== false) return;
        sendDirectly(current.connection, subject, text, id);
      };
      pending++;
      if (Date.now() < sendDirectlyUntil) direct();
      const waiting = setInterval(direct, DIRECT_AFTER_MS);
      try {
        for (let tries = 0; ; tries++) {
          const timeout = Math.max(1, deadline - Date.now());
          if (current === undefined) throw new Error('the bus is unavailable');
          try {
            await current.client.publish(subjectOf(subject), text, { timeout, ...(id !== undefined && { msgID: id }) });
            return;
          } catch (error) {
            if (!isWithoutReceiver(error) || Date.now() + RETRY_MS >= deadline) throw error;
          }
          serverLost();
          if (tries === 0) direct();
          await delay(RETRY_MS);
        }
      } finally {
        pending--;
        clearInterval(waiting);
      }
    },
    subscribe(subject, group, onMessage) {
      const subscription = { subject, group, onMessage };
      subscriptions.push(subscription);
      current?.subscribe(subscription);
    },
    async close() {
      stopping.abort();
      await running;
    },
  };
}

/** Closes a connection, after what was sent on it has arrived, such as acknowledgements. */
async function leave(connection: NatsConnection): Promise<void> {
  await Promise.race([connection.flush(), delay(CLOSE_LIMIT_MS, undefined, { ref: false })]).catch(() => undefined);
  await connection.close();
}

/** Calls `lost` each time that a server has left the cluster. */
async function watchServers(connection: NatsConnection, lost: () => void): Promise<void> {
  for await (const status of connection.status()) if (status.type === 'update' && status.deleted?.length) lost();
}

/** Receives the direct messages of a subscription on a connection. */
function receiveDirectly(connection: NatsConnection, { subject, group }: Subscription, receiver: Receiver): void {
  connection.subscribe(directOf(subject), {
    queue: group,
    callback(error, message) {
      // Without the right to them, messages wait for a leader.
      if (error === null) receiver.takeDirect(message);
    },
  });
}

/** Whether nobody has received a publication: its stream has no leader now, or there is none. */
const isWithoutReceiver = (error: unknown): boolean =>
  error instanceof Error && error.cause instanceof RequestError && error.cause.isNoResponders();

/** Repeats a request while the servers elect the leader who has to answer it. Throws what it throws otherwise, or after 15 s. */
async function untilLed<T>(request: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + ELECTION_LIMIT_MS;
  for (;;) {
    try {
      return await request();
    } catch (error) {
      const isLeaderless =
        error instanceof TimeoutError || (error instanceof JetStreamApiError && error.status === UNAVAILABLE);
      if (!isLeaderless || Date.now() >= deadline) throw error;
    }
    await delay(RETRY_MS, undefined, { ref: false });
  }
}

/** Creates a stream where it is missing. Throws a ConfigError when it has other settings. */
async function ensureStream(manager: JetStreamManager, name: string, replicas: number): Promise<void> {
  const needed = {
    subjects: [`${name}.>`],
    storage: 'file',
    retention: 'limits',
    max_consumers: -1,
  } satisfies Partial<StreamConfig>;
  const add = () =>
    manager.streams.add({
      ...{ ...needed, name, num_replicas: replicas },
      ...{ discard: 'old', max_age: nanos(MAX_AGE_MS), max_bytes: MAX_BYTES },
    });
  const { config } = await untilLed(() => existing(manager.streams.info(name), add));
  // More replicas than needed are in order: they are added to the stream before the setting is raised.
  const num_replicas = Math.max(replicas, config.num_replicas);
  requireSame(`stream ${name}`, config, { ...needed, num_replicas });
}

/**
 * Creates the durable consumer of a group for a subject where it is missing, and delivers its messages. Resolves to the reason
 * when it ends. Throws a ConfigError when the consumer has other settings.
 */
async function subscribeOn(
  manager: JetStreamManager,
  client: JetStreamClient,
  { subject, group }: Subscription,
  receiver: Receiver,
): Promise<unknown> {
  const [stream, name] = [streamOf(subject), consumerOf(group, subject)];
  const needed = {
    filter_subject: subjectOf(subject),
    deliver_policy: 'all',
    ack_policy: 'explicit',
    // For ever: the consumer counts the attempts and dead-letters, not the server.
    max_deliver: -1,
  } satisfies Partial<ConsumerConfig>;
  const backoff = [...(urgentEvents.has(subject) ? [URGENT_REDELIVER_AFTER_MS] : []), ...REDELIVER_AFTER_MS];
  const add = () =>
    manager.consumers.add(stream, {
      ...{ ...needed, durable_name: name },
      ...{ backoff: backoff.map((ms) => nanos(ms)), max_ack_pending: MAX_UNACKNOWLEDGED },
    });
  const info = await untilLed(() => existing(manager.consumers.info(stream, name), add));
  requireSame(`consumer ${name} of the stream ${stream}`, info.config, { ...needed, deliver_subject: undefined });

  let ledAt = Date.now();
  const led = () => {
    ledAt = Date.now();
  };
  const isGivenUp = () => Date.now() - ledAt > ELECTION_LIMIT_MS;
  for (;;) {
    const messages = await client.consumers.getConsumerFromInfo(info).consume({
      max_messages: MAX_REQUESTED,
      // Requests that were lost with a leader are repeated after two missed heartbeats: at once with `bind`, else seconds later.
      bind: true,
      expires: 3000,
      idle_heartbeat: 1000,
      callback(message) {
        led();
        receiver.take(message);
      },
    });
    const hasLostLeader = await untilLeaderless(messages, led, isGivenUp);
    const reason = await messages.closed();
    if (!hasLostLeader || isGivenUp()) return reason ?? new Error(`the subscription of ${subject} ended`);
    await delay(RETRY_MS, undefined, { ref: false });
  }
}

/**
 * Waits for the end of a subscription. Stops it when it has no leader, to whom requests for messages could go, or for good when its
 * consumer was deleted or `isGivenUp`. Calls `led` at each heartbeat. Resolves to whether it has no leader.
 */
async function untilLeaderless(
  messages: ConsumerMessages,
  led: () => void,
  isGivenUp: () => boolean,
): Promise<boolean> {
  for await (const { type } of messages.status())
    if (type === 'heartbeat') led();
    else if (type === 'consumer_deleted') messages.stop(new Error('the consumer was deleted'));
    else if (type === 'heartbeats_missed' && isGivenUp()) messages.stop(new Error('the consumer has no leader'));
    else if (type === 'no_responders') {
      messages.stop();
      return true;
    }
  return false;
}

/** What exists, or else what `create` creates. Creating what another process has created just then is no error. */
async function existing<T>(info: Promise<T>, create: () => Promise<T>): Promise<T> {
  try {
    return await info;
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.status !== NOT_FOUND) throw error;
    return create();
  }
}

/** Throws a ConfigError when something on the server differs from what is needed. */
function requireSame(what: string, found: object, needed: object): void {
  const present = new Map<string, unknown>(Object.entries(found));
  const differences = Object.entries(needed as Record<string, unknown>)
    .filter(([key, value]) => !isDeepStrictEqual(present.get(key), value))
    .map(([key, value]) => `${key} is ${JSON.stringify(present.get(key))}, not ${JSON.stringify(value)}`);
  if (differences.length > 0) throw new ConfigError(`NATS_URL: the ${what} differs: ${differences.join('; ')}`);
}
