import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { connect } from 'node-nats-streaming';
import type { Message } from 'node-nats-streaming';
import { root, run } from '../infra/local/tools.ts';
import { next } from '../scripts/stack/build.ts';
import { answers, freePort } from '../scripts/stack/ports.ts';
import { natsClusterId } from '../scripts/stack/system.ts';

export interface Ceilings {
  /** Bare Express routes; see ceilings/express.ts. */
  express: string;
  /** A page that Next made when it was built. */
  page: string;
  /** Publishes and resolves when the bus has acknowledged and delivered it. */
  publish: () => Promise<void>;
  stop: () => Promise<void>;
}

/** Starts everything that ours is measured against, each a process of its own as ours is. */
export async function startCeilings(stores: { mongodb: string; nats: string }): Promise<Ceilings> {
  const folder = path.join(root, 'bench/ceilings/next');
  await run(process.execPath, [next, 'build', folder], {
    env: { NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
  });
  const taken = new Set<number>();
  const [expressPort, pagePort] = [await freePort(taken), await freePort(taken)];
  const started = [
    start([path.join(root, 'bench/ceilings/express.ts')], { PORT: String(expressPort), MONGO_URL: stores.mongodb }),
    start([next, 'start', folder, '--hostname', '127.0.0.1', '--port', String(pagePort)], {}),
  ];
  const bus = await bareBus(stores.nats);
  for (const port of [expressPort, pagePort]) await untilAnswers(port);
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

async function untilAnswers(port: number): Promise<void> {
  for (let tries = 0; !(await answers(port)); tries++) {
    if (tries > 200) throw new Error(`a ceiling does not answer at port ${port}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function bareBus(url: string) {
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
