import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Bus } from '@ticketing/core';
import { eventually, silentLog } from '@ticketing/core/testing';
import { pino } from 'pino';
import { makeCertificate, trustCertificate } from '../../core/test/certificate.ts';
import { plainServer } from '../../core/test/servers.ts';
import { parseRedisUrl } from '../src/redis.ts';
import { createTimers } from '../src/timers.ts';
import { startRedis } from './redis-server.ts';

/** Every printable ASCII character that is neither a letter, a digit nor the space. */
const PASSWORD = `!"#$%&'()*+,-./:;<=>?@[\\]^_\`{|}~`;

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const published: string[] = [];
const bus: Bus = {
  connected: true,
  whenConnected: Promise.resolve(),
  publish: (_subject, text) => Promise.resolve(void published.push(text)),
  subscribe: () => undefined,
  close: () => Promise.resolve(),
};

function connect(REDIS_URL: string, log = silentLog) {
  const timers = createTimers({ REDIS_URL, EXPIRY_GRACE_SECONDS: 0 }, bus, log);
  undo.push(() => timers.close());
  return timers;
}

/** A log that records its warnings. */
function recordedLog() {
  const lines: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => lines.push(line) });
  return { log, text: () => lines.join('') };
}

const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();

describe('REDIS_URL', () => {
  const encoded = encodeURIComponent(PASSWORD);

  it.each([
    ['redis://store', { host: 'store', port: 6379, db: 0 }],
    ['redis://10.0.0.1:7000/', { host: '10.0.0.1', port: 7000, db: 0 }],
    ['redis://[::1]:7000/15', { host: '::1', port: 7000, db: 15 }],
    [`redis://:${encoded}@store`, { host: 'store', port: 6379, db: 0, password: PASSWORD }],
    [`redis://a%20b:${encoded}@store`, { host: 'store', port: 6379, db: 0, username: 'a b', password: PASSWORD }],
    ['rediss://store', { host: 'store', port: 6379, db: 0, tls: { servername: 'store' } }],
    ['rediss://10.0.0.1', { host: '10.0.0.1', port: 6379, db: 0, tls: {} }],
  ])('is parsed: %s', (text, options) => {
    expect(parseRedisUrl(text)).toEqual(options);
  });

  it.each([
    ['another protocol', 'http://store'],
    ['no protocol', 'store:6379'],
    ['a database that is not a number', 'redis://store/orders'],
    ['a path', 'redis://store/1/2'],
    ['a query', 'redis://store?family=6'],
    ['a user without a password', 'redis://user@store'],
    ['a stray percent sign', 'redis://:100%@store'],
  ])('is rejected with %s', (_, text) => {
    expect(parseRedisUrl(text)).toBeUndefined();
  });
});

describe('a Redis with a password', () => {
  const withPassword = (password: string) => ['--requirepass', password];
  async function start() {
    const redis = await startRedis(() => withPassword(PASSWORD));
    undo.push(() => redis.stop());
    return redis;
  }
  const url = (port: number, login: string) => `redis://${login}@127.0.0.1:${port}`;
  const right = `:${encodeURIComponent(PASSWORD)}`;

  it.each([right, `default${right}`])('accepts the right password of any characters: %s', async (login) => {
    const { port } = await start();
    const timers = connect(`${url(port, login)}/3`);
    await timers.whenConnected;
    await timers.check();
    const orderId = `order-${port}`;
    await timers.set({ orderId, expiresAt: inMs(-1000) });
    await eventually(
      () => published.filter((text) => text.includes(orderId)),
      ({ length }) => length === 1,
    );
  });

  it.each([
    ['a wrong password', ':S3CRET', 'WRONGPASS invalid username-password pair or user is disabled.'],
    ['a connection without a password', '', 'NOAUTH Authentication required.'],
    ['a database that does not exist', `${right}@/99`, 'ERR DB index is out of range'],
  ])('rejects %s with one message that does not contain it', async (_, login, reason) => {
    const { port } = await start();
    const { log, text } = recordedLog();
    const [secret = '', path = ''] = login.split('@');
    const timers = connect(`redis://${secret === '' ? '' : `${secret}@`}127.0.0.1:${port}${path}`, log);
    await expect(timers.whenConnected).rejects.toMatchObject({
      name: 'ConfigError',
      message: `REDIS_URL: Redis refuses the connection: ${reason}`,
    });
    await expect(timers.check()).rejects.toThrow();
    expect(text()).not.toContain('S3CRET');
  });

  it('logs one warning while it has another password, and is connected to once the right one is restored', async () => {
    const redis = await start();
    const { log, text } = recordedLog();
    const timers = connect(url(redis.port, right), log);
    await timers.whenConnected;
    await redis.kill();
    redis.start(withPassword('another'));
    await eventually(text, (lines) => lines.includes('Redis refuses the connection; trying again (REDIS_URL)'));
    await expect(timers.set({ orderId: 'refused', expiresAt: inMs(1000) })).rejects.toMatchObject({
      name: 'StoreUnavailableError',
    });
    await expect(timers.check()).rejects.toThrow('Redis is unavailable');
    await redis.kill();
    redis.start();
    await eventually(
      () =>
        timers.check().then(
          () => true,
          () => false,
        ),
      (answers) => answers,
    );
    const orderId = `order-${redis.port}`;
    await timers.set({ orderId, expiresAt: inMs(-1000) });
    await eventually(
      () => published.filter((one) => one.includes(orderId)),
      ({ length }) => length === 1,
    );
    expect(text().match(/refuses the connection/g)).toHaveLength(1);
    expect(text()).not.toMatch(/another|"stack"|args/);
  });
});

