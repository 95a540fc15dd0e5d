import { STATUS_CODES } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { measureRequest } from '@ticketing/runtime/metrics';
import { httpServer } from '@ticketing/runtime/server';
import { traceFields, tracedRequest } from '@ticketing/runtime/tracing';
import { createProxyServer } from 'httpxy';
import { ConnectedAgent, UnreachableError } from './connect.ts';
import { errorAnswer } from './errors.ts';
import { measureForward } from './metrics.ts';
import type { ForwardOutcome } from './metrics.ts';
import { hopByHop, originForm, readyToForward, refusal } from './request.ts';
import type { Route, Target } from './routes.ts';
import { routeFinder } from './routes.ts';

/** How long an idle connection to a target is kept. */
const IDLE_MS = 15_000;

export type RouterOptions = {
  routes: readonly Route[];
  /** How many proxies in front of this one are trusted about the visitor's address and scheme. */
  trustedProxies?: number;
  /** How long a target may be silent, in milliseconds. */
  timeoutMs?: number;
  /** Whether WebSockets are forwarded, which Next's development server needs; if not, offers to upgrade are ignored. */
  upgrades?: boolean;
  /** Called for every request that could not be served, and every unreachable target. */
  warn?: (message: string, fields: Record<string, unknown>) => void;
};

/**
 * The router: a table and a retry rule around a proxy library, which does all of HTTP's framing. It routes by path prefix
 * as the Ingress does, round-robin over the targets of a prefix. The server doesn't listen yet.
 *
 * The retry rule: a request goes to the next target as long as none is reachable. An idempotent one (GET or HEAD without
 * a body) is retried once, over a new connection, when its connection breaks before the response.
 */
