import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { mongo } from 'mongoose';
import { redisUsers } from '../../scripts/redis-rights.ts';
import { entries, mongoServices, services } from '../../scripts/services.ts';
import { documentedReaders } from '../../scripts/settings-table.ts';
import { freePort } from '../../scripts/stack/ports.ts';
import { mongodBinary } from '../local/mongod.ts';
import { redis } from '../local/redis.ts';
import { root } from '../local/tools.ts';
import { edges, nameOf, parse, render, workloads } from './manifests.ts';
import type { Container, Resource, Workload } from './manifests.ts';

const withStores = ['dev', 'hot', 'test', 'local-ha'] as const;
const overlays = [...withStores, 'production'] as const;
type Overlay = (typeof overlays)[number];

const rendered = {} as Record<Overlay, Resource[]>;
beforeAll(async () => {
  for (const overlay of overlays) rendered[overlay] = parse(await render(overlay));
}, 120_000);

/** The workload of this name; throws if there is none. */
function find(overlay: Overlay, name: string): Workload {
  const found = workloads(rendered[overlay]).find(({ metadata }) => metadata.name === name);
  if (!found) throw new Error(`The overlay ${overlay} has no ${name}.`);
  return found;
}
function containerOf(overlay: Overlay, name: string): Container {
  const [container] = find(overlay, name).spec.template.spec.containers;
  if (!container) throw new Error(`${name} has no container.`);
  return container;
}
const dataOf = (overlay: Overlay, name: string): Record<string, string> =>
  rendered[overlay].find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name)?.data ?? {};

/** A stand-in for what the Job generates under this name. */
const secretOf = (key: string): string => `k${createHash('sha256').update(key).digest('hex')}`;

/** A text with its references to variables replaced, as Kubernetes does it; those to unknown ones stay. */
const resolve = (text: string, variables: Record<string, string>): string =>
  text.replaceAll(/\$\((\w+)\)/g, (reference, name: string) => variables[name] ?? reference);

/** The variables of a container, each of which may refer to those before it. */
function variablesOf(overlay: Overlay, { envFrom = [], env = [] }: Container): Record<string, string> {
  const variables: Record<string, string> = Object.assign(
    {},
    ...envFrom.map(({ configMapRef }) => (configMapRef ? dataOf(overlay, configMapRef.name) : {})),
  ) as Record<string, string>;
  for (const { name, value, valueFrom } of env)
    variables[name] = value === undefined ? secretOf(valueFrom?.secretKeyRef?.key ?? name) : resolve(value, variables);
  return variables;
}

const wordsOf = (overlay: Overlay, container: Container): string[] => {
  const variables = variablesOf(overlay, container);
  return [...(container.command ?? []), ...(container.args ?? [])].map((word) => resolve(word, variables));
};

/** The keys in the Secret with the passwords that a container reads. */
const passwordsOf = ({ env = [] }: Container): string[] =>
  env.flatMap(({ valueFrom }) =>
    valueFrom?.secretKeyRef?.name === 'store-passwords' ? [valueFrom.secretKeyRef.key] : [],
  );

/** How each kind of server that is not ours is known to refuse clients without a login. */
const refusals: Record<string, (overlay: Overlay, workload: Workload, words: string[]) => boolean> = {
  mongo: (_overlay, _workload, words) => words.includes('--keyFile'),
  // A default user that is off but may log in without a password puts Redis into protected mode.
  redis: (_overlay, _workload, words) => words.join(' ').includes('--user default off resetpass'),
  nats: hasUsersOnly,
  'nats-streaming': hasUsersOnly,
};

