import { isIP } from 'node:net';
import { backoff } from '@ticketing/runtime';
import type { NatsServer } from '@ticketing/runtime';

/** How a connection ended, and whether it was ever up. */
export interface Ended {
  wasUp: boolean;
  error: Error;
}

/**
 * Keeps one connection up, trying the servers in turn from any of them, with backoff: instances spread over them. `run` runs one connection and resolves when it has ended.
 * Resolves once `signal` is aborted, or `failed` refuses another try.
 */
export async function keepConnected(
  servers: readonly NatsServer[],
  run: (server: NatsServer) => Promise<Ended>,
  failed: (error: Error) => boolean,
  signal: AbortSignal,
): Promise<void> {
  for (let [attempt, turn] = [0, Math.floor(Math.random() * servers.length)]; ; attempt++, turn++) {
    const server = servers[turn % servers.length];
    if (server === undefined) return;
    const { wasUp, error } = await run(server);
    if (signal.aborted || !failed(error)) return;
    if (wasUp) attempt = 0;
    const stopped = backoff(attempt, { maxMs: 2000, signal }).then(
      () => false,
      () => true,
    );
    if (await stopped) return;
  }
}

/**
 * TLS options, which make the client require TLS before it logs in. The server name is set because the client would otherwise
 * compare the certificate of a server given by IP address with `localhost`. Typed as an object: the clients declare other
 * options here.
 */
export const tlsTo = (host: string): object => (isIP(host) === 0 ? { host, servername: host } : { host });