export function createRouter({
  routes,
  trustedProxies = 0,
  timeoutMs = 30_000,
  upgrades = false,
  warn = () => undefined,
}: RouterOptions): Server {
  // Enough idle connections for a rush of visitors.
  const pooled = new ConnectedAgent({ keepAlive: true, maxFreeSockets: 1024, timeout: IDLE_MS });
  const unpooled = new ConnectedAgent();
  const proxy = createProxyServer({ proxyTimeout: timeoutMs });
  const findRoute = routeFinder(routes);
  const turns = new Map<Route, number>();

  /** Responses that end when their reader leaves. */
  const streams = new Set<ServerResponse>();

  proxy.on('proxyRes', ({ headers }, _request, response) => {
    if (headers['content-type']?.startsWith('text/event-stream')) {
      streams.add(response);
      response.on('close', () => streams.delete(response));
    }
    for (const name of hopByHop) Reflect.deleteProperty(headers, name);
    headers.connection = response.shouldKeepAlive && server.listening ? 'keep-alive' : 'close';
  });

  /** The targets of a route, in round-robin order. */
  function roundRobin(route: Route): Target[] {
    const turn = turns.get(route) ?? 0;
    turns.set(route, (turn + 1) % Math.max(route.targets.length, 1));
    return [...route.targets.slice(turn), ...route.targets.slice(0, turn)];
  }

  /** The targets for a request, in the order in which they are tried. Throws a RequestError for a request that is refused. */
  function admit(request: IncomingMessage): { targets: Target[]; requestId: string } {
    request.url = originForm(request.url ?? '/');
    const reason = refusal(request);
    if (reason !== undefined) throw new RequestError(400, 'bad-request', reason);
    const route = findRoute(request.url);
    return { targets: route ? roundRobin(route) : [], requestId: readyToForward(request, trustedProxies) };
  }

  async function forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A client that has disconnected has no address any more, by which services limit rates.
    if (request.socket.remoteAddress === undefined) {
      request.socket.destroy();
      return;
    }
    let requestId: string | undefined;
    try {
      const admitted = admit(request);
      requestId = admitted.requestId;
      await send(request, response, admitted);
    } catch (error) {
      const { status, code, message, cause } = asRequestError(error);
      const { method, url } = request;
      warn(message, {
        ...{ requestId, ...traceFields() },
        ...{ status, code, method, url },
        error: cause instanceof Error ? cause.message : undefined,
      });
      if (response.headersSent) {
        response.destroy();
        return;
      }
      const { headers, body } = errorAnswer(request, status, code, message);
      // The rest of the request's body is not read.
      response.shouldKeepAlive &&= request.complete;
      response.writeHead(status, headers).end(body);
    }
  }

  /** Forwards the request and its response. Throws a RequestError when no target responds. */
  async function send(
    request: IncomingMessage,
    response: ServerResponse,
    { targets, requestId }: { targets: Target[]; requestId: string },
  ): Promise<void> {
    let mayRetry = isIdempotent(request);
    let agent = pooled;
    let [target, ...others] = targets;
    while (target !== undefined) {
      const startedAt = performance.now();
      try {
        await proxy.web(request, response, { target, agent });
        // A client may have left before there was an answer.
        if (response.headersSent) measureForward(target, 'answered', startedAt, response);
        return;
      } catch (error) {
        const cause = error as NodeJS.ErrnoException;
        const outcome = outcomeOf(cause, performance.now() - startedAt);
        measureForward(target, outcome, startedAt, response);
        if (outcome === 'unreachable') {
          const name = `${target.hostname}:${target.port}`;
          warn('target unreachable', { requestId, ...traceFields(), target: name, error: cause.message });
          [target, ...others] = others;
        } else if (outcome === 'late') {
          throw new RequestError(504, 'service-timeout', 'The service did not answer in time.', { cause });
        } else if (mayRetry && !response.headersSent && broken.has(cause.code ?? '')) {
          mayRetry = false;
          // A stale connection from the pool is no sign of a failed target, and other pooled ones may be stale too.
          agent = unpooled;
          [target, ...others] = [...others, target];
        } else {
          throw new RequestError(502, 'service-unavailable', 'The service closed the connection before it responded.', {
            cause,
          });
        }
      }
    }
    throw new RequestError(503, 'service-unavailable', 'The service is not available right now. Please try again.');
  }

  const outcomeOf = (cause: Error, ms: number): ForwardOutcome =>
    cause instanceof UnreachableError ? 'unreachable' : ms >= timeoutMs ? 'late' : 'broken';

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const { connection, upgrade: protocol } = request.headers;
    try {
      const [target] = admit(request).targets;
      if (target === undefined) throw new RequestError(503, 'service-unavailable', 'The service is not available.');
      Object.assign(request.headers, { connection, upgrade: protocol });
      proxy.ws(request, socket as Socket, { target, agent: unpooled, upgradeTimeout: timeoutMs }, head).catch(() => {
        socket.destroy();
      });
    } catch (error) {
      refuse(socket, asRequestError(error));
    }
  }

  const server = httpServer(
    (request, response) => {
      const routeOf = () => findRoute(request.url ?? '')?.prefix ?? 'none';
      measureRequest(request, response, routeOf);
      tracedRequest(request, response, routeOf, () => {
        void forward(request, response);
      });
    },
    { shouldUpgrade: ({ headers }) => upgrades && headers.upgrade?.toLowerCase() === 'websocket' },
  );
  server.on('upgrade', upgrade);
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
    else refuse(socket, clientErrors[error.code ?? ''] ?? unreadable);
  });
  server.on('closing', () => {
    // Destroyed, not ended: the target goes on writing. Its reader connects again.
    for (const response of streams) response.destroy();
  });
  server.on('close', () => {
    pooled.destroy();
  });
  return server;
}

/** The router's own response in place of a service's. */
class RequestError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.code = code;
  }
}

const asRequestError = (error: unknown): RequestError =>
  error instanceof RequestError
    ? error
    : new RequestError(502, 'service-unavailable', 'The request could not be forwarded.', { cause: error });

/** The codes of a connection that was closed during a request. */
const broken = new Set(['ECONNRESET', 'EPIPE']);

const isIdempotent = ({ method, headers }: IncomingMessage): boolean =>
  (method === 'GET' || method === 'HEAD') &&
  headers['transfer-encoding'] === undefined &&
  (headers['content-length'] ?? '0') === '0';

const unreadable = new RequestError(400, 'bad-request', 'The request is not valid HTTP.');

const clientErrors: Record<string, RequestError | undefined> = {
  HPE_HEADER_OVERFLOW: new RequestError(431, 'headers-too-large', 'The headers of a request may not exceed 16 kB.'),
  HPE_CHUNK_EXTENSIONS_OVERFLOW: new RequestError(413, 'body-too-large', 'The body is too large.'),
  ERR_HTTP_REQUEST_TIMEOUT: new RequestError(408, 'request-timeout', 'The request was not complete in time.'),
};

/** Responds to what is not valid HTTP, and closes its connection. */
function refuse(socket: Duplex, { status, code, message }: RequestError): void {
  const body = JSON.stringify({ errors: [{ code, message }] });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}
