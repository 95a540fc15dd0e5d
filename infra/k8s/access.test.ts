import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '@ticketing/core/testing';
import { Redis } from 'ioredis';
import { mongo } from 'mongoose';
import { redisUsers } from '../../scripts/redis-rights.ts';
import { entries, mongoServices, services } from '../../scripts/services.ts';
import { documentedReaders } from '../../scripts/settings-table.ts';
import { freePort } from '../../scripts/stack/ports.ts';
import { mongodBinary } from '../local/mongod.ts';
import { redis } from '../local/redis.ts';
import { root, run } from '../local/tools.ts';
import { edges, nameOf, parse, render, workloads } from './manifests.ts';
import type { Container, Resource, Workload } from './manifests.ts';

const withStores = ['dev', 'hot', 'test', 'local-ha'] as const;
const overlays = [...withStores, 'production'] as const;
type Overlay = (typeof overlays)[number];

const rendered = {} as Record<Overlay, Resource[]>;
beforeAll(async () => {
  for (const overlay of overlays) rendered[overlay] = parse(await render(overlay));
});

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
/** The container beside the MongoDB of a service; throws if there is none. */
function containerBeside(overlay: Overlay, service: string): Container {
  const [container] = find(overlay, `${service}-mongo`).spec.template.spec.initContainers ?? [];
  if (!container) throw new Error(`Nothing is beside the MongoDB of ${service}.`);
  return container;
}
const dataOf = (overlay: Overlay, name: string): Record<string, string> =>
  rendered[overlay].find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name)?.data ?? {};

/** A file of the ConfigMap that a workload mounts as this volume; throws if there is none. */
function fileOf(overlay: Overlay, workload: string, volume: string, file: string): string {
  const { volumes = [] } = find(overlay, workload).spec.template.spec;
  const text = dataOf(overlay, volumes.find(({ name }) => name === volume)?.configMap?.name ?? '')[file];
  if (text === undefined) throw new Error(`${workload} mounts no ${file}.`);
  return text;
}

/** A value in place of the one that the Job generates under this name. */
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

