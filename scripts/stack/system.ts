import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeMongoUsers } from '../../infra/local/mongo-users.ts';
import type { Backing, Env } from '../../infra/local/tools.ts';
import { root } from '../../infra/local/tools.ts';
import { busUsers, jetStreamConf, natsStreamingConf, passwordVariable } from '../bus-rights.ts';
import type { BusUser } from '../bus-rights.ts';
import { redisUsers } from '../redis-rights.ts';
import { busServices, entries, keysName, keysOf, mongoServices, routes, services } from '../services.ts';
import type { KeysSetting, Service } from '../services.ts';
import { environmentOf } from './environments.ts';
import type { ProcessSpec } from './managed-process.ts';
import { isListening } from './ports.ts';

/** The servers behind the services. */
export const backingNames = ['mongodb', 'nats', 'redis'] as const;
export type BackingName = (typeof backingNames)[number];

/** The least length of a key; services refuse shorter ones. */
const KEY_BYTES = 32;

/** Until then a process is starting: where several stacks start at once, or the machine is busy, one takes many times as long as alone. */
export const READY_WITHIN_MS = 120_000;

const NATS_CLUSTER_ID = 'ticketing';
/** The cluster id of NATS Streaming: NATS_CLUSTER_ID, else `ticketing`. */
export const natsClusterId = (env: Env): string => env['NATS_CLUSTER_ID'] ?? NATS_CLUSTER_ID;

/** What the processes of a stack have in common. */
export type StackConfig = {
  /** Where this stack keeps its data, logs and keys. */
  folder: string;
  /** The environment of every process; each adds its own variables. */
  env: Env;
  /** Reserves a free port. */
  port: () => Promise<number>;
};

/** The order in which processes stop: those that take requests first, the stores last. */
export const stopOrder: readonly (readonly string[])[] = [
  ['router'],
  ['client'],
  services,
  ['sandbox', 'mail-catcher'],
  backingNames,
];

/** The processes of a server behind the services that is started on this machine: one, or the nodes of a cluster. */
export async function backingSpecs(
  config: StackConfig,
  name: BackingName,
  { launch, cluster }: Extract<Backing, { launch: unknown }>,
): Promise<ProcessSpec[]> {
  const data = path.join(config.folder, 'data', name);
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const nodes = cluster?.nodes ?? 1;
  const login = loginsOf(config, name, nodes);
  const routePorts: number[] = [];
  if (cluster?.routes) for (let node = 1; node <= nodes; node++) routePorts.push(await config.port());
  const specs: ProcessSpec[] = [];
  for (let node = 1; node <= nodes; node++) {
    const port = await config.port();
    const { command, args, env = {}, url, readyLine } = launch(port, data, node);
    specs.push({
      ...commonSpec(config, cluster ? `${name}-${node}` : name, name, port),
      ...{ command, args: [...args, ...login.args], url: operatorUrl(config, name, url), adminUrl: url },
      env: {
        ...{ ...env, ...environmentOf(config.env, name), ...login.env },
        ...cluster?.routes?.(node, routePorts, login.server),
      },
      isReady: (output) => Promise.resolve(readyLine.test(output())),
    });
  }
  return specs;
}

/**
 * The URL of a server behind the services that is started on this machine, with the login of an operator of the stack, who may do
 * everything.
 */
export function operatorUrl(config: StackConfig, name: BackingName, url: string): string {
  const withUser = url.replace('//', `//${operatorOf(config, name)}@`);
  return name === 'mongodb' ? withOptions(withUser, { authSource: OPERATOR_SOURCE }) : withUser;
}

/**
 * Makes what a server needs before services use it, at each start: a user of MongoDB for each service, who may read and write its own
 * database only. A data folder from before there were users gets them too. Throws when the server refuses.
 */
export async function prepareBacking(config: StackConfig, name: BackingName, url: string): Promise<void> {
  if (name !== 'mongodb') return;
  await makeMongoUsers(
    url,
    mongoServices.map((service) => ({
      ...{ name: service, password: passwordOf(config, `mongodb ${service}`), database: `ticketing-${service}` },
    })),
  );
}

/** The URLs of what services use beside the backing servers. */
export type Neighbours = {
  /** The payment sandbox and the mail catcher; undefined where they are not started. */
  sandbox: string | undefined;
  mail: string | undefined;
  router: string;
};

