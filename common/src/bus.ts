import { connect as connectStan } from 'node-nats-streaming';
import type { Message, Stan } from 'node-nats-streaming';
import type { Logger } from './logging.ts';
import { busConnected } from './metrics.ts';
import { backoff } from './time.ts';

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
  /** Resolves when the bus has answered for the first time. */
  readonly whenConnected: Promise<void>;
  /** Resolves once the bus has stored the message; rejects when that is unknown, and it may be published again. */
  publish(subject: string, text: string): Promise<void>;
  /**
   * Takes part in the group's share of a subject, from its first message on; the group's place outlives its members.
   * The subscription is made anew whenever the connection is.
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
 * Connects to NATS Streaming in the background and answers at once; a lost connection is rebuilt with backoff, with all
 * its subscriptions.
 */
export function connectBus({ NATS_URL, NATS_CLUSTER_ID, INSTANCE }: BusOptions, log: Logger): Bus {
  const subscriptions: Subscription[] = [];
  let stan: Stan | undefined;
  const stopping = new AbortController();
  const first = Promise.withResolvers<undefined>();

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
      log.warn({ err: asError(error), subject }, 'a subscription failed; connecting anew');
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

  /** One connection's life: resolves when it has ended, with whether it ever was up. */
  function live(): Promise<boolean> {
    return new Promise((resolve) => {
      const connection = connectStan(NATS_CLUSTER_ID, INSTANCE, {
        url: NATS_URL,
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
        if (stan === connection) stan = undefined;
        busConnected.set(0);
        stopping.signal.removeEventListener('abort', leave);
        leave();
        if (!stopping.signal.aborted)
          log.warn({ err: asError(reason) }, 'the bus is away; what is said meanwhile waits in the outboxes');
        resolve(wasUp);
      };
      connection.on('connect', () => {
        wasUp = true;
        stan = connection;
        first.resolve(undefined);
        busConnected.set(1);
        log.info('connected to the bus');
        for (const subscription of subscriptions) subscribeOn(connection, subscription);
      });
      connection.on('connection_lost', end);
      connection.on('error', (error: unknown) => {
        if (wasUp) log.warn({ err: asError(error) }, 'the bus reports an error');
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
    for (let attempt = 0; !stopping.signal.aborted; attempt++) {
      if (await live()) attempt = 0;
      await backoff(attempt, { maxMs: 2000, signal: stopping.signal }).catch(() => undefined);
    }
  })();

  return {
    whenConnected: first.promise,
    get connected() {
      return stan !== undefined;
    },
    publish(subject, text) {
      return new Promise((resolve, reject) => {
        if (stan === undefined) {
          reject(new Error('the bus is away'));
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

/** The client reports some errors as strings. */
const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

const redeliveryCount = (message: Message): number =>
  // Known to the client, not to its type declarations.
  (message as Message & { getRedeliveryCount?: () => number }).getRedeliveryCount?.() ??
  (message.isRedelivered() ? 1 : 0);