describe('the user of Redis that expiration has', () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  let timers: ReturnType<typeof createTimers>;
  beforeAll(async () => {
    redis = await startRedis();
    timers = createTimers({ REDIS_URL: redis.url, EXPIRY_GRACE_SECONDS: 0 }, bus, silentLog);
    await timers.whenConnected;
  });
  afterAll(async () => {
    await timers.close();
    await redis.stop();
  });

  it.each([
    ['read another key', ['GET', 'another']],
    ['write another key', ['SET', 'another', '1']],
    ['write another key in a script', ['EVAL', "return redis.call('SET', 'another', '1')", '0']],
    ['list all keys', ['KEYS', '*']],
    ['delete everything', ['FLUSHALL']],
    ['delete its database', ['FLUSHDB']],
    ['read the configuration', ['CONFIG', 'GET', '*']],
    ['make itself a replica', ['REPLICAOF', '127.0.0.1', '1']],
    ['see what others do', ['MONITOR']],
    ['end connections of others', ['CLIENT', 'KILL', 'TYPE', 'normal']],
    ['change users', ['ACL', 'SETUSER', 'default', 'on', 'nopass']],
    ['stop the server', ['SHUTDOWN', 'NOSAVE']],
    ['publish to another channel', ['PUBLISH', 'another', 'text']],
  ] as const)('may not %s', async (_, [command, ...args]) => {
    await expect(timers.redis.call(command, ...args)).rejects.toThrow(/NOPERM|No permissions|can't access/i);
  });

  it('is the only one: a client without a login is refused', async () => {
    await expect(connect(`redis://127.0.0.1:${redis.port}`).whenConnected).rejects.toThrow('NOAUTH');
  });
});

describe('rediss://', () => {
  it('uses TLS on every connection, and is not ready with a server without TLS', async () => {
    const plain = await plainServer();
    undo.push(() => plain.stop());
    const timers = connect(`rediss://user:S3CRET@127.0.0.1:${plain.port}`);
    await eventually(
      () => plain.received.filter(({ length }) => length > 0),
      // The client and the subscriber; the worker connects after them.
      ({ length }) => length >= 2,
    );
    expect(plain.received.map((bytes) => bytes[0] ?? 0x16)).toEqual(plain.received.map(() => 0x16));
    expect(Buffer.concat(plain.received).toString()).not.toContain('S3CRET');
    await expect(timers.check()).rejects.toThrow('not connected yet');
  });

  it('fails with one message at a Redis without TLS', async () => {
    const plain = await plainServer((socket) => {
      socket.write("-ERR unknown command, with args beginning with: 'x'\r\n");
    });
    undo.push(() => plain.stop());
    await expect(connect(`rediss://user:S3CRET@127.0.0.1:${plain.port}`).whenConnected).rejects.toThrow(
      /^REDIS_URL: Redis refuses the connection: .*(wrong version number|packet length too long)/,
    );
  });

  describe('to a Redis with a certificate', () => {
    async function start(names?: string) {
      const certificate = makeCertificate(names);
      const redis = await startRedis((port) => [
        ...['--port', '0', '--tls-port', `${port}`, '--tls-auth-clients', 'no'],
        ...['--tls-cert-file', certificate.cert, '--tls-key-file', certificate.key],
        ...['--tls-ca-cert-file', certificate.cert],
      ]);
      undo.push(
        () => {
          certificate.remove();
        },
        () => redis.stop(),
      );
      return { port: redis.port, certificate };
    }

    it.each(['127.0.0.1', 'localhost'])('connects to %s when its CA is trusted', async (host) => {
      const { port, certificate } = await start();
      undo.push(trustCertificate(certificate.cert));
      const timers = connect(`rediss://${host}:${port}`);
      await timers.whenConnected;
      const orderId = `order-${port}`;
      await timers.set({ orderId, expiresAt: inMs(-1000) });
      await eventually(
        () => published.filter((text) => text.includes(orderId)),
        ({ length }) => length === 1,
      );
    });

    it('refuses a certificate of an unknown CA', async () => {
      const { port } = await start();
      await expect(connect(`rediss://127.0.0.1:${port}`).whenConnected).rejects.toThrow(
        /^REDIS_URL: Redis refuses the connection: .*self-signed certificate/,
      );
    });

    it.each(['127.0.0.1', 'localhost'])('refuses a certificate for another host than %s', async (host) => {
      const { port, certificate } = await start('DNS:elsewhere.example');
      undo.push(trustCertificate(certificate.cert));
      await expect(connect(`rediss://${host}:${port}`).whenConnected).rejects.toThrow(
        /^REDIS_URL: Redis refuses the connection: .*does not match certificate/,
      );
    });
  });
});

describe('a Redis in cluster mode', () => {
  it('is ready only once a timer can be set, and then fires timers', async () => {
    const redis = await startRedis(() => ['--cluster-enabled', 'yes', '--appendonly', 'no']);
    undo.push(() => redis.stop());
    const timers = connect(redis.url);
    await eventually(
      () => timers.check().catch(String),
      (outcome) => String(outcome).includes('CLUSTERDOWN'),
    );
    await timers.redis.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    await eventually(
      () => timers.check().catch(String),
      (outcome) => outcome === undefined,
    );
    const orderId = 'a-cluster-1';
    await timers.set({ orderId, expiresAt: inMs(0) });
    await eventually(
      () => published,
      (events) => events.some((text) => text.includes(orderId)),
    );
  });
});

describe('a Redis that can not be written to', () => {
  it('is not ready', async () => {
    const redis = await startRedis(() => ['--replicaof', '127.0.0.1', '1']);
    undo.push(() => redis.stop());
    const timers = connect(redis.url);
    await eventually(
      () => timers.check().catch(String),
      (outcome) => String(outcome).includes('READONLY'),
    );
  });
});
