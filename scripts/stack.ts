import { chmodSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { busServer, requireBusServer } from '../infra/local/bus.ts';
import { mongodb } from '../infra/local/mongod.ts';
import { identityOf } from '../infra/local/process-identity.ts';
import { redis } from '../infra/local/redis.ts';
import type { Backing, Env } from '../infra/local/tools.ts';
import { root } from '../infra/local/tools.ts';
import { services } from './services.ts';
import type { Service } from './services.ts';
import { buildClient, buildServices, hasClient, requireBuildable } from './stack/build.ts';
import { claimServers } from './stack/claims.ts';
import { processesSetting, readSettings, withoutEmpty } from './stack/config.ts';
import type { Command, Reply } from './stack/control.ts';
import { openControl } from './stack/control.ts';
import type { ManagedProcess, ProcessSpec } from './stack/managed-process.ts';
import { manage } from './stack/managed-process.ts';
import { canListen, freePort } from './stack/ports.ts';
import { readRecord, removeRecord, stopLeftovers, writeRecord } from './stack/record.ts';
import type { BackingName, StackConfig } from './stack/system.ts';
import {
  backingNames,
  backingSpecs,
  clientSpec,
  databaseOf,
  databaseUrl,
  mailCatcherSpec,
  natsClusterId,
  operatorOf,
  operatorUrl,
  prepareBacking,
  routerSpec,
  sandboxSpec,
  serviceSpec,
  stopOrder,
} from './stack/system.ts';

export type StackOptions = {
  /** Where data, logs, keys and `stack.json` are kept; `.ticketing` in the repository if absent. */
  folder?: string;
  /** Where the router listens; ROUTER_PORT, else a free port, if absent. */
  routerPort?: number;
  /** Settings for all processes, over those of the environment. */
  env?: Record<string, string>;
  /** Settings for the processes of one service, over all others; a MONGO_URL here names the service's own database. */
  serviceEnv?: Partial<Record<Service, Record<string, string>>>;
  /** How many processes a service has; ORDERS_PROCESSES and so on, else 1, if absent. */
  processes?: Partial<Record<Service, number>>;
  /** When a process that died is started again; RESTART_AFTER_SECONDS, else 1 with backoff, if absent. */
  restartAfterSeconds?: number;
  /** Whether the pages are served; if absent they are, as soon as they exist, unless CLIENT=off. */
  client?: boolean;
  /** Aborts the start and stops what has been started. */
  signal?: AbortSignal;
  /** Receives messages about the stack and its processes; they are dropped if absent. */
  log?: (level: 'info' | 'warn' | 'error', message: string) => void;
};

export type Stack = {
  /** The router's address: the marketplace. */
  url: string;
  folder: string;
  processes: readonly ManagedProcess[];
  /** The process of this name, such as `orders-2`, `nats` or `router`. Throws if there is none. */
  process: (name: string) => ManagedProcess;
  /**
   * Starts one more process of a service, with settings over those of the others, and resolves when it is ready. The router of the stack
   * sends it nothing. Throws as the start of the stack does.
   */
  startAnother: (service: Service, env: Record<string, string>) => Promise<ManagedProcess>;
  /** The URLs of the servers behind the services, also of those that run elsewhere. */
  backing: Record<BackingName, string>;
  /** The URL of a service's own database. */
  database: (service: string) => string;
  /** Stops everything, in order. May be called more than once. */
  stop: () => Promise<void>;
  /** Kills everything at once. */
  destroy: () => void;
};

/** Variables that services must not inherit: they belong to this process alone, or to how it was started. */
const ownVariables =
  /^(?:NODE_OPTIONS|NODE_ENV|NODE_CHANNEL_FD|JEST_WORKER_ID|(?:ADMIN_)?(?:PORT|HOST)|npm_.*|MAKE.*|MFLAGS)$/;

/**
 * Starts the whole marketplace on this machine and resolves when every part of it is ready: backing servers, the
 * services, the payment sandbox, the mail catcher, the pages and the router. Each process is supervised and restarted when it dies.
 * Throws a readable error when something is missing or a part fails to start; nothing is left running.
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const env = withoutEmpty({ ...process.env, ...options.env });
  const settings = readSettings(env);
  const withClient = options.client ?? (hasClient() && settings.CLIENT);
  if (withClient) requireBuildable();
  const folder = path.resolve(options.folder ?? path.join(root, '.ticketing'));
  const log = options.log ?? (() => undefined);
  mkdirSync(path.join(folder, 'logs'), { recursive: true, mode: 0o700 });
  // Data, logs and keys are their owner's only, whatever the programs that write them allow.
  chmodSync(folder, 0o700);

  const control = await openControl(folder, (command) => perform(command));
  if (!control) {
    const running = readRecord(folder);
    throw new Error(`The marketplace is running already${running ? `, at ${running.url}` : ''}: make stop stops it.`);
  }

  const processes: ManagedProcess[] = [];
  const backing: Record<BackingName, string> = { mongodb: '', nats: '', redis: '' };
  let url = '';
  let up = false;
  let stopping: Promise<void> | undefined;
  let claimed: Awaited<ReturnType<typeof claimServers>> | undefined;

  const save = () => {
    const supervisor = { pid: process.pid, identity: identityOf(process.pid) };
    writeRecord(folder, { url, supervisor, startedAt, processes: processes.map((one) => one.record()) });
  };
  const startedAt = new Date().toISOString();

  const destroy = () => {
    for (const one of processes) one.destroy();
  };
  const stop = () => (stopping ??= stopInOrder());

  async function stopInOrder(): Promise<void> {
    up = false;
    for (const group of stopOrder) {
      await Promise.all(processes.filter(({ service }) => group.includes(service)).map((one) => one.stop()));
    }
    await claimed?.release();
    process.off('exit', destroy);
    removeRecord(folder);
    control?.close();
  }

  const restartAfterSeconds = options.restartAfterSeconds ?? settings.RESTART_AFTER_SECONDS;
  /** Exponential backoff, as in Kubernetes, for a process that dies repeatedly. */
  const restartAfterMs = (quickDeaths: number) =>
    up ? (restartAfterSeconds ?? Math.min(2 ** Math.max(quickDeaths - 1, 0), 30)) * 1000 : undefined;

  function add(spec: ProcessSpec): ManagedProcess {
    if (stopping) throw new Error('Stopped while starting.');
    rotateLog(spec.logFile);
    const one = manage(spec, { restartAfterMs, log, changed: save });
    processes.push(one);
    return one;
  }

  /** Adds the processes of a server behind the services, if it is started here. `start` resolves when the server is ready. */
  async function addBacking(config: StackConfig, name: BackingName, found: Backing) {
    if ('url' in found) return { url: found.url, start: () => Promise.resolve() };
    const nodes = (await backingSpecs(config, name, found)).map(add);
    const ports = nodes.map(({ port }) => port);
    const { cluster } = found;
    const serverUrl = cluster?.url ? operatorUrl(config, name, cluster.url(ports)) : nodes.map((one) => one.url).join();
    return {
      url: serverUrl,
      async start() {
        await Promise.all(nodes.map((one) => one.start()));
        await cluster?.form?.(ports, operatorOf(config, name));
        await prepareBacking(config, name, serverUrl);
      },
    };
  }

  /** Claims the servers that are given by their URLs. Throws when another marketplace uses one of them. */
  async function claim(found: Record<BackingName, Backing>): Promise<void> {
    const given = Object.fromEntries(
      backingNames.flatMap((name) => {
        const server = found[name];
        return 'url' in server
          ? [[name, name === 'mongodb' ? databaseUrl(server.url, 'ticketing-auth') : server.url]]
          : [];
      }),
    );
    const bus = settings.BUS === 'jetstream' ? settings.BUS : natsClusterId(env);
    const checkout = folder.replace(/\/\.ticketing$/, '');
    const claims = await claimServers({ given, owner: `${checkout} on ${hostname()}`, bus, log });
    if (stopping) {
      await claims.release();
      throw new Error('Stopped while starting.');
    }
    claimed = claims;
  }

  async function perform(command: Command): Promise<Reply> {
    const { action, name } = command;
    const named = processes.filter((one) => one.name === name || one.service === name);
    if (named.length === 0) {
      return {
        ok: false,
        message: `There is no process ${name}; there are ${processes.map((one) => one.name).join(', ')}.`,
      };
    }
    await Promise.all(named.map((one) => (command.action === 'start' ? one.start(command.env) : one.stop())));
    log('info', `${name} ${action === 'stop' ? 'stopped' : 'started'} on request`);
    return { ok: true, message: `${name} ${action === 'stop' ? 'is stopped' : 'is ready'}` };
  }

  /** Starts everything. Resolves to a function that adds a process of a service. */
  async function bringUp(): Promise<(service: Service, env?: Record<string, string>) => Promise<ManagedProcess>> {
    const before = readRecord(folder);
    if (before) {
      const names = await stopLeftovers(before, stopOrder);
      if (names.length > 0) log('warn', `stopped processes left over from an earlier start: ${names.join(', ')}`);
    }

    const taken = new Set<number>();
    const routerPort = options.routerPort ?? settings.ROUTER_PORT ?? (await freePort(taken));
    if (!(await canListen(routerPort))) {
      throw new Error(
        `Port ${routerPort} is in use: stop what listens there, or choose another with ROUTER_PORT=${routerPort + 1}.`,
      );
    }
    url = `http://127.0.0.1:${routerPort}`;
    save();

    const config: StackConfig = {
      folder,
      env: {
        ...Object.fromEntries(Object.entries(env).filter(([name]) => !ownVariables.test(name))),
        NODE_ENV: options.env?.['NODE_ENV'] ?? 'production',
      },
      port: () => freePort(taken),
    };
    const withSandbox = !env['STRIPE_SECRET_KEY'];

    const found = await findBacking(env, settings);
    await claim(found);
    const servers: { start: () => Promise<void> }[] = [];
    for (const name of backingNames) {
      log('info', `${name}: ${found[name].source}`);
      const server = await addBacking(config, name, found[name]);
      backing[name] = server.url;
      servers.push(server);
    }
    await Promise.all([
      ...servers.map((one) => one.start()),
      buildServices([...services, ...(withSandbox ? ['sandbox'] : []), 'infra']).then(async () => {
        // The pages import what the shared packages compile to.
        if (withClient)
          await buildClient((message) => {
            log('info', message);
          });
      }),
    ]);

    const sandbox = withSandbox ? add(await sandboxSpec(config)) : undefined;
    const catcher = env['MAIL_URL'] ? undefined : await mailCatcherSpec(config);
    if (catcher) add(catcher.spec);
    const neighbours = { sandbox: sandbox?.url, mail: catcher?.smtpUrl, router: url };
    const addOne = async (service: Service, added: Record<string, string> = {}) => {
      const index = processes.filter((one) => one.service === service).length + 1;
      const spec = await serviceSpec(config, service, index, backing, neighbours);
      return add({ ...spec, env: { ...spec.env, ...options.serviceEnv?.[service], ...added } });
    };
    const targets: Record<string, string[]> = {};
    for (const service of services) {
      const count = options.processes?.[service] ?? settings[processesSetting(service)];
      for (let index = 1; index <= count; index++) {
        const one = await addOne(service);
        targets[service] = [...(targets[service] ?? []), one.url];
      }
    }
    if (withClient) targets['client'] = [add(await clientSpec(config, url)).url];
    add(await routerSpec(config, routerPort, targets));
    await Promise.all(processes.map((one) => one.start()));
    return addOne;
  }

  let addOne: Awaited<ReturnType<typeof bringUp>>;
  try {
    process.on('exit', destroy);
    addOne = await Promise.race([bringUp(), aborted(options.signal)]);
    up = true;
  } catch (error) {
    await stop();
    throw error;
  }

  return {
    url,
    folder,
    processes,
    process: (name) => {
      const one = processes.find((candidate) => candidate.name === name);
      if (!one) throw new Error(`There is no process ${name}.`);
      return one;
    },
    async startAnother(service, added) {
      const one = await addOne(service, added);
      await one.start();
      return one;
    },
    backing,
    database: (service) => databaseOf(backing, service),
    stop,
    destroy,
  };
}

function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => {
      reject(new Error('Stopped while starting.'));
    });
  });
}

/** Finds or builds the servers behind the services. Throws in one line that names all that is missing. */
async function findBacking(
  env: Env,
  { MONGO_NODES, NATS_NODES }: { MONGO_NODES: number; NATS_NODES: number },
): Promise<Record<BackingName, Backing>> {
  const missing: string[] = [];
  const orMissing = <T>(found: Promise<T>): Promise<T | undefined> =>
    found.catch((error: unknown) => {
      missing.push((error as Error).message);
      return undefined;
    });
  // One after another, because apt locks; quick checks come first, what takes a minute comes last.
  const nats = await orMissing(requireBusServer(env).then(() => () => busServer(env, natsClusterId(env), NATS_NODES)));
  const cache = await orMissing(redis(env));
  const store = await orMissing(mongodb(env, MONGO_NODES));
  if (!nats || !cache || !store) throw new Error(missing.join(' '));
  return { mongodb: store, nats: await nats(), redis: cache };
}

/** Rotates a log file that has grown long; one old file is kept. */
function rotateLog(file: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > 10_000_000) renameSync(file, `${file}.1`);
}
