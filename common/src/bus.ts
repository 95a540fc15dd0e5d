import { isIP } from 'node:net';
import { connect as connectStan } from 'node-nats-streaming';
import type { Message, Stan } from 'node-nats-streaming';
import { watchBacking } from './backing.ts';
import type { Backing } from './backing.ts';
import { ConfigError } from './config.ts';
import type { Logger } from './logging.ts';
import { busConnected } from './metrics.ts';
import { backoff } from './time.ts';
import { parseNatsUrls } from './urls.ts';
import type { NatsServer } from './urls.ts';

/** A message as a subscriber gets it: until `ack` is called it comes again. */
export interface BusMessage {
  subject: string;
  raw: Buffer;
  /** How often it was delivered before, as far as the bus knows. */
  redeliveries: number;
  ack(): void;
}

/** At least once: what was published is delivered to one member of every group until one acknowledges it. */
export interface Bus {
  readonly connected: boolean;
  /** Resolves when the bus has answered for the first time; rejects when it refuses the connection before that. */
  readonly whenConnected: Promise<unknown>;
  /** Resolves once the bus has stored the message; rejects when that is unknown, and it may be published again. */
  publish(subject: string, text: string): Promise<void>;
  /**
   * Takes part in the group's share of a subject, from its first message on; the group's place outlives its members.
   * The subscription is renewed with the connection.
   */
  subscribe(subject: string, group: string, onMessage: (message: BusMessage) => void): void;
  /** Leaves without giving up the groups' places. */
  close(): Promise<void>;
}

/** Longer than any handler takes; what a crashed process had in hand comes to another after this. */
const ACK_WAIT_MS = 5000;
/** What comes at one time goes to the store together, so many are cheaper than few, and what comes first is done before its consequences. */
const MAX_IN_FLIGHT = 512;
const PUBLISH_LIMIT_MS = 5000;
/** The client waits for a server that accepts the connection and then is silent for as long as it takes. */
const CONNECT_LIMIT_MS = 10_000;

interface Subscription {
  subject: string;
  group: string;
  onMessage: (message: BusMessage) => void;
}

/** The settings by these names; see `busSettings`. */
export interface BusOptions {
  NATS_URL: string;
  NATS_CLUSTER_ID: string;
  INSTANCE: string;
}

/**
 * Connects to NATS Streaming in the background, to one of the servers after another; a lost connection is rebuilt with
 * backoff, with all its subscriptions.
 */
