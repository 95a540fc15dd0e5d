import type { RequestListener } from 'node:http';
import { closeServer, httpServer, listenAt } from '@ticketing/runtime/server';
import type { Express } from 'express';
import type { Logger } from './logger.ts';

const GRACE_MS = 4000;

export type Listening = { port: number; close: (graceMs?: number) => Promise<void> };

/** Listens at a port, 0 for a free one, and resolves when it does. Rejects when the port is in use. */
export async function listen(app: Express, address: { HOST: string; PORT: number }): Promise<Listening> {
  const server = httpServer(app as RequestListener);
  const port = await listenAt(server, address);
  return { port, close: (graceMs) => closeServer(server, graceMs) };
}

/**
 * On SIGTERM or SIGINT ends waits, answers the requests in flight, closes the journal and exits with 0. Connections that
 * are still busy after 4 s are closed.
 */
export function stopOnSignal(
  server: Listening,
  stopping: AbortController,
  closeStore: () => void,
  logger: Logger,
): void {
  const stop = async (signal: string) => {
    if (stopping.signal.aborted) return;
    logger.info({ signal }, 'stopping');
    stopping.abort();
    await server.close(GRACE_MS);
    closeStore();
    logger.info({}, 'stopped');
    process.exit(0);
  };
  process.on('SIGTERM', (signal) => void stop(signal));
  process.on('SIGINT', (signal) => void stop(signal));
}