/** The process `index` (from 1) of a service, given the URLs of the backing servers and of what else it uses. */
export async function serviceSpec(
  config: StackConfig,
  service: Service,
  index: number,
  urls: Record<BackingName, string>,
  neighbours: Neighbours,
): Promise<ProcessSpec> {
  const { store, bus } = entries[service];
  const env: Record<string, string> = {
    ...(store === 'mongodb'
      ? { MONGO_URL: mongoUrl(config, urls, service) }
      : { REDIS_URL: redisUrl(config, urls.redis, service) }),
    ...(bus && busSettings(config, urls.nats, service)),
    ...Object.fromEntries(keysOf(entries[service]).map((setting) => [setting, secretKeys(config, setting)])),
    ...(service === 'payments' && payment(config.env, neighbours)),
    ...(service === 'auth' && mail(config.env, neighbours)),
  };
  const spec = await withAdminPort(
    config,
    nodeProcess(config, `${service}-${index}`, service, `${service}/dist/main.js`, await config.port(), env),
  );
  return { ...spec, isReady: () => isOk(`${spec.adminUrl}/health/ready`) };
}

/** A process with an admin port. */
async function withAdminPort(config: StackConfig, spec: ProcessSpec): Promise<ProcessSpec> {
  const port = await config.port();
  return {
    ...spec,
    adminUrl: `http://127.0.0.1:${port}`,
    env: { ...spec.env, ADMIN_HOST: '127.0.0.1', ADMIN_PORT: String(port) },
  };
}

/** The settings of the payment provider: only the process that calls it gets its key. */
const payment = ({ STRIPE_SECRET_KEY }: Env, { sandbox }: Neighbours): Record<string, string> => ({
  ...(STRIPE_SECRET_KEY !== undefined && { STRIPE_SECRET_KEY }),
  ...(sandbox !== undefined && { SANDBOX_URL: sandbox }),
});

/** The settings of mail: the server that is given, else the mail catcher. */
const mail = (
  { MAIL_URL, MAIL_FROM, SITE_URL }: Env,
  { mail: catcher, router }: Neighbours,
): Record<string, string> => ({
  SITE_URL: SITE_URL ?? router,
  ...(MAIL_URL !== undefined && { MAIL_URL }),
  ...(catcher !== undefined && { MAIL_URL: catcher, MAIL_FROM: MAIL_FROM ?? 'Tickets <tickets@localhost>' }),
});

/** The payment sandbox. */
export async function sandboxSpec(config: StackConfig): Promise<ProcessSpec> {
  const journal = path.join(config.folder, 'data/sandbox');
  mkdirSync(journal, { recursive: true, mode: 0o700 });
  return nodeProcess(config, 'sandbox', 'sandbox', 'sandbox/dist/main.js', await config.port(), {
    SANDBOX_DIR: journal,
  });
}

/** The mail catcher, and the URL of its SMTP server. */
export async function mailCatcherSpec(config: StackConfig): Promise<{ spec: ProcessSpec; smtpUrl: string }> {
  const [name, smtpPort] = ['mail-catcher', await config.port()];
  const spec = nodeProcess(config, name, name, 'infra/dist/mail-catcher/main.js', await config.port(), {
    SMTP_PORT: String(smtpPort),
  });
  return { spec, smtpUrl: `smtp://127.0.0.1:${smtpPort}` };
}

/** The router, given the URLs of each service's processes; it answers 503 for a service without any. */
export function routerSpec(config: StackConfig, port: number, targets: Record<string, string[]>): Promise<ProcessSpec> {
  const table = routes.map(({ prefix, service }) => ({ prefix, targets: targets[service] ?? [] }));
  const spec = nodeProcess(config, 'router', 'router', 'infra/dist/router/main.js', port, {
    ROUTES: JSON.stringify(table),
    // The router is itself one of the proxies in front of the services.
    TRUSTED_PROXIES: String(Math.max(0, Number(config.env['TRUSTED_PROXIES'] ?? 1) - 1)),
  });
  return withAdminPort(config, { ...spec, isReady: () => isListening(port) });
}

/** The server of the pages, given the URL of the router. */
export async function clientSpec(config: StackConfig, routerUrl: string): Promise<ProcessSpec> {
  const base = commonSpec(config, 'client', 'client', await config.port());
  return withAdminPort(config, {
    ...base,
    command: process.execPath,
    args: [path.join(root, 'client/server.ts')],
    env: {
      ...environmentOf(config.env, 'client'),
      ...{ HOST: '127.0.0.1', PORT: String(base.port) },
      ...{ API_URL: routerUrl, SITE_URL: config.env['SITE_URL'] ?? routerUrl, NEXT_TELEMETRY_DISABLED: '1' },
    },
    isReady: () => isOk(`${base.url}/health/ready`),
  });
}

