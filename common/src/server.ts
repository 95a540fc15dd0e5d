import type { IncomingMessage, RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';

/** How long a server waits for a caller, in milliseconds. */
const limits = {
  // Longer than any proxy in front keeps an idle connection (Google's load balancers: 600 s), so that it is never this
  // side that closes one on which a request is on its way.
  keepAliveTimeout: 620_000,
  // A request that never becomes whole is given up within a minute: its head, then head and body together.
  headersTimeout: 20_000,
  requestTimeout: 45_000,
  connectionsCheckingInterval: 5_000,
};

/**
 * An HTTP server with the time limits that all of ours have; it does not listen yet. A request that offers another
 * protocol (`Upgrade`) is answered as any other, and its connection ended: only `shouldUpgradeCallback` accepts one.
 */
export function httpServer(
  handler: RequestListener,
  shouldUpgradeCallback: (request: IncomingMessage) => boolean = () => false,
): Server {
  return createServer({ ...limits, shouldUpgradeCallback }, (request, response) => {
    if (request.headers.upgrade !== undefined) response.shouldKeepAlive = false;
    handler(request, response);
  });
}

/** Listens, and resolves with the port when it does; port 0 takes a free one. Rejects when the port is taken. */
export function listenAt(server: Server, { HOST, PORT }: { HOST: string; PORT: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(PORT, HOST, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : PORT);
    });
  });
}

/** No operation of ours takes longer: what is open after this is a connection that was never used, or a caller that is stuck. */
const REQUESTS_MS = 5000;

/** Finishes the requests in flight and closes the connections that are idle, or become so; after `graceMs` all the others. */
export function closeServer(server: Server, graceMs = REQUESTS_MS): Promise<void> {
  return new Promise((resolve) => {
    // The answer to a request in flight may have promised to keep its connection, for minutes.
    const sweep = setInterval(() => {
      server.closeIdleConnections();
    }, 50);
    const limit = setTimeout(() => {
      server.closeAllConnections();
    }, graceMs);
    server.close(() => {
      clearInterval(sweep);
      clearTimeout(limit);
      resolve();
    });
  });
}
