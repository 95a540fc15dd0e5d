import http from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream';
import { endToEnd, requestHeaders, requestIdOf } from './headers.ts';
import { errorAnswer } from './errors.ts';
import type { Route, Target } from './routes.ts';
import { routeFinder } from './routes.ts';

export type RouterOptions = {
  routes: readonly Route[];
  /** How long a target may take to begin its answer, in milliseconds. */
  timeoutMs?: number;
  /** Told about every request that could not be served, and every target that could not be reached. */
  warn?: (message: string, facts: Record<string, unknown>) => void;
};

/**
 * The local router: routes by path prefix as the Ingress does and shares the requests of a prefix among its targets.
 * Bodies stream through. A request moves on to the next target only while it is certain that nobody has acted on it.
 * It is written on node:http, for a proxy library sends a request's body before it knows whether the target is there,
 * and then can't offer it to the next. The server doesn't listen yet.
 */
export function createRouter({ routes, timeoutMs = 30_000, warn = () => undefined }: RouterOptions): http.Server {
  // A connection that is not kept is made anew for the next request: as many as a rush has.
  const agent = new http.Agent({ keepAlive: true, maxFreeSockets: 1024 });
  const findRoute = routeFinder(routes);
  const turns = new Map<Route, number>();

  /** The targets of a route, the one whose turn it is first. */
  function inTurn(route: Route): Target[] {
    const turn = turns.get(route) ?? 0;
    turns.set(route, (turn + 1) % Math.max(route.targets.length, 1));
    return [...route.targets.slice(turn), ...route.targets.slice(0, turn)];
  }

  function forward(request: http.IncomingMessage, response: http.ServerResponse): void {
    const url = originForm(request.url ?? '/');
    const route = findRoute(url);
    const targets = route ? inTurn(route) : [];
    const requestId = requestIdOf(request);
    const headers = requestHeaders(request, requestId);
    const { 'transfer-encoding': encoding, 'content-length': length } = request.headers;
    const hasBody = encoding !== undefined || Number(length) > 0;
    const repeatable = (request.method === 'GET' || request.method === 'HEAD') && !hasBody;
    // Else Node would announce a body in chunks, for headers that are given raw go before it knows that there is none.
    if (!hasBody && length === undefined && !repeatable) headers.push('content-length', '0');
    let upstream: http.ClientRequest | undefined;

    const timer = setTimeout(() => {
      fail(504, 'service-timeout', 'The service did not answer in time.');
    }, timeoutMs);
    response.on('close', () => {
      clearTimeout(timer);
      if (!response.writableFinished) upstream?.destroy();
    });

    function fail(status: number, code: string, message: string, cause?: Error): void {
      clearTimeout(timer);
      if (response.headersSent || response.destroyed) {
        response.destroy();
        return;
      }
      warn(message, { requestId, status, code, method: request.method, url, error: cause?.message });
      const { headers: head, body } = errorAnswer(request, status, code, message);
      response.writeHead(status, head).end(body);
      upstream?.destroy();
    }

    function attempt(target: Target | undefined, rest: Target[], mayBeStale: boolean): void {
      if (!target) {
        fail(503, 'service-unavailable', 'The service is not available right now. Please try again.');
        return;
      }
      const attempted = http.request({ ...target, agent, method: request.method, path: url, headers });
      upstream = attempted;
      let connected = false;

      // The body is sent only once there is a connection: until then the request can still go elsewhere.
      const send = () => {
        connected = true;
        if (hasBody) request.pipe(attempted);
        else attempted.end();
      };
      attempted.on('socket', (socket) => {
        if (socket.connecting) socket.once('connect', send);
        else send();
      });

      attempted.on('response', (answer) => {
        clearTimeout(timer);
        const head = endToEnd(answer.rawHeaders, answer.headers.connection);
        if (!server.listening) response.shouldKeepAlive = false;
        response.writeHead(answer.statusCode ?? 502, answer.statusMessage, head);
        // By hand, for pipeline() with its listeners and its AbortController costs as much as all else here.
        answer.on('data', (chunk: Buffer) => {
          if (!response.write(chunk)) answer.pause();
        });
        response.on('drain', () => answer.resume());
        answer.on('end', () => response.end());
        answer.on('error', () => response.destroy());
      });

      attempted.on('error', (error: NodeJS.ErrnoException) => {
        if (upstream !== attempted || response.headersSent || response.destroyed) {
          response.destroy();
          return;
        }
        const cut = error.code === 'ECONNRESET' || error.code === 'EPIPE';
        if (!connected) {
          warn('target unreachable', { requestId, target: `${target.hostname}:${target.port}`, error: error.message });
          attempt(rest[0], rest.slice(1), mayBeStale);
        } else if (repeatable && cut && mayBeStale && attempted.reusedSocket) {
          // A kept connection that had been closed meanwhile says nothing about its target: ask it once more.
          attempt(target, rest, false);
        } else if (repeatable && cut && rest.length > 0) {
          attempt(rest[0], rest.slice(1), mayBeStale);
        } else {
          fail(502, 'service-unavailable', 'The service broke off before it answered.', error);
        }
      });
    }

    attempt(targets[0], targets.slice(1), true);
  }

  /** Passes on a protocol upgrade (WebSocket), which Next's development server needs. */
  function upgrade(request: http.IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = originForm(request.url ?? '/');
    const route = findRoute(url);
    const target = route && inTurn(route)[0];
    socket.on('error', () => socket.destroy());
    if (!target) {
      socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n');
      return;
    }
    const headers = requestHeaders(request, requestIdOf(request));
    headers.push('connection', 'Upgrade', 'upgrade', request.headers.upgrade ?? '');
    const upstream = http.request({ ...target, agent: false, method: request.method, path: url, headers });
    socket.on('close', () => upstream.destroy());
    upstream.on('error', () => {
      if (socket.writable) socket.end('HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\n\r\n');
    });
    upstream.on('response', (answer) => {
      socket.write(rawHead(answer, ['Connection', 'close']));
      pipeline(answer, socket, () => undefined);
    });
    upstream.on('upgrade', (answer, peer, peerHead) => {
      socket.write(rawHead(answer, []));
      if (peerHead.length > 0) socket.write(peerHead);
      if (head.length > 0) peer.write(head);
      pipeline(socket, peer, socket, () => undefined);
    });
    upstream.end();
  }

  const server = http.createServer(forward);
  server.on('upgrade', upgrade);
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const [status, code] = clientErrors[error.code ?? ''] ?? ['400 Bad Request', 'bad-request'];
    const body = JSON.stringify({ errors: [{ code, message: 'This is not a request that can be understood.' }] });
    socket.end(
      `HTTP/1.1 ${status}\r\nContent-Type: application/json; charset=utf-8\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    );
  });
  server.on('close', () => {
    agent.destroy();
  });
  return server;
}

const clientErrors: Record<string, [status: string, code: string] | undefined> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'headers-too-large'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['413 Payload Too Large', 'body-too-large'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'request-timeout'],
};

/** `GET http://host/path` is a valid request line too: only its path and query matter here. */
const originForm = (url: string): string =>
  url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?#]*(?=\/|$)/i, '') || '/';

function rawHead(answer: http.IncomingMessage, more: string[]): string {
  const raw = [...answer.rawHeaders, ...more];
  const lines = raw.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${raw[i + 1] ?? ''}`] : []));
  return [`HTTP/1.1 ${answer.statusCode ?? 502} ${answer.statusMessage ?? ''}`, ...lines, '', ''].join('\r\n');
}
