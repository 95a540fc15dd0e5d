import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import express from 'express';
import type { ErrorRequestHandler, Express, IRoute, Request, RequestHandler, Router } from 'express';
import helmet from 'helmet';
import type { HelmetOptions } from 'helmet';
import { isUnreachable, measureRequest, traceFields, tracedRequest, withRequestId } from '@ticketing/runtime';
import type { Health, Logger } from '@ticketing/runtime';
import { HttpError, badRequest, methodNotAllowed, notFound, unavailable, unsupportedMediaType } from '../errors.ts';
import type { ErrorBody } from '../shapes.ts';
import { requireSameOrigin } from './same-origin.ts';
import type { SecurityEvent } from './security-log.ts';
import { logSecurityEvent } from './security-log.ts';

const BODY_LIMIT = '100kb';
const MAX_DEPTH = 10;

export interface ApiOptions {
  log: Logger;
  health: Health;
  config: { TRUSTED_PROXIES: number };
}

/**
 * Creates an Express app with what every service's API has in common: request ids, logs, security headers, JSON bodies, and
 * one error handler that maps errors to responses. `middleware` runs before the routes.
 */
export function createApi({
  log,
  health,
  config,
  readsOwnBody = () => false,
  middleware = [],
  routes = {},
}: ApiOptions & {
  /** Whether the route of a request reads its body itself, such as an upload. */
  readsOwnBody?: (req: Request) => boolean;
  middleware?: RequestHandler[];
  /** Path prefix -> its routes. */
  routes?: Record<string, Router>;
}): Express {
  const app = express();
  app.use((req, res, next) => {
    tracedRequest(req, res, () => routeOf(req), next);
  });
  startApp(app, log, health);
  app.set('trust proxy', config.TRUSTED_PROXIES);
  app.use(parseBody(readsOwnBody), checkBody);
  for (const handler of middleware) app.use(handler);
  for (const [path, router] of Object.entries(routes)) app.use(path, router);
  for (const [path, router] of Object.entries(routes)) refuseOtherMethods(app, path, router);
  return endApp(app, log);
}

/**
 * Creates the Express app of the admin port: probes, metrics, and the routes that only operators use. A browser can't use
 * it from another site.
 */
export function createAdminApi({
  log,
  health,
  routes = [],
}: Pick<ApiOptions, 'log' | 'health'> & { routes?: Router[] }): Express {
  const app = express();
  startApp(app, log, health);
  const routers = [health.router, ...routes];
  app.use(requireSameOrigin, health.router, logAdminCalls(log), ...routes);
  for (const router of routers) refuseOtherMethods(app, '', router);
  return endApp(app, log);
}

/** Logs each call of a route for operators. Probes and metrics, which come every few seconds, are handled before. */
const logAdminCalls =
  (log: Logger): RequestHandler =>
  (req, res, next) => {
    res.on('close', () => {
      logSecurityEvent(log, req, 'authz_admin', { outcome: res.statusCode < 400 ? 'success' : 'failure' });
    });
    next();
  };

function startApp(app: Express, log: Logger, health: Health): void {
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.use(requestContext(log, health), defaultHeaders());
}

/** The routes of a router and of those that it uses. */
const routesOf = (router: Router): IRoute[] =>
  router.stack.flatMap(({ route, handle }) =>
    route !== undefined ? [route] : 'stack' in handle ? routesOf(handle as unknown as Router) : [],
  );

/** Answers 405, with the methods that there are, to any other method at the paths of a router. */
function refuseOtherMethods(app: Express, prefix: string, router: Router): void {
  const methods = new Map<string, Set<string>>();
  for (const route of routesOf(router)) {
    const atPath = methods.get(route.path) ?? new Set();
    // Without a method for `router.all`, which leaves none over.
    for (const { method } of route.stack as { method?: string }[]) if (method) atPath.add(method.toUpperCase());
    if (atPath.has('GET')) atPath.add('HEAD');
    methods.set(route.path, atPath);
  }
  for (const [path, allowed] of methods)
    if (allowed.size > 0)
      app.all(`${prefix}${path}`, () => {
        throw methodNotAllowed([...allowed]);
      });
}

function endApp(app: Express, log: Logger): Express {
  app.use(() => {
    throw notFound('not-found', 'There is nothing at this address.');
  });
  app.use(errorHandler(log));
  return app;
}

const helmetOptions: HelmetOptions = {
  contentSecurityPolicy: { directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] }, useDefaults: false },
  // Off: headers that matter only for HTML documents or for obsolete browsers. Every header costs bytes in every response.
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
};

/**
 * Sets the headers of every response. Helmet's are the same each time, so they are computed once. Responses are about one user or
 * soon outdated, so no cache may store them.
 */
