import { isIP } from 'node:net';
import { parseServerUrl } from '@ticketing/runtime';
import { Redis } from 'ioredis';
import type { RedisOptions } from 'ioredis';

/** Parses REDIS_URL into the client's options; undefined when it is malformed. */
export function parseRedisUrl(text: string): RedisOptions | undefined {
  const url = parseServerUrl(text, ['redis:', 'rediss:'], 6379);
  if (!url || !/^(\/\d{1,5})?$/.test(url.path)) return undefined;
  const { host, port, protocol, user, password } = url;
  if (user !== '' && password === '') return undefined;
  return {
    ...{ host, port, db: Number(url.path.slice(1)) },
    ...(user !== '' && { username: user }),
    ...(password !== '' && { password }),
    ...(protocol === 'rediss:' && { tls: isIP(host) === 0 ? { servername: host } : {} }),
  };
}

/**
 * A client whose commands may be rejected unobserved. On a new connection the client subscribes again and Bull names the
 * connection, and neither handles the result; without this an unhandled rejection would end the process.
 */
class Client extends Redis {
  override sendCommand(...args: Parameters<Redis['sendCommand']>): unknown {
    const promise = super.sendCommand(...args) as Promise<unknown>;
    promise.catch(() => undefined);
    return promise;
  }
}

const MAX_DELAY_MS = 2000;
/** A failure longer ago than this does not add to the backoff. */
const FORGET_MS = 10_000;

/** Creates a client that connects at once and reconnects with backoff. It notifies `backing` once Redis has answered on a new connection. */
export function connectRedis(options: RedisOptions, backing?: { connected(): void }): Redis {
  let attempt = 0;
  let lastAt = 0;
  const client = new Client({
    ...options,
    connectTimeout: 3000,
    // Bull requires that its blocking and subscribing clients have no retry limit and no ready check.
    ...(backing === undefined && { maxRetriesPerRequest: null }),
    enableReadyCheck: false,
    // The client's own count restarts with each connection, even if the password is then refused.
    retryStrategy() {
      const now = Date.now();
      attempt = now - lastAt > FORGET_MS ? 0 : attempt + 1;
      lastAt = now;
      return Math.min(MAX_DELAY_MS, 50 * 2 ** attempt) * (0.5 + Math.random() / 2);
    },
  });
  if (backing) {
    client.on('ready', () => {
      // The client emits `ready` before Redis has checked the password.
      client.ping().then(
        () => {
          backing.connected();
        },
        () => undefined,
      );
    });
  }
  return client;
}
