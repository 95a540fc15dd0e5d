import type { Express } from 'express';
import type { Logger } from './logger.ts';

const GRACE_MS = 4000;

export type Listening = { port: number; close: () => Promise<void>; closeAll: () => void };

/** Listens, and resolves when it does; port 0 takes a free one. Rejects when the port is taken. */
export function listen(app: Express, { host, port }: { host: string; port: number }): Promise<Listening> {
  return new Promise((resolve, reject) => {
    // Through Express, which requires node:http: importing it as a module would load its WebSocket too, 7 MB more.
    const server = app.listen(port, host, (error?: Error) => {
      if (error !== undefined) {
        reject(error);
        return;
      }
      const address = server.address();
      resolve({
        port: typeof address === 'object' && address !== null ? address.port : port,
        close: () =>
          new Promise<void>((closed) => {
            server.close(() => {
              closed();
            });
          }),
        closeAll: () => {
          server.closeAllConnections();
        },
      });
    });
    // Longer than callers keep an idle connection, so that it is never the server who closes one in use.
    server.keepAliveTimeout = 65_000;
  });
}

/**
 * On SIGTERM or SIGINT cuts waits short, answers what is in flight, closes the journal and exits with 0. Connections that
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
    setTimeout(server.closeAll, GRACE_MS).unref();
    await server.close();
    closeStore();
    logger.info({}, 'stopped');
    process.exit(0);
  };
  process.on('SIGTERM', (signal) => void stop(signal));
  process.on('SIGINT', (signal) => void stop(signal));
}