function defaultHeaders(): RequestHandler {
  const headers = new Map([['Cache-Control', 'no-store']]);
  const recorder = { setHeader: headers.set.bind(headers), removeHeader: () => undefined };
  helmet(helmetOptions)({} as IncomingMessage, recorder as unknown as ServerResponse, () => undefined);
  return (_req, res, next) => {
    res.setHeaders(headers);
    next();
  };
}

/** The pattern of a request's route, not the path: one time series for a route, not one for each ticket. */
const routeOf = ({ route, baseUrl }: Request): string =>
  route === undefined ? 'none' : `${baseUrl}${(route as { path: string }).path}`;

function requestContext(log: Logger, health: Health): RequestHandler {
  return (req, res, next) => {
    const given = req.get('x-request-id');
    const requestId = given !== undefined && /^[\w-]{8,64}$/.test(given) ? given : randomUUID();
    res.setHeader('X-Request-Id', requestId);
    // During shutdown each response closes its connection, so that clients reconnect to another instance.
    if (health.stopping) res.setHeader('Connection', 'close');
    const startedAt = performance.now();
    measureRequest(req, res, () => routeOf(req));
    const ids = { requestId, ...traceFields() };
    withRequestId(requestId, () => {
      res.on('close', () => {
        const ms = performance.now() - startedAt;
        const isRead = req.method === 'GET' && res.statusCode < 400;
        // Why a service is not ready is logged where the failure occurs, not at each probe.
        const isProbe = req.originalUrl.startsWith('/health/');
        const level = isRead || isProbe ? 'debug' : res.statusCode >= 500 ? 'error' : 'info';
        log[level](
          {
            ...ids,
            method: req.method,
            // Without the query, in which visitors search.
            path: req.originalUrl.split('?', 1)[0]?.slice(0, 200),
            status: res.statusCode,
            ms: Math.round(ms),
          },
          res.writableFinished ? 'answered' : 'the client disconnected before the response',
        );
      });
      next();
    });
  };
}

/** Parses a JSON body. Rejects any other content type, including those that a form of another site can send. */
function parseBody(readsOwnBody: (req: Request) => boolean): RequestHandler {
  const parse = express.json({ limit: BODY_LIMIT, type: () => true });
  return (req, res, next) => {
    const hasBody = req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
    if (!hasBody || readsOwnBody(req)) next();
    else if (req.is('application/json')) parse(req, res, next);
    else throw unsupportedMediaType('unsupported-media-type', 'Send the body as application/json.', { field: 'body' });
  };
}

/** Rejects a list, and a body that is nested too deeply. */
const checkBody: RequestHandler = (req, _res, next) => {
  const body: unknown = req.body;
  if (Array.isArray(body)) throw badRequest('invalid-body', 'The body must be a JSON object.', { field: 'body' });
  if (deeperThan(body, MAX_DEPTH)) throw badRequest('too-deep', 'The body is nested too deeply.', { field: 'body' });
  next();
};

function deeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => deeperThan(inner, levels - 1));
}

/** The security event of a refusal, by its status. */
const REFUSALS: Readonly<Record<number, SecurityEvent>> = { 403: 'authz_fail', 429: 'excess_rate_limit_exceeded' };

function errorHandler(log: Logger): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    const answer = asHttpError(error);
    const refused = REFUSALS[answer.status];
    if (refused) logSecurityEvent(log, req, refused, { outcome: 'failure', code: answer.problems[0]?.code });
    if (answer.status === 503) log.warn({ err: error }, 'a request could not be served');
    else if (answer.status >= 500) log.error({ err: error }, 'a request failed');
    if (res.headersSent) {
      next(error);
      return;
    }
    const body: ErrorBody = { errors: answer.problems };
    res.status(answer.status).set(answer.headers).json(body);
  };
}

/** The HTTP error for anything that was thrown. Errors of Express and its body parser have a `type` and a `status`. */
function asHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (isUnreachable(error))
    return unavailable('store-unavailable', 'This does not work right now. Try again in a moment.');
  const { type, status } = (error ?? {}) as { type?: unknown; status?: unknown };
  switch (type) {
    case 'entity.parse.failed':
      return badRequest('invalid-json', 'The body is not valid JSON.', { field: 'body' });
    case 'entity.too.large':
      return new HttpError(413, [
        { code: 'body-too-large', message: `The body may have ${BODY_LIMIT} at most.`, field: 'body' },
      ]);
    case 'encoding.unsupported':
    case 'charset.unsupported':
      return unsupportedMediaType('unsupported-media-type', 'Send the body as application/json in UTF-8.', {
        field: 'body',
      });
    default:
  }
  if (error instanceof URIError) return badRequest('invalid-url', 'The address is malformed.', { field: 'url' });
  if (typeof status === 'number' && status >= 400 && status < 500)
    return new HttpError(status, [{ code: 'invalid-request', message: 'The request is malformed.', field: 'body' }]);
  return new HttpError(500, [{ code: 'internal-error', message: 'Something went wrong on our side.' }]);
}
