import { randomInt } from 'node:crypto';
import express from 'express';
import type { Express, NextFunction, Request, Response } from 'express';
import { invalidRequest, noSuchIntent, refuseUnknown, StripeFailure } from './failure.ts';
import type { Failure } from './failure.ts';
import { ConnectionDropped } from './faults.ts';
import { FormError, parseForm } from './form.ts';
import { summaryOf, totals } from './ledger.ts';
import type { Logger } from './logger.ts';
import { text } from './parameters.ts';
import { execute, INTERNAL, orderOf, queryOf, requestIdOf, stripeApi } from './stripe-api.ts';
import type { Dependencies } from './stripe-api.ts';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** A random id in Stripe's format: `pi_` and 24 letters and digits. */
export const randomId = (prefix: string): string =>
  `${prefix}_${Array.from({ length: 24 }, () => LETTERS.charAt(randomInt(LETTERS.length))).join('')}`;

/** The sandbox as an Express app: Stripe's routes under /v1, its own under /sandbox, /ledger and /health. */
export function createApp(dependencies: Dependencies, logger: Logger, stopping: AbortSignal): Express {
  const { store, faults } = dependencies;
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', false);
  app.use(identify);

  app.get('/health/live', (_req, res) => {
    res.json({ status: 'ok' });
  });
  app.get('/health/ready', (_req, res) => {
    res.status(stopping.aborted ? 503 : 200).json({ status: stopping.aborted ? 'stopping' : 'ok' });
  });

  app.get('/ledger', (req, res) => {
    const params = parseForm(queryOf(req));
    refuseUnknown(params, ['orderId']);
    const orderId = text(params, 'orderId');
    const entries = orderId === undefined ? store.ledger : ledgerOf(orderId);
    res.json({ entries, totals: totals(entries) });
  });
  app.get('/ledger/:orderId', (req, res) => {
    const { orderId } = req.params;
    const paymentIntents = [...store.intents.values()]
      .filter((intent) => orderOf(intent) === orderId)
      .map(({ id, status, amount, currency }) => ({ id, status, amount, currency }));
    res.json({ ...summaryOf(orderId, ledgerOf(orderId)), paymentIntents });
  });

  app.use('/sandbox', express.json({ limit: '100kb' }));
  app
    .route('/sandbox/faults')
    .get((_req, res) => {
      res.json({ faults: faults.list() });
    })
    .post((req, res) => {
      res.status(201).json(faults.add(req.body));
    })
    .delete((_req, res) => {
      faults.clear();
      res.json({ faults: faults.list() });
    });
  app.post('/sandbox/payment_intents/:id/authenticate', (req, res) => {
    const outcome = (req.body as { outcome?: unknown } | null | undefined)?.outcome;
    if (outcome !== 'succeeded' && outcome !== 'failed')
      throw invalidRequest('Send { "outcome": "succeeded" } or { "outcome": "failed" }, as application/json.', {
        param: 'outcome',
      });
    const intent = store.intents.get(req.params.id);
    if (intent === undefined) throw noSuchIntent(req.params.id);
    const answer = execute(dependencies, {
      intent,
      command: { do: 'authenticate', outcome },
      requestId: requestIdOf(res),
    });
    res.status(answer.status).json(answer.body);
  });

  app.use('/v1', stripeApi(dependencies));
  app.use((req) => {
    throw invalidRequest(`Unrecognized request URL (${req.method}: ${req.path.slice(0, 200)}).`, { status: 404 });
  });
  app.use((error: unknown, req: Request, res: Response, _next: NextFunction) => {
    if (error instanceof ConnectionDropped || res.headersSent) {
      req.socket.destroy();
      return;
    }
    const failure = failureOf(error);
    if (failure === INTERNAL) logger.error({ requestId: requestIdOf(res), error: String(error) }, 'request failed');
    res
      .status(failure.status)
      .set(failure.headers ?? {})
      .json({ error: failure.error });
  });
  return app;

  function identify(req: Request, res: Response, next: NextFunction): void {
    const startedAt = dependencies.now();
    const requestId = dependencies.newId('req');
    res.locals = { requestId };
    res.set({ 'Request-Id': requestId, 'Cache-Control': 'no-store' });
    const { method, path } = req;
    // A caller must not reuse a connection that is about to be closed.
    const closeAfter = () => {
      if (!res.headersSent) res.set('Connection', 'close');
    };
    if (stopping.aborted) closeAfter();
    stopping.addEventListener('abort', closeAfter);
    res.once('close', () => {
      stopping.removeEventListener('abort', closeAfter);
      const { fault } = res.locals as { fault?: string };
      const status = res.writableFinished ? res.statusCode : 'dropped';
      const idempotencyKey = req.get('idempotency-key');
      logger.info(
        { requestId, method, path, status, ms: dependencies.now() - startedAt, idempotencyKey, fault },
        'request',
      );
    });
    next();
  }

  function ledgerOf(orderId: string) {
    return store.ledger.filter((entry) => entry.orderId === orderId);
  }
}

/** The response to a thrown error; details of unexpected ones are not exposed. */
function failureOf(error: unknown): Failure {
  if (error instanceof StripeFailure) return error.failure;
  if (error instanceof FormError) return invalidRequest(error.message).failure;
  const { status, type } = (error ?? {}) as { status?: unknown; type?: unknown };
  if (status === 413) return invalidRequest('The request is too large: at most 100 kB.', { status }).failure;
  if (type === 'entity.parse.failed') return invalidRequest('The body is not valid JSON.').failure;
  if (typeof status === 'number' && status >= 400 && status < 500)
    return invalidRequest('The request could not be read.', { status }).failure;
  return INTERNAL;
}
