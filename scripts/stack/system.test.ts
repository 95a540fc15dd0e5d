import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sign, verify } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { instantOf } from './demo-data.ts';
import { environmentOf } from './environments.ts';
import { manage } from './managed-process.ts';
import { writeRecord } from './record.ts';
import { backingSpecs, clientSpec, databaseUrl, routerSpec, sandboxSpec, secretKeys, serviceSpec } from './system.ts';
import { mongoServices, services } from '../services.ts';
import { documentedReaders } from '../settings-table.ts';

describe('secret keys', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'ticketing-keys-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('are generated once, readable for their owner alone', () => {
    const keys = secretKeys({ folder, env: {} }, 'SESSION_KEYS');
    expect(Buffer.byteLength(keys)).toBeGreaterThanOrEqual(32);
    expect(secretKeys({ folder, env: {} }, 'SESSION_KEYS')).toBe(keys);
    expect(readdirSync(folder)).toEqual(['session-keys']);
    expect(statSync(path.join(folder, 'session-keys')).mode & 0o777).toBe(0o600);
  });

  it('are others for each setting', () => {
    const [sessions, deliveries] = [
      secretKeys({ folder, env: {} }, 'SESSION_KEYS'),
      secretKeys({ folder, env: {} }, 'DELIVERY_KEYS'),
    ];
    expect(deliveries).not.toBe(sessions);
    expect(readdirSync(folder).sort()).toEqual(['delivery-keys', 'session-keys']);
  });

  it('of sessions are a private key, and the public key of it', () => {
    const [keys, publicKeys] = [
      secretKeys({ folder, env: {} }, 'SESSION_KEYS'),
      secretKeys({ folder, env: {} }, 'SESSION_PUBLIC_KEYS'),
    ];
    const privateKey = { key: Buffer.from(keys, 'base64'), format: 'der', type: 'pkcs8' } as const;
    const signature = sign('sha256', Buffer.from('text'), privateKey);
    const publicKey = { key: Buffer.from(publicKeys, 'base64'), format: 'der', type: 'spki' } as const;
    expect(verify('sha256', Buffer.from('text'), publicKey, signature)).toBe(true);
    expect(readdirSync(folder)).toEqual(['session-keys']);
    const rotated = { folder, env: { SESSION_KEYS: `${keys},${keys}` } };
    expect(secretKeys(rotated, 'SESSION_PUBLIC_KEYS')).toBe(`${publicKeys},${publicKeys}`);
  });

  it('are those of the environment, where it has some', () => {
    expect(secretKeys({ folder, env: { SESSION_KEYS: 'given' } }, 'SESSION_KEYS')).toBe('given');
  });

  it.each(['given', `${'A'.repeat(64)},`])(
    'name their setting where the environment has %j, which is no key',
    (given) => {
      const read = () => secretKeys({ folder, env: { SESSION_KEYS: given } }, 'SESSION_PUBLIC_KEYS');
      expect(read).toThrow('SESSION_KEYS must be private keys of the curve P-256, DER in base64, separated by commas.');
    },
  );

  it.each(['', '\n', 'too short', 'a key by which sessions were signed before'])(
    'are generated again where the file holds %j',
    (content) => {
      writeFileSync(path.join(folder, 'session-keys'), content);
      const keys = secretKeys({ folder, env: {} }, 'SESSION_KEYS');
      expect(Buffer.byteLength(keys)).toBeGreaterThanOrEqual(32);
      expect(readFileSync(path.join(folder, 'session-keys'), 'utf8')).toBe(keys);
    },
  );
});

