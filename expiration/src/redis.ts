import { isIP } from 'node:net';
import { parseServerUrl } from '@ticketing/common';
import { Redis } from 'ioredis';
import type { RedisOptions } from 'ioredis';

/** Reads REDIS_URL as the client's options; undefined when it can't be honoured. */
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
 * A client whose commands may fail without anyone waiting for them: the client itself subscribes again when a connection is
 * renewed, and Bull gives its connection a name, and neither looks at what comes of it. A rejection that nothing handles
 * would end the process.
 */
class Client extends Redis {
  override sendCommand(...args: Parameters<Redis['sendCommand']>): unknown {
    const promise = super.sendCommand(...args) as Promise<unknown>;
    promise.catch(() => undefined);
    return promise;
  }
}

const MAX_DELAY_MS = 2000;
/** A connection that failed longer ago than this has nothing to do with the next. */
const FORGET_MS = 10_000;

/** Makes a client that connects at once, and again with backoff; it tells `backing` whenever Redis has answered on a new connection. */
export function connectRedis(options: RedisOptions, backing?: { connected(): void }): Redis {
  let attempt = 0;
  let lastAt = 0;
  const client = new Client({
    ...options,
    connectTimeout: 3000,
    // Bull's blocking and subscribing clients must have neither a limit of tries nor the check.
    ...(backing === undefined && { maxRetriesPerRequest: null }),
    enableReadyCheck: false,
    // Not the client's own count: it starts again with each connection, also where the password is refused after that.
    retryStrategy() {
      const now = Date.now();
      attempt = now - lastAt > FORGET_MS ? 0 : attempt + 1;
      lastAt = now;
      return Math.min(MAX_DELAY_MS, 50 * 2 ** attempt) * (0.5 + Math.random() / 2);
    },
  });
  if (backing) {
    client.on('ready', () => {
      // It is called ready before the password was looked at.
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