/** Whether the configuration that a server of NATS reads has users, each with a password from the environment. */
function hasUsersOnly(overlay: Overlay, { spec }: Workload, words: string[]): boolean {
  const { containers, volumes = [] } = spec.template.spec;
  const folder = path.dirname(words[words.indexOf('-c') + 1] ?? '');
  const mounted = containers[0]?.volumeMounts?.find(({ mountPath }) => mountPath === folder)?.name;
  const config = volumes.find(({ name }) => name === mounted)?.configMap?.name ?? '';
  const text = Object.values(dataOf(overlay, config)).join('\n');
  const users = text.match(/\{ user: \w+.*/g) ?? [];
  return users.length >= services.length && users.every((user) => /password: \$NATS_\w+/.test(user));
}

describe.each(withStores)('the stores and the bus of the overlay %s', (overlay) => {
  it('refuse every client without a login', () => {
    const servers = workloads(rendered[overlay])
      .filter(({ kind }) => kind === 'StatefulSet')
      .flatMap((workload) => workload.spec.template.spec.containers.map((container) => ({ workload, container })))
      .filter(({ container: { image } }) => !image.startsWith('ticketing/'));
    expect(servers.length).toBeGreaterThanOrEqual(mongoServices.length + 2);
    const open = servers.filter(({ workload, container }) => {
      const refuses = refusals[container.image.replace(/:.*/, '')];
      return !refuses?.(overlay, workload, wordsOf(overlay, container));
    });
    expect(open.map(({ workload }) => nameOf(workload))).toEqual([]);
  });

  it('know each service by a user of its own, whose password no other service reads', () => {
    for (const service of services) {
      const container = containerOf(overlay, service);
      const { MONGO_URL, REDIS_URL, NATS_URL = '' } = variablesOf(overlay, container);
      const store = entries[service].store === 'mongodb' ? MONGO_URL : REDIS_URL;
      const own = service.toUpperCase();
      const passwords = entries[service].store === 'mongodb' ? [`MONGO_${own}`] : ['REDIS_PASSWORD'];
      expect(passwordsOf(container).sort()).toEqual([...passwords, `NATS_${own}`].sort());
      expect(store).toMatch(new RegExp(`^\\w+://${service}:${secretOf(passwords[0] ?? '')}@`));
      for (const url of NATS_URL.split(','))
        expect(url).toMatch(new RegExp(`^nats://${service}:${secretOf(`NATS_${own}`)}@`));
      if (MONGO_URL !== undefined)
        expect(new URL(MONGO_URL.replace(/,[^/]+/, '')).pathname).toBe(`/ticketing-${service}`);
    }
  });

  it('have the passwords that the Job generates, no more and no fewer', () => {
    const made = variablesOf(overlay, containerOf(overlay, 'secrets'))['PASSWORDS']?.split(' ') ?? [];
    const read = workloads(rendered[overlay]).flatMap(({ spec }) => spec.template.spec.containers.flatMap(passwordsOf));
    expect(made.sort()).toEqual([...new Set(read)].sort());
  });

  it('have a key for each MongoDB, which only that MongoDB and the Job for its set read', () => {
    for (const service of mongoServices) {
      const readers = workloads(rendered[overlay]).filter(({ spec }) =>
        spec.template.spec.containers.some((one) => passwordsOf(one).includes(`MONGO_KEY_${service.toUpperCase()}`)),
      );
      const set = overlay === 'local-ha' ? [`${service}-mongo-set`] : [];
      expect(readers.map(nameOf).sort()).toEqual([`${service}-mongo`, ...set]);
    }
  });
});

describe.each(overlays)('the pods of the overlay %s', (overlay) => {
  it('refer only to variables that are set before', () => {
    const unknown = workloads(rendered[overlay]).flatMap((workload) =>
      workload.spec.template.spec.containers.flatMap((container) =>
        [...Object.values(variablesOf(overlay, container)), ...wordsOf(overlay, container)].filter((text) =>
          /\$\(\w+\)/.test(text),
        ),
      ),
    );
    expect(unknown).toEqual([]);
  });

  it('get no setting that they have no use for', () => {
    const documented = documentedReaders();
    const unused = [...services, 'client', 'router'].flatMap((name) => {
      const container = containerOf(overlay, name);
      const texts = JSON.stringify([container.env, container.command, container.args]);
      return Object.keys(variablesOf(overlay, container))
        .filter((setting) => !(documented.get(setting)?.includes(name) ?? texts.includes(`$(${setting})`)))
        .map((setting) => `${name}: ${setting}`);
    });
    expect(unused).toEqual([]);
  });

  it('are out of reach for a pod without a role, in this namespace and, but for what visitors use, in any other', () => {
    const template = { metadata: { labels: { 'app.kubernetes.io/part-of': 'ticketing' } }, spec: { containers: [] } };
    const stranger = { kind: 'Deployment', metadata: { name: 'stranger' }, spec: { template } };
    const all = edges([...rendered[overlay], stranger]);
    expect(all.filter((edge) => edge.startsWith('nameless > '))).toEqual([]);
    const visited = [...services.filter((service) => entries[service].route !== null), 'client'];
    expect(all.filter((edge) => edge.startsWith('cluster > '))).toEqual(
      visited.map((name) => `cluster > ${name}:3000`).sort(),
    );
  });
});

describe('a server as the overlay dev starts it', () => {
  let folder: string;
  let running: ChildProcess[];
  let clients: { close: () => unknown }[];
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'ticketing-access-'));
    for (const name of ['bin', 'data']) mkdirSync(path.join(folder, name));
    [running, clients] = [[], []];
  });
  afterEach(async () => {
    for (const client of clients) await client.close();
    for (const child of running) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  /** Starts a container's command with its data in a folder, and resolves when its output matches. */
  async function start(name: string, replaced: Record<string, string>, more: string[], ready: RegExp): Promise<void> {
    const container = containerOf('dev', name);
    const [command = '', ...args] = wordsOf('dev', container).map((word) =>
      Object.entries(replaced).reduce((text, [from, to]) => text.replace(from, to), word),
    );
    const child = spawn(command, [...args, ...more], {
      env: { ...process.env, ...variablesOf('dev', container), PATH: `${folder}/bin:${process.env['PATH'] ?? ''}` },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    running.push(child);
    await new Promise<void>((resolve, reject) => {
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        if (ready.test(output)) resolve();
      });
      child.once('error', reject);
      child.once('exit', () => {
        reject(new Error(`${name} did not start:\n${output.slice(-2000)}`));
      });
    });
  }

  /** Runs a script for the MongoDB shell, which waits for its own calls, against the server at a port. */
  async function inShell(script: string, variables: Record<string, string>, port: number): Promise<void> {
    class Mongo {
      readonly client: mongo.MongoClient;
      constructor(url: string) {
        this.client = new mongo.MongoClient(url.replace(':27017', `:${port}`), { serverSelectionTimeoutMS: 500 });
        clients.push(this.client);
      }
      getDB(name: string) {
        return { runCommand: (command: mongo.Document) => this.client.db(name).command({ ...command }) };
      }
    }
    const waiting = script.replaceAll(/(?:\w+\.runCommand|sleep)\(/g, 'await $&');
    await (runInNewContext(`(async () => { ${waiting} })()`, {
      ...{ process: { env: variables }, Mongo, sleep: delay, print: () => undefined },
    }) as Promise<void>);
  }

  it('MongoDB lets the service at its own database and nobody else at anything', async () => {
    symlinkSync((await mongodBinary(process.env)).binary, path.join(folder, 'bin/mongod'));
    const [port, server] = [await freePort(new Set()), find('dev', 'orders-mongo').spec.template.spec];
    const scripts = server.volumes?.find(({ name }) => name === 'users')?.configMap?.name ?? '';
    const variables = variablesOf('dev', containerOf('dev', 'orders-mongo'));
    const makeUser = (change: Record<string, string> = {}) =>
      inShell(dataOf('dev', scripts)['users.js'] ?? '', { ...variables, ...change }, port);
    const { MONGO_URL = '' } = variablesOf('dev', containerOf('dev', 'orders'));
    const ownUrl = MONGO_URL.replace('orders-mongo:27017', `127.0.0.1:${port}`);
    const connect = (url: string) => {
      const client = new mongo.MongoClient(url, { serverSelectionTimeoutMS: 5_000 });
      clients.push(client);
      return client.connect();
    };

    // The script waits for the server.
    const made = makeUser();
    await start(
      'orders-mongo',
      { '/tmp/key': `${folder}/key`, '/data/db': `${folder}/data`, '--bind_ip_all': '--bind_ip=127.0.0.1' },
      ['--port', String(port)],
      /Waiting for connections/i,
    );
    await made;

    const own = await connect(ownUrl);
    const document = { _id: 'kept' } as unknown as mongo.Document;
    await own.db().collection('orders').insertOne(document);
    expect(await own.db().collection('orders').countDocuments()).toBe(1);
    const refused = { code: 13 };
    for (const other of ['ticketing-auth', 'admin', 'local'])
      await expect(own.db(other).collection('things').findOne()).rejects.toMatchObject(refused);
    await expect(own.db('admin').command({ getLog: 'global' })).rejects.toMatchObject(refused);
    const anonymous = await connect(ownUrl.replace(/\/\/.*@/, '//'));
    await expect(anonymous.db('ticketing-orders').collection('orders').findOne()).rejects.toMatchObject(refused);

    // A second start, with another password.
    await makeUser({ MONGO_PASSWORD: 'k2' });
    await expect(connect(ownUrl)).rejects.toMatchObject({ code: 18 });
    const again = await connect(ownUrl.replace(/:\w+@/, ':k2@'));
    expect(await again.db().collection('orders').countDocuments()).toBe(1);
  }, 60_000);

  it('Redis lets expiration at its timers and nobody else at anything', async () => {
    const found = await redis({ ...process.env, REDIS_URL: undefined });
    if (!('launch' in found)) throw new Error('There is no program to test.');
    symlinkSync(found.launch(1, folder).command, path.join(folder, 'bin/redis-server'));
    const port = await freePort(new Set());
    const more = ['--port', String(port), '--bind', '127.0.0.1'];
    await start('redis', { '/data': `${folder}/data` }, more, /Ready to accept connections/);
    const connect = (url: string) => {
      const client = new Redis(url, { retryStrategy: () => null, enableReadyCheck: false });
      clients.push({
        close: () => {
          client.disconnect();
        },
      });
      return client;
    };
    const { REDIS_URL = '' } = variablesOf('dev', containerOf('dev', 'expiration'));
    const own = connect(REDIS_URL.replace('redis:6379', `127.0.0.1:${port}`));
    expect(await own.set('{bull}:expiration:id', '1')).toBe('OK');
    await expect(own.set('another', '1')).rejects.toThrow('NOPERM');
    await expect(own.flushall()).rejects.toThrow('NOPERM');
    await expect(own.config('GET', '*')).rejects.toThrow('NOPERM');
    await expect(connect(`redis://127.0.0.1:${port}`).get('{bull}:expiration:id')).rejects.toThrow('NOAUTH');
  }, 30_000);
});

describe('MongoDB in the overlays', () => {
  it('is ready only once the user of the service is made, where it is one server', () => {
    for (const overlay of ['dev', 'hot', 'test'] as const)
      for (const service of mongoServices) {
        const { lifecycle, volumeMounts } = containerOf(overlay, `${service}-mongo`);
        expect(lifecycle?.postStart?.exec.command.at(-1)).toBe('/users/users.js');
        expect(volumeMounts).toContainEqual({ name: 'users', mountPath: '/users' });
      }
  });

  it('gets the user of the service from the Job that initiates its set, after that', () => {
    for (const service of mongoServices) {
      expect(containerOf('local-ha', `${service}-mongo`)).not.toHaveProperty('lifecycle');
      const job = containerOf('local-ha', `${service}-mongo-set`);
      expect(job.command?.slice(-2)).toEqual(['/script/initiate.js', '/users/users.js']);
      const { MONGO_USER, MONGO_DATABASE, MONGO_KEY } = variablesOf('local-ha', job);
      expect({ MONGO_USER, MONGO_DATABASE }).toEqual({ MONGO_USER: service, MONGO_DATABASE: `ticketing-${service}` });
      expect(MONGO_KEY).toBe(variablesOf('local-ha', containerOf('local-ha', `${service}-mongo`))['MONGO_KEY']);
    }
  });
});

describe('the guide to production', () => {
  it('gives expiration the rights in Redis that it has here', () => {
    const guide = readFileSync(path.join(root, 'docs/kubernetes.md'), 'utf8');
    const [, user = []] = redisUsers([{ name: 'expiration', password: 'PASSWORD' }]);
    expect(guide.replaceAll(/ \\\n +/g, ' ').replaceAll("'", '')).toContain(`acl setuser ${user.join(' ')}`);
  });
});