/**
 * A small young generation: without it seven processes at rest take 80 MB more; with V8's own preset for small machines
 * (--optimize-for-size) an order takes half as much time again. NODE_FLAGS, even if empty, replaces it.
 */
export const defaultNodeFlags = '--max-semi-space-size=4';

const nodeFlags = (env: Env): string[] => [
  '--enable-source-maps',
  ...(env['NODE_FLAGS'] ?? defaultNodeFlags).split(' ').filter((flag) => flag !== ''),
];

function nodeProcess(
  config: StackConfig,
  name: string,
  service: string,
  program: string,
  port: number,
  env: Record<string, string>,
): ProcessSpec {
  const base = commonSpec(config, name, service, port);
  return {
    ...base,
    command: process.execPath,
    args: [...nodeFlags(config.env), path.join(root, program)],
    env: {
      ...environmentOf(config.env, service),
      ...env,
      ...(usesBus(service) && { INSTANCE: name }),
      HOST: '127.0.0.1',
      PORT: String(port),
    },
    isReady: () => isOk(`${base.url}/health/ready`),
  };
}

const usesBus = (service: string): boolean => (busServices as string[]).includes(service);

/** The password of a user of a server that this stack starts. It begins with a letter, because NATS reads digits as a number. */
const passwordOf = ({ folder }: Pick<StackConfig, 'folder'>, user: string): string =>
  `p${createHmac('sha256', secretKeys({ folder, env: {} }, 'STORE_KEYS'))
    .update(user)
    .digest('hex')}`;

/** The user of MongoDB whose password is the key file, on each member by itself, before there is any other; and where it is found. */
const [SYSTEM_USER, OPERATOR_SOURCE] = ['__system', 'local'];

/** The login of an operator of the stack on a server that is started here. */
export function operatorOf(config: StackConfig, name: BackingName): string {
  if (name === 'redis') return `operator:${passwordOf(config, 'redis operator')}`;
  if (name === 'mongodb') return `${SYSTEM_USER}:${passwordOf(config, 'mongodb')}`;
  return `operator:${busPassword(config, 'operator')}`;
}

/** What a server that is started here needs for its users: arguments, variables, and the login of the nodes of a cluster at each other. */
function loginsOf(config: StackConfig, name: BackingName, nodes: number): { args: string[]; env: Env; server: string } {
  // Arguments can be read by every user of the machine, the files by their owner alone.
  const file = path.join(config.folder, `${name}.conf`);
  if (name === 'redis') {
    const names = ['expiration', 'operator'] as const;
    const users = redisUsers(names.map((user) => ({ name: user, password: passwordOf(config, `redis ${user}`) })));
    writeFileSync(file, users.map((user) => `user ${user.join(' ')}\n`).join(''), { mode: 0o600 });
    return { args: ['--include', file], env: {}, server: '' };
  }
  if (name === 'mongodb') {
    // It turns authorization on, and lets the members of a replica set recognize each other.
    writeFileSync(file, passwordOf(config, 'mongodb'), { mode: 0o600 });
    return { args: ['--keyFile', file], env: {}, server: '' };
  }
  const conf =
    config.env['BUS'] === 'jetstream'
      ? jetStreamConf({ operator: true, cluster: nodes > 1 })
      : natsStreamingConf(natsClusterId(config.env), { operator: true });
  writeFileSync(file, conf, { mode: 0o600 });
  const passwords = busUsers({ operator: true }).map((user) => [passwordVariable(user), busPassword(config, user)]);
  return {
    args: ['-c', file],
    env: Object.fromEntries(passwords) as Env,
    server: `server:${busPassword(config, 'server')}`,
  };
}

const busPassword = (config: StackConfig, user: BusUser): string => passwordOf(config, `nats ${user}`);

/** The bus of a service: with its own user, and each message on every server, where the bus is started here. */
function busSettings(config: StackConfig, url: string, service: Service): Record<string, string> {
  const { NATS_URL, NATS_NODES, NATS_REPLICAS = NATS_NODES } = config.env;
  const NATS_CLUSTER_ID = natsClusterId(config.env);
  if (NATS_URL) return { NATS_URL: url, NATS_CLUSTER_ID };
  return {
    ...{ NATS_URL: url.replaceAll(/\/\/[^@/,]*@/g, `//${service}:${busPassword(config, service)}@`), NATS_CLUSTER_ID },
    ...(NATS_REPLICAS !== undefined && { NATS_REPLICAS }),
  };
}

