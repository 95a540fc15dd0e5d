import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'node-nats-streaming';
import type { Message } from 'node-nats-streaming';
import { root, run } from '../infra/local/tools.ts';
import { next } from '../scripts/stack/build.ts';
import { freePort, isListening } from '../scripts/stack/ports.ts';
import { natsClusterId } from '../scripts/stack/system.ts';

/** The bare programs that the marketplace is measured against. */
export interface Baselines {
  /** Bare Express routes; see baselines/express.ts. */
  express: string;
  /** A page that Next made when it was built. */
  page: string;
  /** Publishes a message and resolves when the bus has acknowledged and delivered it. */
  publish: () => Promise<void>;
  stop: () => Promise<void>;
}

/** Starts every baseline as a process of its own, as the services are. Throws when one does not listen within 10 s. */
export async function startBaselines(stores: { mongodb: string; nats: string }): Promise<Baselines> {
  const folder = path.join(root, 'bench/baselines/next');
  await run(process.execPath, [next, 'build', folder], {
    env: { NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
  });
  const taken = new Set<number>();
  const [expressPort, pagePort] = [await freePort(taken), await freePort(taken)];
  const started = [
    start([path.join(root, 'bench/baselines/express.ts')], { PORT: String(expressPort), MONGO_URL: stores.mongodb }),
    start([next, 'start', folder, '--hostname', '127.0.0.1', '--port', String(pagePort)], {}),
  ];
  const bus = await bareBus(stores.nats);
  for (const port of [expressPort, pagePort]) await untilListening(port);
  return {
    express: `http://127.0.0.1:${expressPort}`,
    page: `http://127.0.0.1:${pagePort}/`,
    publish: () => bus.publish(),
    async stop() {
      await bus.close();
      for (const child of started) child.kill();
    },
  };
}

function start(args: string[], env: Record<string, string>) {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  process.once('exit', () => child.kill());
  return child;
}

async function untilListening(port: number): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await isListening(port))) {
    if (Date.now() > deadline) throw new Error(`a baseline did not listen at port ${port} in time`);
    await delay(50);
  }
}

/** A client of the bus with nothing around it, which publishes to itself. Rejects when it can't connect. */
export async function bareBus(url: string) {
  const stan = connect(natsClusterId(process.env), `bench-${process.pid}`, { url });
  await new Promise((resolve, reject) => {
    stan.once('connect', resolve);
    stan.once('error', reject);
  });
  const waiting = new Map<string, () => void>();
  const subscription = stan.subscribe('bench', stan.subscriptionOptions().setManualAckMode(true));
  await new Promise((resolve) => subscription.once('ready', resolve));
  subscription.on('message', (message: Message) => {
    waiting.get(String(message.getData()))?.();
    message.ack();
  });
  return {
    async publish() {
      const text = randomUUID();
      const delivered = new Promise<void>((resolve) => waiting.set(text, resolve));
      await Promise.all([acknowledged('bench', text), delivered]);
      waiting.delete(text);
    },
    close: () =>
      new Promise<void>((resolve) => {
        stan.once('close', () => {
          resolve();
        });
        stan.close();
      }),
  };

  function acknowledged(subject: string, text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      stan.publish(subject, text, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }
}