export function connectBus({ NATS_URL, NATS_CLUSTER_ID, INSTANCE }: BusOptions, log: Logger): Bus & Backing {
  const servers = parseNatsUrls(NATS_URL);
  if (!servers) throw new ConfigError('NATS_URL: is malformed');
  const backing = watchBacking('NATS Streaming', 'NATS_URL', log);
  const subscriptions: Subscription[] = [];
  let stan: Stan | undefined;
  const stopping = new AbortController();

  function subscribeOn(connection: Stan, { subject, group, onMessage }: Subscription): void {
    const options = connection
      .subscriptionOptions()
      .setDeliverAllAvailable()
      .setDurableName(group)
      .setManualAckMode(true)
      .setAckWait(ACK_WAIT_MS)
      .setMaxInFlight(MAX_IN_FLIGHT);
    const subscription = connection.subscribe(subject, group, options);
    const lost = (error: unknown) => {
      if (stopping.signal.aborted) return;
      log.warn({ err: asError(error), subject }, 'a subscription failed; connecting again');
      drop(connection);
    };
    subscription.on('error', lost);
    subscription.on('timeout', lost);
    subscription.on('message', (message: Message) => {
      onMessage({
        subject,
        raw: message.getRawData(),
        redeliveries: redeliveryCount(message),
        ack() {
          try {
            message.ack();
          } catch {
            // The connection is gone; the message comes again.
          }
        },
      });
    });
  }

  /** One connection's life: resolves when it has ended, with whether it ever was up, or what kept it from that. */
  function live({ host, port, tls, login }: NatsServer): Promise<{ wasUp: boolean; error: Error }> {
    return new Promise((resolve) => {
      const connection = connectStan(NATS_CLUSTER_ID, INSTANCE, {
        url: `nats://${host}:${port}`,
        ...login,
        ...(tls && { tls: tlsTo(host) }),
        connectTimeout: 3000,
        ackTimeout: PUBLISH_LIMIT_MS,
        maxPubAcksInflight: 16384,
        // A dead server is noticed after 3 to 4 s, not after the 7.5 minutes that are the default.
        stanPingInterval: 1000,
        stanMaxPingOut: 3,
        reconnectTimeWait: 250,
        maxReconnectAttempts: -1,
        waitOnFirstConnect: false,
      });
      let wasUp = false;
      let ended = false;
      const leave = () => {
        connection.close();
      };
      stopping.signal.addEventListener('abort', leave);
      const end = (reason: unknown) => {
        if (ended) return;
        ended = true;
        clearTimeout(limit);
        if (stan === connection) stan = undefined;
        busConnected.set(0);
        stopping.signal.removeEventListener('abort', leave);
        leave();
        resolve({ wasUp, error: asError(reason) });
      };
      const limit = setTimeout(() => {
        end(new Error(`no answer within ${CONNECT_LIMIT_MS / 1000} s`));
      }, CONNECT_LIMIT_MS);
      connection.on('connect', () => {
        clearTimeout(limit);
        wasUp = true;
        stan = connection;
        busConnected.set(1);
        backing.connected();
        for (const subscription of subscriptions) subscribeOn(connection, subscription);
      });
      connection.on('reconnect', () => {
        backing.connected();
      });
      connection.on('connection_lost', end);
      connection.on('error', (error: unknown) => {
        // Of one that was up the client goes on by itself, until the pings show that it is lost.
        if (wasUp) backing.failed(error);
        else end(error);
      });
      connection.on('close', () => {
        end(new Error('the connection was closed'));
      });
    });
  }

  function drop(connection: Stan): void {
    if (stan === connection) stan = undefined;
    connection.close();
  }

  const running = (async () => {
    for (let [attempt, turn] = [0, 0]; ; attempt++, turn++) {
      const server = servers[turn % servers.length];
      if (server === undefined) return;
      const { wasUp, error } = await live(server);
      if (stopping.signal.aborted || !backing.failed(error)) return;
      if (wasUp) attempt = 0;
      const stopped = backoff(attempt, { maxMs: 2000, signal: stopping.signal }).then(
        () => false,
        () => true,
      );
      if (await stopped) return;
    }
  })();

  return {
    whenConnected: backing.whenConnected,
    check: () => backing.check(),
    get connected() {
      return stan !== undefined;
    },
    publish(subject, text) {
      return new Promise((resolve, reject) => {
        if (stan === undefined) {
          reject(new Error('the bus is unavailable'));
          return;
        }
        stan.publish(subject, text, (error) => {
          if (error) reject(asError(error));
          else resolve();
        });
      });
    },
    subscribe(subject, group, onMessage) {
      const subscription = { subject, group, onMessage };
      subscriptions.push(subscription);
      if (stan) subscribeOn(stan, subscription);
    },
    async close() {
      stopping.abort();
      await running;
    },
  };
}

/**
 * With options for TLS the client neither logs in nor goes on without it. Of itself it would compare the certificate of a
 * server that is an IP address with `localhost`. Its type is that of servers.
 */
const tlsTo = (host: string): object => (isIP(host) === 0 ? { host, servername: host } : { host });

/** The client reports some errors as strings. */
const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

const redeliveryCount = (message: Message): number =>
  // Known to the client, not to its type declarations.
  (message as Message & { getRedeliveryCount?: () => number }).getRedeliveryCount?.() ??
  (message.isRedelivered() ? 1 : 0);