/** The URL of Redis: with the service's own user where Redis is started here. */
const redisUrl = (config: StackConfig, url: string, service: Service): string =>
  config.env['REDIS_URL']
    ? url
    : url.replace(/\/\/(?:[^@/]*@)?/, `//${service}:${passwordOf(config, `redis ${service}`)}@`);

/** The URL of a service's database: with its own user where MongoDB is started here. */
function mongoUrl(config: StackConfig, urls: Record<BackingName, string>, service: Service): string {
  const url = databaseOf(urls, service);
  if (config.env['MONGO_URL']) return url;
  const login = `${service}:${passwordOf(config, `mongodb ${service}`)}`;
  return withOptions(url.replace(/\/\/(?:[^@/]*@)?/, `//${login}@`), { authSource: `ticketing-${service}` });
}

const commonSpec = (config: StackConfig, name: string, service: string, port: number) => ({
  name,
  service,
  port,
  url: `http://127.0.0.1:${port}`,
  adminUrl: `http://127.0.0.1:${port}`,
  logFile: path.join(config.folder, 'logs', `${name}.log`),
  readyWithinMs: READY_WITHIN_MS,
});

async function isOk(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(3_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

/** The URL of a service's own database. */
export const databaseOf = (urls: Record<BackingName, string>, service: string): string =>
  databaseUrl(urls.mongodb, `ticketing-${service}`);

/** The URL of one database on the server of `serverUrl`, with its credentials and options. Throws if that is no MongoDB URL. */
export function databaseUrl(serverUrl: string, database: string): string {
  const parts = /^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/([^?]*))?(?:\?(.*))?$/.exec(serverUrl);
  if (!parts) throw new Error('MONGO_URL must be the URL of a server, such as mongodb://127.0.0.1:27017.');
  const [, server = '', defaultDatabase = '', query = ''] = parts;
  const options = new URLSearchParams(query);
  // MongoDB looks credentials up in the database of the URL unless authSource names another.
  if (server.includes('@') && !options.has('authSource')) options.set('authSource', defaultDatabase || 'admin');
  return withOptions(`${server}/${database}`, Object.fromEntries(options));
}

/** A MongoDB URL with these options, which replace its own of the same names. */
function withOptions(url: string, more: Record<string, string>): string {
  const [address = '', query = ''] = url.split('?');
  const options = new URLSearchParams({ ...Object.fromEntries(new URLSearchParams(query)), ...more });
  const slash = /\/\/.*\//.test(address) ? '' : '/';
  const suffix = options.size > 0 ? `?${options.toString()}` : '';
  return `${address}${slash}${suffix}`;
}

/**
 * The keys of a setting: those that are given, else generated once for this stack, in a file that only its owner reads. Public keys
 * that are not given are those of the private ones.
 */
export function secretKeys(config: Pick<StackConfig, 'folder' | 'env'>, setting: KeysSetting): string {
  const given = config.env[setting];
  if (given) return given;
  if (setting === 'SESSION_PUBLIC_KEYS') return publicKeysOf(secretKeys(config, 'SESSION_KEYS'));
  const { isKey, make } = setting === 'SESSION_KEYS' ? privateKeys : secrets;
  const file = path.join(config.folder, keysName(setting));
  const kept = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  // Another one is left from a start that was interrupted while writing it, or from before sessions were signed by private keys.
  if (isKey(kept)) return kept;
  const made = make();
  writeFileSync(`${file}.new`, made, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return made;
}

const secrets = {
  isKey: (text: string): boolean => Buffer.byteLength(text) >= KEY_BYTES,
  make: (): string => randomBytes(48).toString('base64url'),
};

const readPrivateKey = (text: string): KeyObject =>
  createPrivateKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'pkcs8' });

const privateKeys = {
  isKey: (text: string): boolean => {
    try {
      return readPrivateKey(text).asymmetricKeyType === 'ec';
    } catch {
      return false;
    }
  },
  make: (): string =>
    generateKeyPairSync('ec', { namedCurve: 'P-256' })
      .privateKey.export({ format: 'der', type: 'pkcs8' })
      .toString('base64'),
};

/** The public keys of private ones, as SESSION_PUBLIC_KEYS has them. Throws an error that names the setting when one is no key. */
function publicKeysOf(keys: string): string {
  try {
    return keys
      .split(',')
      .map((key) => createPublicKey(readPrivateKey(key)).export({ format: 'der', type: 'spki' }).toString('base64'))
      .join(',');
  } catch (cause) {
    throw new Error('SESSION_KEYS must be private keys of the curve P-256, DER in base64, separated by commas.', {
      cause,
    });
  }
}
