import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { JetStreamApiError, jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { ConsumerConfig, JetStreamClient, JetStreamManager, StreamConfig } from '@nats-io/jetstream';
import { connect, nanos } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import { ConfigError, asError, parseNatsUrls, watchBacking } from '@ticketing/runtime';
import type { Backing, Logger, NatsServer } from '@ticketing/runtime';
import { busConnected } from '../metrics.ts';
import type { Bus, BusMessage } from './bus.ts';
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
/** Of a group, over all its members. Concurrent handlers batch their writes, so a larger number costs less per message. */
const MAX_UNACKNOWLEDGED = 512;
/** A member that is stuck keeps at most as many from the others of its group, until they are redelivered. */
const MAX_REQUESTED = 128;
/** A message is kept for 30 days, and each stream's newest 144 MB: what is older has long been consumed or resent. */
const MAX_AGE_MS = 30 * 24 * 3600 * 1000;
const MAX_BYTES = 144_000_000;
const PUBLISH_LIMIT_MS = 5000;
/** Of a request about a stream or consumer, which is repeated: servers that elect a leader leave it unanswered. */
const REQUEST_LIMIT_MS = 3000;
const CONNECT_LIMIT_MS = 10_000;
const CLOSE_LIMIT_MS = 2000;

interface Subscription {
  subject: string;
  group: string;
  onMessage: (message: BusMessage) => void;
}

/** What a connection has once it is up. */
interface Connected {
  client: JetStreamClient;
  subscribe: (subscription: Subscription) => void;
}

/**
 * Connects to NATS with JetStream in the background, trying the servers in turn. There is a stream for each of `nouns`, such
 * as `ticket` with the subjects `ticket.>`, and a durable pull consumer in it for each group and subject; what is missing is
 * created at each connection. A lost connection is replaced, with backoff, and its subscriptions are restored. Throws a
 * ConfigError when NATS_URL is malformed.
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
  const stopping = new AbortController();

  /** Runs one connection: resolves when it has ended. */
  async function run({ host, port, tls, login }: NatsServer): Promise<Ended> {
    let connection: NatsConnection;
    try {
      connection = await connect({
        servers: `${host}:${port}`,
        name: INSTANCE,
        ...login,
        ...(tls && { tls: tlsTo(host) }),
        timeout: CONNECT_LIMIT_MS,
        // A new connection replaces a lost one, because the server may have lost its streams and consumers.
        reconnect: false,
        ignoreClusterUpdates: true,
        // Detects a dead server after 3 to 4 s.
        pingInterval: 1000,
        maxPingOut: 3,
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
      const manager = await jetstreamManager(connection, { timeout: REQUEST_LIMIT_MS });
      await Promise.all(nouns.map((noun) => ensureStream(manager, noun, NATS_REPLICAS)));
      const client = jetstream(connection, { timeout: REQUEST_LIMIT_MS });
      current = {
        client,
        subscribe(subscription) {
          subscribeOn(manager, client, subscription).then(end, end);
        },
      };
      for (const subscription of subscriptions) current.subscribe(subscription);
      busConnected.set(1);
      backing.connected();
    } catch (error) {
      end(error);
    }
    const wasUp = current !== undefined;
    const lost = await connection.closed();
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
      if (current === undefined) throw new Error('the bus is unavailable');
      const options = { timeout: PUBLISH_LIMIT_MS, ...(id !== undefined && { msgID: id }) };
      await current.client.publish(tokens(subject), text, options);
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

/** An event's name as a subject: `ticket:created` is `ticket.created`, so that `ticket.>` matches all events of tickets. */
const tokens = (name: string): string => name.replace(':', '.');

/** Closes a connection, after what was sent on it has arrived, such as acknowledgements. */
async function leave(connection: NatsConnection): Promise<void> {
  await Promise.race([connection.flush(), delay(CLOSE_LIMIT_MS, undefined, { ref: false })]).catch(() => undefined);
  await connection.close();
}

/** Creates a stream where it is missing. Throws a ConfigError when it has other settings. */
async function ensureStream(manager: JetStreamManager, name: string, replicas: number): Promise<void> {
  const needed = {
    subjects: [`${name}.>`],
    storage: 'file',
    retention: 'limits',
    max_consumers: -1,
  } satisfies Partial<StreamConfig>;
  const { config } = await existing(manager.streams.info(name), () =>
    manager.streams.add({
      ...{ ...needed, name, num_replicas: replicas },
      ...{ discard: 'old', max_age: nanos(MAX_AGE_MS), max_bytes: MAX_BYTES },
    }),
  );
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
  { subject, group, onMessage }: Subscription,
): Promise<unknown> {
  const [stream = '', action = ''] = subject.split(':');
  const name = `${group}_${action}`;
  const needed = {
    filter_subject: tokens(subject),
    deliver_policy: 'all',
    ack_policy: 'explicit',
    // For ever: the consumer counts the attempts and dead-letters, not the server.
    max_deliver: -1,
  } satisfies Partial<ConsumerConfig>;
  const info = await existing(manager.consumers.info(stream, name), () =>
    manager.consumers.add(stream, {
      ...{ ...needed, durable_name: name },
      ...{ backoff: REDELIVER_AFTER_MS.map((ms) => nanos(ms)), max_ack_pending: MAX_UNACKNOWLEDGED },
    }),
  );
  requireSame(`consumer ${name} of the stream ${stream}`, info.config, { ...needed, deliver_subject: undefined });
  const messages = await client.consumers.getConsumerFromInfo(info).consume({
    max_messages: MAX_REQUESTED,
    // Requests that the server has lost, as when another server becomes the leader, are repeated after two missed heartbeats.
    // The client waits for about `expires` between such tries: with 10 s a group stood still for 25 s.
    expires: 3000,
    idle_heartbeat: 1000,
    abort_on_missing_resource: true,
    callback(message) {
      const { buffer, byteOffset, byteLength } = message.data;
      onMessage({
        subject,
        raw: Buffer.from(buffer, byteOffset, byteLength),
        ack() {
          try {
            message.ack();
          } catch {
            // The connection is lost, so the message is redelivered.
          }
        },
      });
    },
  });
  return (await messages.closed()) ?? new Error(`the subscription of ${subject} ended`);
}

/** What exists, or else what `create` creates. Creating what another process has created just then is no error. */
async function existing<T>(info: Promise<T>, create: () => Promise<T>): Promise<T> {
  try {
    return await info;
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.status !== 404) throw error;
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
