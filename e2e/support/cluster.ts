import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { eventually } from '@ticketing/common/testing';
import { root, run } from '../../infra/local/tools.ts';
import { freePort } from '../../scripts/stack/ports.ts';
import type { Marketplace } from './stack.ts';

const NAMESPACE = 'ticketing';
const databases = ['auth', 'tickets', 'orders', 'payments'];
const routes = JSON.parse(readFileSync(path.join(root, 'infra/routes.json'), 'utf8')) as Record<string, string>;

/** What tests set; what one doesn't is as the overlay has it. And who reads it: the others, the router above all, need not start anew. */
const settings = ['HOLD_SECONDS', 'EXPIRY_GRACE_SECONDS', 'STRIPE_PUBLISHABLE_KEY'];
const deployments = ['orders', 'expiration', 'client'];

export const kubectl = (...args: string[]): Promise<string> => run('kubectl', ['--namespace', NAMESPACE, ...args]);

const rolledOut = (deployment: string) => kubectl('rollout', 'status', `deployment/${deployment}`, '--timeout=120s');

/** Resolves when only new pods are left: one that is told to stop goes on answering for some seconds. */
async function replaced(deployment: string): Promise<void> {
  await rolledOut(deployment);
  const pods = ['pods', `--selector=app.kubernetes.io/name=${deployment}`];
  await eventually(
    () => kubectl('get', ...pods, '-o=jsonpath={.items[*].metadata.deletionTimestamp}'),
    (leaving) => leaving === '',
    60_000,
  );
}

/**
 * The marketplace that runs in the current cluster (the overlay `test`), with these settings, at the address by which visitors come
 * in. Its stores and the sandbox are reached through port-forwards, until `end`.
 */
export async function clusterStack(url: string, env: Record<string, string> = {}): Promise<Marketplace> {
  const wanted = settings.map((name) => (env[name] === undefined ? `${name}-` : `${name}=${env[name]}`));
  await kubectl('set', 'env', ...deployments.map((name) => `deployment/${name}`), ...wanted);
  await Promise.all(deployments.map(replaced));

  const forwards = await Promise.all([
    ...databases.map((service) => forward(`${service}-mongo`, 27017)),
    forward('sandbox', 3000),
  ]);
  const portOf = (service: string) => {
    const found = forwards.find((one) => one.service === service);
    if (!found) throw new Error(`${service} is not forwarded`);
    return found.port;
  };
  const scaled = new Map<string, string>();

  return {
    url,
    since: new Date(),
    database: (service) =>
      `mongodb://127.0.0.1:${portOf(`${service}-mongo`)}/ticketing-${service}?directConnection=true`,
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
          // Whoever routes learns of the new pods a moment later.
          const paths = Object.entries(routes).flatMap(([path, service]) => (service === deployment ? [path] : []));
          await eventually(
            () => Promise.all(paths.map(async (path) => (await fetch(url + path)).status)),
            (statuses) => statuses.every((status) => status < 500),
            30_000,
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
  // What it prints of every connection is of no use.
  child.stdout.resume();
  return { service, port, child };
}

const taken = new Set<number>();
