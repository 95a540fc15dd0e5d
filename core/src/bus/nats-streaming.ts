import { connect as connectStan } from 'node-nats-streaming';
import type { Message, Stan } from 'node-nats-streaming';
import { z } from 'zod';
import { ConfigError, asError, parseNatsUrls, watchBacking } from '@ticketing/runtime';
import type { Backing, Logger, NatsServer } from '@ticketing/runtime';
import { urgentEvents } from '@ticketing/common';
import { busConnected } from '../metrics.ts';
import type { Bus, BusMessage } from './bus.ts';
import { keepConnected, tlsTo } from './keep-connected.ts';
import type { Ended } from './keep-connected.ts';

/** The settings of NATS Streaming. */
export const natsStreamingSettings = {
  NATS_URL: z
    .string()
    .refine(
      (text) => parseNatsUrls(text) !== undefined,
      'must be nats://host:port or tls://host:port, or several with commas between them; special characters in user and password percent-encoded, and nothing after the port',
    ),
  NATS_CLUSTER_ID: z
    .string()
    .regex(/^[\w-]+$/, 'must be letters, digits, - and _')
    .default('ticketing'),
};

export interface NatsStreamingOptions {
  NATS_URL: string;
  NATS_CLUSTER_ID: string;
  /** The client id: NATS Streaming disconnects an earlier client of the same id only when that one no longer responds. */
  INSTANCE: string;
}

/** Longer than any handler takes. Unacknowledged messages are redelivered after this, also those of a crashed process. */
const ACK_WAIT_MS = 5000;
/**
 * The same for urgent events, whose handlers take milliseconds. A restarted server gives a message also to a client that has not
 * reconnected yet, where it is lost: it is delivered when this time has passed.
 */
const URGENT_ACK_WAIT_MS = 1000;
/** Concurrent handlers batch their writes, so a larger window costs less per message; also, a burst is handled before its consequences. */
const MAX_IN_FLIGHT = 512;
const PUBLISH_LIMIT_MS = 5000;
/** The client itself sets no limit on a server that accepts the connection and then sends nothing. */
const CONNECT_LIMIT_MS = 10_000;

interface Subscription {
  subject: string;
  group: string;
  onMessage: (message: BusMessage) => void;
}

/**
 * Connects to NATS Streaming in the background, trying the servers in turn. A lost connection is terminal for the client, so
 * a new client replaces it, with backoff, and subscribes again. Throws a ConfigError when NATS_URL is malformed.
 */
export function connectNatsStreaming(
  { NATS_URL, NATS_CLUSTER_ID, INSTANCE }: NatsStreamingOptions,
  log: Logger,
): Bus & Backing {
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
      .setAckWait(urgentEvents.has(subject) ? URGENT_ACK_WAIT_MS : ACK_WAIT_MS)
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
        ack() {
          try {
            message.ack();
          } catch {
            // The connection is lost, so the message is redelivered.
          }
        },
      });
    });
  }

  /** Runs one connection: resolves when it has ended, with the reason and with whether it was ever up. */
  function run({ host, port, tls, login }: NatsServer): Promise<Ended> {
    return new Promise((resolve) => {
      const connection = connectStan(NATS_CLUSTER_ID, INSTANCE, {
        url: `nats://${host}:${port}`,
        ...login,
        ...(tls && { tls: tlsTo(host) }),
        connectTimeout: 3000,
        ackTimeout: PUBLISH_LIMIT_MS,
        maxPubAcksInflight: 16384,
        // Detects a dead server after 3 to 4 s; the defaults take 7.5 minutes.
        stanPingInterval: 1000,
        stanMaxPingOut: 3,
        // A server that was killed may have lost a subscription that it had confirmed: it writes one that continues those of a client
        // that has left to its disk only with the next message. So every connection subscribes again.
        reconnect: false,
      });
      let wasUp = false;
      let [ended, left] = [false, false];
      // Once: while it waits for the server's answer, a second close would wait for another one, up to 3 s.
      const leave = () => {
        if (left) return;
        left = true;
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
      // Ends its publications with an error. At the `close` that follows the client would report them as acknowledged.
      connection.on('disconnect', leave);
      connection.on('connection_lost', end);
      connection.on('error', (error: unknown) => {
        // A client that was connected goes on, or its connection ends.
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

  const running = keepConnected(servers, run, (error) => backing.failed(error), stopping.signal);

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
