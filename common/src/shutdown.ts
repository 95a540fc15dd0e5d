import type { Server } from 'node:http';
import type { Express } from 'express';
import type { Health } from './health.ts';
import type { Logger } from './logging.ts';

/** Kubernetes kills after 30 s, `make stop` after 10 s. */
const GRACE_MS = 9000;

/** Listens, and resolves when it does. Rejects when the port is taken. */
export function listen(app: Express, { HOST, PORT }: { HOST: string; PORT: number }, log: Logger): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = app.listen(PORT, HOST, (error?: Error) => {
      if (error) {
        reject(error);
        return;
      }
      const address = server.address();
      log.info({ host: HOST, port: typeof address === 'object' ? address?.port : PORT }, 'listening');
      resolve(server);
    });
    // Longer than the router keeps an idle connection, so that it is never the server who closes one in use.
    server.keepAliveTimeout = 65_000;
  });
}

/** No operation of ours takes longer: what is open after this is a connection that was never used, or a caller that is stuck. */
const REQUESTS_MS = 5000;

/** Finishes the requests in flight and closes the connections that are idle, or become so; after 5 s all the others. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // The answer to a request in flight may have promised to keep its connection, for over a minute.
    const sweep = setInterval(() => {
      server.closeIdleConnections();
    }, 50);
    const limit = setTimeout(() => {
      server.closeAllConnections();
    }, REQUESTS_MS);
    server.close(() => {
      clearInterval(sweep);
      clearTimeout(limit);
      resolve();
    });
  });
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