describe('a server as an overlay starts it', () => {
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
  async function start(
    name: string,
    replaced: Record<string, string>,
    more: string[],
    ready: RegExp,
    overlay: Overlay = 'dev',
  ): Promise<void> {
    const container = containerOf(overlay, name);
    const [command = '', ...args] = wordsOf(overlay, container).map((word) =>
      Object.entries(replaced).reduce((text, [from, to]) => text.replace(from, to), word),
    );
    const child = spawn(command, [...args, ...more], {
      env: { ...process.env, ...variablesOf(overlay, container), PATH: `${folder}/bin:${process.env['PATH'] ?? ''}` },
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

  /** Writes a script of an overlay, with the addresses of its servers replaced, to a file. Returns its path. */
  function writeScript(text: string): string {
    const file = path.join(folder, `${createHash('sha256').update(text).digest('hex')}.mjs`);
    writeFileSync(file, text);
    return file;
  }
  /** Runs such a script. Rejects when it fails. */
  const runScript = (text: string, variables: Record<string, string>): Promise<string> =>
    run(process.execPath, [writeScript(text)], { env: variables });

  it('MongoDB lets the service at its own database and nobody else at anything', async () => {
    symlinkSync((await mongodBinary(process.env)).binary, path.join(folder, 'bin/mongod'));
    const port = await freePort(new Set());
    const variables = variablesOf('dev', containerBeside('dev', 'orders'));
    const script = fileOf('dev', 'orders-mongo', 'users', 'users.mjs').replace('127.0.0.1:27017', `127.0.0.1:${port}`);
    const makeUser = (change: Record<string, string> = {}) => runScript(script, { ...variables, ...change });
    const { MONGO_URL = '' } = variablesOf('dev', containerOf('dev', 'orders'));
    const ownUrl = MONGO_URL.replace('orders-mongo:27017', `127.0.0.1:${port}`);
    const connect = (url: string) => {
      const client = new mongo.MongoClient(url, { serverSelectionTimeoutMS: 60_000 });
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
  });

  it('MongoDB becomes one replica set in local-ha, once all members are up, with the user of the service', async () => {
    symlinkSync((await mongodBinary(process.env)).binary, path.join(folder, 'bin/mongod'));
    const ports = new Set<number>();
    const hosts: string[] = [];
    for (let index = 0; index < 3; index++) hosts.push(`127.0.0.1:${await freePort(ports)}`);
    const startMember = async (host: string) => {
      const [, port = ''] = host.split(':');
      mkdirSync(path.join(folder, port));
      const replaced = { '/tmp/key': `${folder}/key-${port}`, '/data/db': `${folder}/${port}` };
      const loopback = { '--bind_ip_all': '--bind_ip=127.0.0.1' };
      const more = ['--port', port, '--nounixsocket'];
      await start('orders-mongo', { ...replaced, ...loopback }, more, /Waiting for connections/i, 'local-ha');
    };
    const job = { ...variablesOf('local-ha', containerOf('local-ha', 'orders-mongo-set')), HOSTS: hosts.join() };
    const initiate = () => runScript(fileOf('local-ha', 'orders-mongo-set', 'script', 'initiate.mjs'), job);

    /** Runs the container beside a member. Returns whether its probe would find the member ready. */
    const watchMember = (host: string) => {
      const text = fileOf('local-ha', 'orders-mongo', 'script', 'member.mjs').replace('127.0.0.1:27017', host);
      const file = path.join(folder, `member-${host}`);
      const child = spawn(process.execPath, [writeScript(text)], {
        cwd: root,
        env: { ...process.env, MEMBER: file },
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      running.push(child);
      return () => existsSync(file);
    };
    const areReady = (wanted: boolean[]) =>
      eventually(
        () => members.map((isReady) => isReady()),
        (found) => found.every((isReady, index) => isReady === wanted[index]),
      );

    await Promise.all(hosts.slice(1).map(startMember));
    const members = hosts.map(watchMember);
    await expect(initiate()).rejects.toThrow('ECONNREFUSED');
    await startMember(hosts[0] ?? '');
    expect(await initiate()).toContain('is initiated');
    await areReady([true, true, true]);
    await runScript(fileOf('local-ha', 'orders-mongo-set', 'users', 'users.mjs'), job);
    expect(await initiate()).toContain('exists');

    const { MONGO_URL = '' } = variablesOf('local-ha', containerOf('local-ha', 'orders'));
    const own = await new mongo.MongoClient(MONGO_URL.replace(/@[^/]*/, `@${hosts.join()}`)).connect();
    clients.push(own);
    expect(await own.db().collection('orders').countDocuments()).toBe(0);
    await expect(own.db('ticketing-auth').collection('users').findOne()).rejects.toMatchObject({ code: 13 });

    await own.close();
    running.find(({ spawnargs }) => spawnargs.includes(hosts[0]?.split(':')[1] ?? ''))?.kill('SIGKILL');
    await areReady([false, true, true]);
  });

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
  });
});

describe('MongoDB in the overlays', () => {
  it('is ready only once the user of the service is made, where it is one server', () => {
    for (const overlay of ['dev', 'hot', 'test'] as const)
      for (const service of mongoServices) {
        const { image, restartPolicy, command = [], readinessProbe } = containerBeside(overlay, service);
        expect([image.replace(/:.*/, ''), restartPolicy]).toEqual([`ticketing/${service}`, 'Always']);
        expect(command.at(-1)).toMatch(/node \/users\/users\.mjs .* && touch \/tmp\/made /);
        expect(readinessProbe?.exec?.command).toEqual(['test', '-f', '/tmp/made']);
      }
  });

  it('gets the user of the service from the Job that initiates its set, after that', () => {
    for (const service of mongoServices) {
      const job = containerOf('local-ha', `${service}-mongo-set`);
      expect(job.command?.at(-1)).toBe('node /script/initiate.mjs && node /users/users.mjs');
      const { MONGO_USER, MONGO_DATABASE, MONGO_KEY } = variablesOf('local-ha', job);
      expect({ MONGO_USER, MONGO_DATABASE }).toEqual({ MONGO_USER: service, MONGO_DATABASE: `ticketing-${service}` });
      expect(MONGO_KEY).toBe(variablesOf('local-ha', containerOf('local-ha', `${service}-mongo`))['MONGO_KEY']);
    }
  });
});

describe('MongoDB in local-ha', () => {
  it('is ready while it is the primary or a secondary of its set', () => {
    for (const service of mongoServices) {
      const { image, restartPolicy, command, readinessProbe } = containerBeside('local-ha', service);
      expect([image.replace(/:.*/, ''), restartPolicy]).toEqual([`ticketing/${service}`, 'Always']);
      expect(command).toEqual(['node', '/script/member.mjs']);
      const { MEMBER } = variablesOf('local-ha', containerBeside('local-ha', service));
      expect(readinessProbe?.exec?.command).toEqual(['test', '-f', MEMBER]);
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
