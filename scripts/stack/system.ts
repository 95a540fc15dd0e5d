import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Backing, Env } from '../../infra/local/tools.ts';
import { root } from '../../infra/local/tools.ts';
import type { ProcessSpec } from './managed-process.ts';
import { answers } from './ports.ts';

export const services = ['auth', 'tickets', 'orders', 'payments', 'expiration'] as const;
export type Service = (typeof services)[number];

export const backingNames = ['mongodb', 'nats', 'redis'] as const;
export type BackingName = (typeof backingNames)[number];

/** What the services ask of a key that signs sessions. */
const KEY_BYTES = 32;

const NATS_CLUSTER_ID = 'ticketing';
export const natsClusterId = (env: Env): string => env['NATS_CLUSTER_ID'] ?? NATS_CLUSTER_ID;

/** What every process of a stack is made from. */
export type Site = {
  /** Where this stack keeps its data, logs and keys. */
  folder: string;
  /** The environment from outside; what a process needs is added to it. */
  env: Env;
  port: () => Promise<number>;
};

/** The order in which things stop: what takes requests first, what they are kept in last. */
export const stopOrder: readonly (readonly string[])[] = [['router'], ['client'], services, ['sandbox'], backingNames];

export async function backingSpec(
  site: Site,
  name: BackingName,
  backing: Extract<Backing, { launch: unknown }>,
): Promise<ProcessSpec> {
  const port = await site.port();
  const data = path.join(site.folder, 'data', name);
  mkdirSync(data, { recursive: true });
  const { command, args, env = {}, url, readyLine } = backing.launch(port, data);
  return {
    ...common(site, name, name, port),
    command,
    args,
    url,
    env: { ...env, ...site.env },
    isReady: (output) => Promise.resolve(readyLine.test(output())),
  };
}

/** The process `index` (from 1) of a service, given the URLs of the backing servers and of the payment sandbox. */
export async function serviceSpec(
  site: Site,
  service: Service,
  index: number,
  urls: Record<BackingName, string>,
  sandboxUrl: string | undefined,
): Promise<ProcessSpec> {
  const bus = { NATS_URL: urls.nats, NATS_CLUSTER_ID: natsClusterId(site.env) };
  const store = { MONGO_URL: databaseOf(urls, service), SESSION_KEYS: sessionKeys(site) };
  const needs: Record<Service, Record<string, string>> = {
    auth: { ...store, COOKIE_SECURE: site.env['COOKIE_SECURE'] ?? 'off' },
    tickets: { ...store, ...bus },
    orders: { ...store, ...bus },
    payments: { ...store, ...bus, ...(sandboxUrl !== undefined && { SANDBOX_URL: sandboxUrl }) },
    expiration: { ...bus, REDIS_URL: urls.redis },
  };
  return nodeProcess(
    site,
    `${service}-${index}`,
    service,
    `${service}/dist/main.js`,
    await site.port(),
    needs[service],
  );
}

export async function sandboxSpec(site: Site): Promise<ProcessSpec> {
  const journal = path.join(site.folder, 'data/sandbox');
  mkdirSync(journal, { recursive: true });
  return nodeProcess(site, 'sandbox', 'sandbox', 'sandbox/dist/main.js', await site.port(), { SANDBOX_DIR: journal });
}

/** The router, given the URLs of each service's processes; a service without any is answered for by the router. */
export function routerSpec(site: Site, port: number, targets: Record<string, string[]>): ProcessSpec {
  const table = JSON.parse(readFileSync(path.join(root, 'infra/routes.json'), 'utf8')) as Record<string, string>;
  const routes = Object.entries(table).map(([prefix, service]) => ({ prefix, targets: targets[service] ?? [] }));
  const spec = nodeProcess(site, 'router', 'router', 'infra/dist/main.js', port, {
    ROUTES: JSON.stringify(routes),
    // The router is itself one of the proxies in front of the services.
    TRUSTED_PROXIES: String(Math.max(0, Number(site.env['TRUSTED_PROXIES'] ?? 1) - 1)),
  });
  return { ...spec, isReady: () => answers(port) };
}

export async function clientSpec(site: Site, routerUrl: string): Promise<ProcessSpec> {
  const base = common(site, 'client', 'client', await site.port());
  return {
    ...base,
    command: process.execPath,
    args: [path.join(root, 'client/server.ts')],
    env: {
      ...site.env,
      ...{ HOST: '127.0.0.1', PORT: String(base.port) },
      ...{ API_URL: routerUrl, NEXT_TELEMETRY_DISABLED: '1' },
    },
    isReady: () => isOk(`${base.url}/health/ready`),
    readyWithinMs: 60_000,
  };
}

/**
 * A small young generation: without it seven processes at rest take 80 MB more, with V8's own choice for small
 * machines (--optimize-for-size) an order takes half as much time again. NODE_FLAGS, even if empty, takes its place.
 */
export const defaultNodeFlags = '--max-semi-space-size=4';

const nodeFlags = (env: Env): string[] => [
  '--enable-source-maps',
  ...(env['NODE_FLAGS'] ?? defaultNodeFlags).split(' ').filter((flag) => flag !== ''),
];

function nodeProcess(
  site: Site,
  name: string,
  service: string,
  program: string,
  port: number,
  env: Record<string, string>,
): ProcessSpec {
  const base = common(site, name, service, port);
  return {
    ...base,
    command: process.execPath,
    args: [...nodeFlags(site.env), path.join(root, program)],
    env: { ...site.env, ...env, INSTANCE: name, HOST: '127.0.0.1', PORT: String(port) },
    isReady: () => isOk(`${base.url}/health/ready`),
  };
}

const common = (site: Site, name: string, service: string, port: number) => ({
  name,
  service,
  port,
  url: `http://127.0.0.1:${port}`,
  logFile: path.join(site.folder, 'logs', `${name}.log`),
  readyWithinMs: 30_000,
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

/** The URL of one database on the server that `serverUrl` names, credentials and options kept. */
export function databaseUrl(serverUrl: string, database: string): string {
  const parts = /^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/([^?]*))?(?:\?(.*))?$/.exec(serverUrl);
  if (!parts) throw new Error('MONGO_URL must be the URL of a server, such as mongodb://127.0.0.1:27017.');
  const [, server = '', defaultDatabase = '', query = ''] = parts;
  const options = new URLSearchParams(query);
  // Without it, credentials would be looked up in the database that the URL names, which is about to change.
  if (server.includes('@') && !options.has('authSource')) options.set('authSource', defaultDatabase || 'admin');
  const suffix = options.size > 0 ? `?${options.toString()}` : '';
  return `${server}/${database}${suffix}`;
}

/** The keys that sign sessions: from outside, else made once for this stack and kept where only its owner reads them. */
export function sessionKeys({ folder, env }: Pick<Site, 'folder' | 'env'>): string {
  const given = env['SESSION_KEYS'];
  if (given) return given;
  const file = path.join(folder, 'session-keys');
  const kept = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  // Shorter ones no service takes: a start was interrupted while it wrote them.
  if (Buffer.byteLength(kept) >= KEY_BYTES) return kept;
  const made = randomBytes(48).toString('base64url');
  writeFileSync(`${file}.new`, made, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return made;
}