describe('the processes of a server', () => {
  const launch = (port: number, _folder: string, node = 1) => ({
    ...{ command: 'server', args: [String(node)], url: `mongodb://127.0.0.1:${port}`, readyLine: /ready/ },
  });
  const cluster = { nodes: 3, url: () => '', form: () => Promise.resolve() };

  it.each([
    ['one', {}, ['mongodb'], [['1']]],
    ['one for each node of a cluster', { cluster }, ['mongodb-1', 'mongodb-2', 'mongodb-3'], [['1'], ['2'], ['3']]],
  ])('are %s, with a port each', async (_, more, names, args) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'ticketing-server-'));
    try {
      let last = 20_000;
      const config = { folder, env: {}, port: () => Promise.resolve(++last) };
      const specs = await backingSpecs(config, 'mongodb', { source: 'a test', launch, ...more });
      expect(specs.map(({ name }) => name)).toEqual(names);
      const keyFile = ['--keyFile', path.join(folder, 'mongodb.conf')];
      expect(specs.map((spec) => spec.args)).toEqual(args.map((own) => [...own, ...keyFile]));
      expect(specs.map((spec) => spec.adminUrl)).toEqual(
        names.map((_name, index) => `mongodb://127.0.0.1:${20_001 + index}`),
      );
      expect(specs.every(({ service }) => service === 'mongodb')).toBe(true);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

it('the pages and the router have metrics on an admin port of their own', async () => {
  let last = 20_200;
  const config = { folder: os.tmpdir(), env: {}, port: () => Promise.resolve(++last) };
  for (const spec of [await clientSpec(config, 'http://127.0.0.1:3000'), await routerSpec(config, 3000, {})]) {
    expect(spec.env['ADMIN_HOST']).toBe('127.0.0.1');
    expect(spec.adminUrl).toBe(`http://127.0.0.1:${String(spec.env['ADMIN_PORT'])}`);
    expect(spec.adminUrl).not.toBe(spec.url);
  }
});

describe('the mails of a stack', () => {
  const neighbours = { sandbox: undefined, mail: 'smtp://127.0.0.1:20001', router: 'http://127.0.0.1:3000' };

  async function environments(env: Record<string, string>, mail: string | undefined) {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'ticketing-mails-'));
    try {
      let last = 20_100;
      const config = { folder, env, port: () => Promise.resolve(++last) };
      const urls = {
        mongodb: 'mongodb://127.0.0.1:27017',
        nats: 'nats://127.0.0.1:4222',
        redis: 'redis://127.0.0.1:6379',
      };
      const envOf = async (service: 'auth' | 'orders') =>
        (await serviceSpec(config, service, 1, urls, { ...neighbours, mail })).env;
      return { auth: await envOf('auth'), orders: await envOf('orders') };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  it('are caught on this machine, and have links to the router', async () => {
    const { auth } = await environments({}, neighbours.mail);
    expect(auth).toMatchObject({ MAIL_URL: neighbours.mail, SITE_URL: neighbours.router });
    expect(auth['MAIL_FROM']).toMatch(/@localhost>$/);
  });

  it('go to the server that is given, whose URL only auth learns', async () => {
    const given = { MAIL_URL: 'smtps://user:secret@mail.example.com', MAIL_FROM: 'a@example.com' };
    const { auth, orders } = await environments(given, undefined);
    expect(auth).toMatchObject(given);
    expect(JSON.stringify(orders)).not.toContain('secret');
  });
});

describe('databaseUrl', () => {
  it('names a database on the server, whatever the URL named before', () => {
    expect(databaseUrl('mongodb://127.0.0.1:27017', 'orders')).toBe('mongodb://127.0.0.1:27017/orders');
    expect(databaseUrl('mongodb://a:1,b:2/test?replicaSet=r', 'orders')).toBe('mongodb://a:1,b:2/orders?replicaSet=r');
    expect(databaseUrl('mongodb://a:1,b:2/?replicaSet=r', 'orders')).toBe('mongodb://a:1,b:2/orders?replicaSet=r');
  });

  it('keeps the database that holds the credentials', () => {
    expect(databaseUrl('mongodb://u:p@host', 'orders')).toBe('mongodb://u:p@host/orders?authSource=admin');
    expect(databaseUrl('mongodb+srv://u:p@host/users', 'orders')).toBe(
      'mongodb+srv://u:p@host/orders?authSource=users',
    );
    expect(databaseUrl('mongodb://u:p@host/?authSource=x', 'orders')).toBe('mongodb://u:p@host/orders?authSource=x');
  });

  it('refuses a URL of another kind', () => {
    expect(() => databaseUrl('http://host', 'orders')).toThrow('MONGO_URL must be');
  });
});

describe('instantOf', () => {
  const now = new Date('2026-03-27T22:00:00Z');
  it('is the instant at which clocks in the zone show the time', () => {
    expect(instantOf(now, 1, '19:30', 'America/New_York').toISOString()).toBe('2026-03-28T23:30:00.000Z');
    expect(instantOf(now, 1, '19:30', 'Asia/Kolkata').toISOString()).toBe('2026-03-28T14:00:00.000Z');
    expect(instantOf(now, 1, '19:30', 'UTC').toISOString()).toBe('2026-03-28T19:30:00.000Z');
  });

  it('accounts for clock changes', () => {
    expect(instantOf(now, 2, '01:30', 'Europe/Berlin').toISOString()).toBe('2026-03-29T00:30:00.000Z');
    expect(instantOf(now, 2, '03:30', 'Europe/Berlin').toISOString()).toBe('2026-03-29T01:30:00.000Z');
  });
});

describe('the processes of a stack', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'ticketing-stack-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const launch = (port: number) => ({ command: 'true', args: [], url: `nats://127.0.0.1:${port}`, readyLine: /x/ });
  const urls = {
    mongodb: 'mongodb://127.0.0.1:1',
    nats: 'nats://operator:p1@127.0.0.1:2',
    redis: 'redis://operator:p2@127.0.0.1:3',
  };
  const documented = documentedReaders();
  const neighbours = { sandbox: undefined, mail: undefined, router: 'http://127.0.0.1:1' };
  async function specs(env: Record<string, string>) {
    let port = 20_000;
    const config = { folder, env, port: () => Promise.resolve(++port) };
    return [
      ...(await Promise.all(services.map((service) => serviceSpec(config, service, 1, urls, neighbours)))),
      await sandboxSpec(config),
      await clientSpec(config, 'http://127.0.0.1:1'),
      await routerSpec(config, 3000, {}),
    ];
  }

  it('get no setting that they have no use for, whatever the environment has', async () => {
    const given = Object.fromEntries([...documented.keys()].map((name) => [name, 'given']));
    const env = { ...given, NATS_URL: 'nats://elsewhere:4222', OTHER_API_TOKEN: 'x', PATH: '/bin' };
    for (const { service, env: own } of await specs(env)) {
      const unused = Object.keys(own).filter(
        (name) => documented.has(name) && !documented.get(name)?.includes(service),
      );
      expect({ service, unused }).toEqual({ service, unused: [] });
      expect(own).not.toHaveProperty('OTHER_API_TOKEN');
      expect(own['PATH']).toBe('/bin');
    }
    expect(Object.keys(environmentOf(env, 'nats'))).toEqual(['PATH']);
  });

  it('have a login of their own on the bus, which nothing but its server and its service knows', async () => {
    const config = { folder, env: {}, port: () => Promise.resolve(20_000) };
    const [nats] = await backingSpecs(config, 'nats', { source: 'a test', launch });
    const logins = (await specs({})).flatMap(({ env: { NATS_URL } }) => NATS_URL ?? []).map((url) => new URL(url));
    expect(logins.map(({ username }) => username)).toEqual(['auth', 'tickets', 'orders', 'payments', 'expiration']);
    for (const { username, password } of logins) {
      expect(nats?.env[`NATS_${username.toUpperCase()}`]).toBe(password);
      expect(readFileSync(path.join(folder, 'nats.conf'), 'utf8')).not.toContain(password);
    }
    expect(new Set(logins.map(({ password }) => password)).size).toBe(5);
    expect(nats?.args.join(' ')).not.toContain(logins[0]?.password ?? 'none');
    const jetStream = { ...config, env: { BUS: 'jetstream' } };
    const [living] = await backingSpecs(jetStream, 'nats', { source: 'a test', launch });
    expect(living?.env['NATS_ORDERS']).toBe(nats?.env['NATS_ORDERS']);
    expect(readFileSync(path.join(folder, 'nats.conf'), 'utf8')).toContain('jetstream {');
    const external = await specs({ NATS_URL: 'nats://elsewhere:4222' });
    expect(external.find(({ service }) => service === 'orders')?.env['NATS_URL']).toBe(urls.nats);
  });

  it('have a user of MongoDB each, whose password no other process gets', async () => {
    const all = await specs({});
    const logins = all.flatMap(({ service, env: { MONGO_URL } }) =>
      MONGO_URL ? [{ service, url: new URL(MONGO_URL) }] : [],
    );
    expect(logins.map(({ url }) => url.username)).toEqual(mongoServices);
    for (const { service, url } of logins) {
      expect(url.pathname).toBe(`/ticketing-${service}`);
      expect(url.searchParams.get('authSource')).toBe(`ticketing-${service}`);
      const others = all.filter((one) => one.service !== service);
      expect(JSON.stringify(others)).not.toContain(url.password);
    }
    const given = await specs({ MONGO_URL: 'mongodb://elsewhere:27017' });
    expect(given.find(({ service }) => service === 'orders')?.env['MONGO_URL']).toBe(
      'mongodb://127.0.0.1:1/ticketing-orders',
    );
  });

  it('have a user of Redis where they use it, who is not the operator, and whose password no other process gets', async () => {
    const config = { folder, env: {}, port: () => Promise.resolve(20_000) };
    const [redis] = await backingSpecs(config, 'redis', { source: 'a test', launch });
    const all = await specs({});
    const [login, ...others] = all.flatMap(({ env: { REDIS_URL } }) => (REDIS_URL ? [new URL(REDIS_URL)] : []));
    expect([login?.username, others]).toEqual(['expiration', []]);
    const password = login?.password ?? 'none';
    expect(JSON.stringify(all.filter(({ service }) => service !== 'expiration'))).not.toContain(password);
    expect(redis?.args.join(' ')).not.toContain(password);
    expect(redis?.url).not.toContain(password);
    expect(readFileSync(path.join(folder, 'redis.conf'), 'utf8')).toMatch(
      new RegExp(`^user default off resetpass .*\nuser expiration on >${password} .*\nuser operator `),
    );
    const given = await specs({ REDIS_URL: 'redis://elsewhere' });
    expect(given.find(({ service }) => service === 'expiration')?.env['REDIS_URL']).toBe(urls.redis);
  });

  it('know every server of a cluster of the bus, by their own user, and keep each message on all of them', async () => {
    const nats = [1, 2, 3].map((port) => `nats://operator:p1@127.0.0.1:${port}`).join();
    const cluster = { NATS_NODES: '3', BUS: 'jetstream' };
    const settings = async (env: Record<string, string>, service: (typeof services)[number] = 'orders') =>
      (await serviceSpec({ folder, env, port: () => Promise.resolve(1) }, service, 1, { ...urls, nats }, neighbours))
        .env;
    const { NATS_URL = '', NATS_REPLICAS } = await settings(cluster);
    const [first = '', ...others] = NATS_URL.split(',');
    expect(NATS_REPLICAS).toBe('3');
    expect(first).toMatch(/^nats:\/\/orders:p\w{64}@127\.0\.0\.1:1$/);
    expect(others).toEqual([2, 3].map((port) => first.replace(/1$/, String(port))));
    expect((await settings({ ...cluster, NATS_REPLICAS: '1' }))['NATS_REPLICAS']).toBe('1');
    const elsewhere = await settings({ ...cluster, NATS_URL: 'nats://elsewhere:4222' });
    expect(elsewhere).not.toHaveProperty('NATS_REPLICAS');
  });

  it('leave files that only their owner reads', async () => {
    const config = { folder, env: {}, port: () => Promise.resolve(20_000) };
    for (const name of ['nats', 'mongodb'] as const) await backingSpecs(config, name, { source: 'a test', launch });
    await specs({});
    const [redis] = await backingSpecs(config, 'redis', { source: 'a test', launch });
    writeRecord(folder, { url: '', supervisor: { pid: 1, identity: null }, startedAt: '', processes: [] });
    const logFile = path.join(folder, 'redis.log');
    if (redis) {
      const supervision = { restartAfterMs: () => undefined, log: () => undefined, changed: () => undefined };
      // A program that runs until it is stopped.
      const sleeper = { command: process.execPath, args: ['-e', 'setInterval(() => {}, 1000)'] };
      const one = manage({ ...redis, ...sleeper, logFile, isReady: () => Promise.resolve(true) }, supervision);
      await one.start();
      await one.stop();
    }
    const open = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name !== 'data')
      .filter((name) => (statSync(path.join(folder, name)).mode & 0o077) !== 0);
    expect(open).toEqual([]);
  });
});
