import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

import { run } from '../../infra/local/tools.ts';
import { mongoServices, routes } from '../../scripts/services.ts';
import { freePort } from '../../scripts/stack/ports.ts';
import { eventually } from './eventually.ts';
import type { Marketplace } from './stack.ts';

const NAMESPACE = 'ticketing-test';

/** The settings that tests may change; the overlay's apply otherwise. */
const settings = ['HOLD_SECONDS', 'EXPIRY_GRACE_SECONDS', 'STRIPE_PUBLISHABLE_KEY'];
/** The Deployments that read them: the others, above all the router, need no restart. */
const deployments = ['orders', 'expiration', 'client'];

/** Runs kubectl in the marketplace's namespace and returns its output. Throws when it fails. */
export const kubectl = (...args: string[]): Promise<string> => run('kubectl', ['--namespace', NAMESPACE, ...args]);

const rolledOut = (deployment: string) => kubectl('rollout', 'status', `deployment/${deployment}`, '--timeout=120s');

/** Resolves when only new pods are left: a terminating one serves requests for some seconds. */
async function replaced(deployment: string): Promise<void> {
  await rolledOut(deployment);
  const pods = ['pods', `--selector=app.kubernetes.io/name=${deployment}`];
  await eventually(
    () => kubectl('get', ...pods, '-o=jsonpath={.items[*].metadata.deletionTimestamp}'),
    (leaving) => leaving === '',
  );
}

/**
 * The marketplace that runs in the current cluster (the overlay `test`) at the visitors' address `url`, with these settings.
 * Its stores, the sandbox and the mail catcher are reached through port-forwards, until `end`. Throws when kubectl fails.
 */
export async function clusterStack(url: string, env: Record<string, string> = {}): Promise<Marketplace> {
  const wanted = settings.map((name) => (env[name] === undefined ? `${name}-` : `${name}=${env[name]}`));
  await kubectl('set', 'env', ...deployments.map((name) => `deployment/${name}`), ...wanted);
  await Promise.all(deployments.map(replaced));

  const forwards = await Promise.all([
    ...mongoServices.map((service) => forward(`${service}-mongo`, 27017)),
    forward('sandbox', 3000),
    forward('mail-catcher', 3000),
  ]);
  const portOf = (service: string) => {
    const found = forwards.find((one) => one.service === service);
    if (!found) throw new Error(`${service} is not forwarded`);
    return found.port;
  };
  const passwords = JSON.parse(await kubectl('get', 'secret/store-passwords', '-o=jsonpath={.data}')) as Record<
    string,
    string
  >;
  const passwordOf = (service: string) =>
    Buffer.from(passwords[`MONGO_${service.toUpperCase()}`] ?? '', 'base64').toString();
  const scaled = new Map<string, string>();

  return {
    url,
    since: new Date(),
    database: (service) =>
      `mongodb://${service}:${passwordOf(service)}@127.0.0.1:${portOf(`${service}-mongo`)}/ticketing-${service}?directConnection=true`,
    process(name) {
      const deployment = name.replace(/-\d+$/, '');
      return {
        get url() {
          return `http://127.0.0.1:${portOf(name)}`;
        },
        async stop() {
          scaled.set(deployment, await kubectl('get', `deployment/${deployment}`, '-o=jsonpath={.spec.replicas}'));
          await kubectl('scale', `deployment/${deployment}`, '--replicas=0');
          const pods = ['pod', `--selector=app.kubernetes.io/name=${deployment}`, '--timeout=60s'];
          await kubectl('wait', '--for=delete', ...pods);
        },
        async start() {
          await kubectl('scale', `deployment/${deployment}`, `--replicas=${scaled.get(deployment) ?? '1'}`);
          await rolledOut(deployment);
          // Routers learn of the new pods a moment later.
          const prefixes = routes.filter(({ service }) => service === deployment).map(({ prefix }) => prefix);
          await eventually(
            () => Promise.all(prefixes.map(async (prefix) => (await fetch(url + prefix)).status)),
            (statuses) => statuses.every((status) => status < 500),
          );
        },
      };
    },
    end() {
      for (const { child } of forwards) child.kill();
      return Promise.resolve();
    },
  };
}

interface Forward {
  service: string;
  port: number;
  child: ChildProcess;
}

async function forward(service: string, to: number): Promise<Forward> {
  const port = await freePort(taken);
  const args = ['--namespace', NAMESPACE, 'port-forward', `service/${service}`, `${port}:${to}`];
  const child = spawn('kubectl', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => {
      resolve();
    });
    child.once('exit', () => {
      reject(new Error(`kubectl ${args.join(' ')} ended`));
    });
  });
  // It prints a line for every connection, and would block on a full pipe.
  child.stdout.resume();
  return { service, port, child };
}

const taken = new Set<number>();
