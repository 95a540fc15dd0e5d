import type { IncomingMessage, RequestListener, Server } from 'node:http';
import { createServer, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** How long a server waits for a client, in milliseconds. */
const limits = {
  // Longer than any proxy in front keeps an idle connection (Google's load balancers: 600 s). Otherwise this side could close
  // a connection on which a request is arriving.
  keepAliveTimeout: 620_000,
  // An incomplete request is aborted within a minute: the first limit is for the head, the second for head and body.
  headersTimeout: 20_000,
  requestTimeout: 45_000,
  connectionsCheckingInterval: 5_000,
};

/** The methods of the API. */
const API_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'];

export interface HttpServerOptions {
  /** The methods that the handler is called for, by default those of the API; any other is answered with 405. */
  methods?: readonly string[];
  /** Which offers to upgrade are accepted, by default none. */
  shouldUpgrade?: (request: IncomingMessage) => boolean;
}

/**
 * Creates an HTTP server with the time limits of this project; it does not listen yet. The handler gets only requests with
 * one of the methods, for a path, with a Host. A request with an `Upgrade` header is answered like any other and its
 * connection is then closed, unless the upgrade is accepted.
 */
export function httpServer(
  handler: RequestListener,
  { methods = API_METHODS, shouldUpgrade = () => false }: HttpServerOptions = {},
): Server {
  const server = createServer({ ...limits, shouldUpgradeCallback: shouldUpgrade }, (request, response) => {
    const { method = '', url = '', headers, socket } = request;
    if (headers.upgrade !== undefined) response.shouldKeepAlive = false;
    // HTTP/1.0 does not require it, and what is behind this server does.
    headers.host ??= `${socket.localFamily === 'IPv6' ? `[${socket.localAddress}]` : socket.localAddress}:${socket.localPort}`;
    if (!methods.includes(method)) {
      response.setHeader('Allow', methods.join(', '));
      refuse(response, 405, 'method-not-allowed', `The methods are ${methods.join(', ')}.`);
    } else if (!/^(\/|https?:\/\/)/i.test(url)) {
      refuse(response, 400, 'invalid-url', 'The address of a request must begin with a slash.');
    } else handler(request, response);
  });
  // Node makes no response for this method, and without a listener it closes the connection unanswered.
  server.on('connect', (request, socket) => {
    const response = new ServerResponse(request);
    response.assignSocket(socket as Socket);
    response.once('finish', () => socket.destroy());
    socket.once('error', () => socket.destroy());
    server.emit('request', request, response);
  });
  return server;
}

/** Answers a request that no handler gets. The rest of its body is not read. */
function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  response.shouldKeepAlive = false;
  const body = JSON.stringify({ errors: [{ code, message }] });
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' });
  // Also for HEAD, whose answer has no body.
  response.end(body);
}

/** Listens and resolves to the port; port 0 chooses a free one. Rejects when the port is taken. */
export function listenAt(server: Server, { HOST, PORT }: { HOST: string; PORT: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // Without a host Node listens on `::`, which takes IPv4 as well, or on 0.0.0.0 where the system has no IPv6.
    server.listen({ port: PORT, ...(HOST !== '::' && { host: HOST }) }, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : PORT);
    });
  });
}

/** No request takes longer: a connection that is still open after this was never used, or its client is stuck. */
const REQUEST_LIMIT_MS = 5000;

/**
 * Finishes the requests in flight and closes connections once they are idle; after `graceMs` it closes all others. The server emits
 * `closing`, at which responses that would not end by themselves have to be ended.
 */
export function closeServer(server: Server, graceMs = REQUEST_LIMIT_MS): Promise<void> {
  return new Promise((resolve) => {
    server.emit('closing');
    // The response to a request in flight may have announced a keep-alive of minutes, so idle connections are closed repeatedly.
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
