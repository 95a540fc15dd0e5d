import type { Server } from 'node:http';
import type { Express } from 'express';
import type { Health } from './health.ts';
import type { Logger } from './logging.ts';
import { httpServer, listenAt } from './server.ts';

/** Kubernetes kills after 30 s, `make stop` after 10 s. */
const GRACE_MS = 9000;

/** Listens with the app, and resolves with the server when it does. Rejects when the port is taken. */
export async function listen(app: Express, config: { HOST: string; PORT: number }, log: Logger): Promise<Server> {
  const server = httpServer(app);
  const port = await listenAt(server, config);
  log.info({ host: config.HOST, port }, 'listening');
  return server;
}

/**
 * On SIGTERM or SIGINT stops being ready, runs the steps one after another and exits with 0; with 1 when that takes more than 9 s or a
 * step fails. A second signal changes nothing.
 */
export function stopOnSignal(log: Logger, health: Health, steps: (() => Promise<unknown>)[]): void {
  let stopping = false;
  const stop = async (signal: string) => {
    if (stopping) return;
    stopping = true;
    health.stopping = true;
    log.info({ signal }, 'stopping');
    setTimeout(() => {
      log.error('stopping took too long');
      process.exit(1);
    }, GRACE_MS);
    try {
      for (const step of steps) await step();
      log.info('stopped');
      process.exit(0);
    } catch (error) {
      log.error({ err: error }, 'stopping failed');
      process.exit(1);
    }
  };
  process.on('SIGTERM', (signal) => void stop(signal));
  process.on('SIGINT', (signal) => void stop(signal));
}

/** Runs a service's `main`; what it throws at start is one line and exit code 1, not a stack trace. */
export async function run(service: string, main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`${service}: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}
