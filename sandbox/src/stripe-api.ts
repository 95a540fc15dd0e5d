import express from 'express';
import type { NextFunction, Request, Response, Router } from 'express';
import { invalidRequest, noSuchIntent, refuseUnknown, StripeFailure } from './failure.ts';
import type { Failure } from './failure.ts';
import type { Fault, Faults, Operation } from './faults.ts';
import { parseForm } from './form.ts';
import type { Form } from './form.ts';
import { fingerprintOf } from './idempotency.ts';
import {
  cancelCommand,
  captureCommand,
  confirmCommand,
  createCommand,
  createdSince,
  expansionOf,
  missing,
  pageOf,
  text,
} from './parameters.ts';
import { decide, render } from './payment-intents.ts';
import type { Command, Decision, Intent } from './payment-intents.ts';
import { matches, parseQuery } from './search.ts';
import type { Answer, Change, Store } from './store.ts';

const FORM = 'application/x-www-form-urlencoded';
const API_VERSION = '2026-10-28.endive';
const DECLINED_CARD = 'pm_card_chargeDeclined';

/** The dependencies of the routes. `now` returns Unix milliseconds, `newId` an id such as `pi_...` for the prefix `pi`. */
export type Dependencies = { store: Store; faults: Faults; now: () => number; newId: (prefix: string) => string };

type Reading = {
  orderId?: (params: Form, id: string) => string | undefined;
  find: (params: Form, id: string) => object;
};

/** Stripe's routes for payment intents, to be mounted at /v1. */
export function stripeApi(dependencies: Dependencies): Router {
  const { store, faults } = dependencies;
  const router = express.Router();
  router.use(authenticateCaller, acceptVersion, express.text({ type: FORM, limit: '100kb' }));
  router.post('/payment_intents', write('create', createCommand));
  router.post('/payment_intents/:id/confirm', write('confirm', confirmCommand));
  router.post('/payment_intents/:id/capture', write('capture', captureCommand));
  router.post('/payment_intents/:id/cancel', write('cancel', cancelCommand));
  router.get('/payment_intents', read('search', { find: (params) => list(store, params) }));
  router.get(
    '/payment_intents/search',
    read('search', { find: (params) => search(store, params), orderId: orderOfQuery }),
  );
  router.get(
    '/payment_intents/:id',
    read('retrieve', { find: retrieve, orderId: (_, id) => orderOf(store.intents.get(id)) }),
  );
  return router;

  /** A POST: claims its idempotency key, executes and stores the answer; faults apply before and after. */
  function write(operation: Operation, toCommand: (params: Form) => Command) {
    return async (req: Request<{ id?: string }>, res: Response): Promise<void> => {
      const form = parseForm(bodyOf(req));
      const { params, withMethod } = expansionOf(form);
      const { id } = req.params;
      const key = req.get('idempotency-key');
      const fingerprint = fingerprintOf(req.method, `${req.baseUrl}${req.path}`, form);
      const claim = key === undefined ? undefined : store.claim(key, fingerprint);
      const gone = goneSignal(res);
      let fault: Fault | undefined;
      let answer: Answer;
      try {
        const orderId = id === undefined ? orderOfParams(params) : orderOf(store.intents.get(id));
        fault = takeFault(res, operation, orderId, claim?.kind !== 'replay');
        await faults.before(fault, gone);
        if (claim?.kind === 'replay') {
          answer = store.answerAt(claim.where);
          res.set({ 'Idempotent-Replayed': 'true', 'Original-Request': answer.requestId });
        } else {
          const command = toCommand(params);
          const intent = id === undefined ? undefined : (store.intents.get(id) ?? fail(noSuchIntent(id)));
          const idempotency = key === undefined ? undefined : { key, fingerprint };
          answer = execute(dependencies, {
            ...{ intent, command, withMethod, idempotency, fault },
            requestId: requestIdOf(res),
          });
        }
      } finally {
        // Before `after`: an executed request is no longer in flight, even if its response never arrives.
        if (claim?.kind === 'granted') claim.release();
      }
      await faults.after(fault, gone);
      if (key !== undefined) res.set('Idempotency-Key', key);
      // A retry with the same key would only replay the 500.
      if (answer.status === 500) res.set('Stripe-Should-Retry', 'false');
      res.status(answer.status).json(answer.body);
    };
  }

  function read(operation: Operation, { find, orderId }: Reading) {
    return async (req: Request<{ id?: string }>, res: Response): Promise<void> => {
      const params = parseForm(queryOf(req));
      const { id = '' } = req.params;
      const gone = goneSignal(res);
      const fault = takeFault(res, operation, orderId?.(params, id), true);
      await faults.before(fault, gone);
      if (fault?.fault.startsWith('error-500') === true) throw new StripeFailure(INTERNAL);
      const found = find(params, id);
      await faults.after(fault, gone);
      res.json(found);
    };
  }

  function retrieve(form: Form, id: string): object {
    const { params, withMethod } = expansionOf(form);
    refuseUnknown(params, ['client_secret']);
    return render(store.intents.get(id) ?? fail(noSuchIntent(id)), withMethod);
  }

  function takeFault(res: Response, operation: Operation, orderId: string | undefined, executing: boolean) {
    const fault = faults.take(operation, orderId, executing);
    (res.locals as { fault?: string | undefined }).fault = fault?.fault;
    return fault;
  }
}

type Execution = {
  intent: Intent | undefined;
  command: Command;
  withMethod?: boolean;
  requestId: string;
  idempotency?: { key: string; fingerprint: string } | undefined;
  fault?: Fault | undefined;
};

/**
 * Executes a command and commits its effects in one record: intent, ledger and the answer for its idempotency key.
 * Returns the answer. Throws a StripeFailure, having stored nothing, when the request is refused.
 */
export function execute(
  dependencies: Dependencies,
  { intent, command, withMethod, idempotency, requestId, fault }: Execution,
): Answer {
  const { store, now, newId } = dependencies;
  const commit = (change: Omit<Change, 'at' | 'answer'>, answer: Answer): Answer => {
    const stored = idempotency === undefined ? {} : { answer: { ...answer, ...idempotency } };
    const at = new Date(now()).toISOString();
    if (change.intent !== undefined || idempotency !== undefined) store.commit({ at, ...change, ...stored });
    return answer;
  };
  const internal: Answer = { status: 500, body: { error: INTERNAL.error }, requestId };
  if (fault?.fault === 'error-500') return commit({}, internal);

  const decision = decide(intent, fault?.fault === 'declined' ? withDeclinedCard(command) : command, {
    seconds: () => Math.floor(now() / 1000),
    newId,
  });
  if (!decision.executed && decision.failure !== undefined) throw new StripeFailure(decision.failure);
  const after = decision.intent ?? intent;
  if (after === undefined) throw new Error(`${command.do} left no intent`);
  const ledger = decision.ledger.map((type) => ({
    at: new Date(now()).toISOString(),
    type,
    paymentIntent: after.id,
    orderId: orderOf(after) ?? null,
    amount: after.amount,
    currency: after.currency,
    idempotencyKey: idempotency?.key ?? null,
  }));
  const change = { ...(decision.intent === undefined ? {} : { intent: decision.intent }), ledger };
  return commit(
    change,
    fault?.fault === 'error-500-after-acting' ? internal : answerOf(decision, render(after, withMethod), requestId),
  );
}

/** The same command, with a card that is declined in place of the payer's. */
function withDeclinedCard(command: Command): Command {
  if (command.do === 'create' && command.confirm)
    return { ...command, intent: { ...command.intent, payment_method: DECLINED_CARD } };
  return command.do === 'confirm' ? { ...command, paymentMethod: DECLINED_CARD } : command;
}

function answerOf({ failure }: Decision, rendered: object, requestId: string): Answer {
  if (failure === undefined) return { status: 200, body: rendered, requestId };
  const payment_intent = failure.withIntent === true ? { payment_intent: rendered } : {};
  return { status: failure.status, body: { error: { ...failure.error, ...payment_intent } }, requestId };
}

/** The response of a failed API, with no details, as Stripe's. */
export const INTERNAL: Failure = {
  status: 500,
  error: { type: 'api_error', message: 'An unknown error occurred.' },
};

function list(store: Store, params: Form): object {
  refuseUnknown(params, ['created', 'limit', 'starting_after']);
  const { limit, cursor } = pageOf(params, 'starting_after');
  if (cursor !== undefined && !store.intents.has(cursor)) throw noSuchIntent(cursor);
  const since = createdSince(params);
  const found = newestFirst(store).filter(({ created }) => created >= since);
  const { data, has_more } = pageAfter(found, cursor, limit);
  return { object: 'list', url: '/v1/payment_intents', has_more, data };
}

/** Unlike Stripe's, which may lag by a minute, this search is consistent. */
function search(store: Store, params: Form): object {
  refuseUnknown(params, ['query', 'limit', 'page']);
  const query = text(params, 'query');
  if (query === undefined) throw missing('query');
  const { limit, cursor } = pageOf(params, 'page');
  if (cursor !== undefined && !store.intents.has(cursor)) throw invalidRequest('Invalid page.', { param: 'page' });
  const clauses = parseQuery(query);
  const found = newestFirst(store).filter((intent) => intent.id === cursor || matches(intent, clauses));
  const { data, has_more, next_page } = pageAfter(found, cursor, limit);
  return { object: 'search_result', url: '/v1/payment_intents/search', has_more, next_page, data };
}

const newestFirst = (store: Store) => [...store.intents.values()].reverse();

function pageAfter(intents: Intent[], cursor: string | undefined, limit: number) {
  const start = cursor === undefined ? 0 : intents.findIndex((intent) => intent.id === cursor) + 1;
  const page = intents.slice(start, start + limit);
  const has_more = intents.length > start + limit;
  return {
    data: page.map((intent) => render(intent)),
    has_more,
    next_page: has_more ? (page.at(-1)?.id ?? null) : null,
  };
}

function orderOfParams({ metadata }: Form): string | undefined {
  const orderId = typeof metadata === 'object' ? metadata['orderId'] : undefined;
  return typeof orderId === 'string' ? orderId : undefined;
}

function orderOfQuery({ query }: Form): string | undefined {
  if (typeof query !== 'string' || query === '') return undefined;
  return parseQuery(query).find(({ field, key }) => field === 'metadata' && key === 'orderId')?.value;
}

/** The order of an intent, from its metadata. */
export const orderOf = (intent: Intent | undefined): string | undefined => intent?.metadata['orderId'];

/** The id that the app gave to a request. */
export const requestIdOf = (res: Response): string => (res.locals as { requestId: string }).requestId;

/** The query string of a request, without its question mark. */
export const queryOf = (req: { originalUrl: string }): string => {
  const at = req.originalUrl.indexOf('?');
  return at === -1 ? '' : req.originalUrl.slice(at + 1);
};

function bodyOf(req: Request<{ id?: string }>): string {
  if (queryOf(req) !== '') throw invalidRequest('Send the parameters of a POST in its body.');
  if (typeof req.body === 'string') return req.body;
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = req.headers;
  if (length === '0' && encoding === undefined) return '';
  throw invalidRequest(`Invalid request (check that your POST content type is ${FORM}).`, { status: 415 });
}

function goneSignal(res: Response): AbortSignal {
  const gone = new AbortController();
  res.once('close', () => {
    gone.abort();
  });
  return gone.signal;
}

function authenticateCaller(req: Request, _res: Response, next: NextFunction): void {
  const given = req.get('authorization');
  if (given === undefined)
    throw invalidRequest(
      "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
      { status: 401 },
    );
  if (!/^Bearer sk_test_\w+$/i.test(given))
    throw invalidRequest('Invalid API Key provided: the sandbox takes any test key, sk_test_...', { status: 401 });
  next();
}

function acceptVersion(req: Request, res: Response, next: NextFunction): void {
  const version = req.get('stripe-version') ?? API_VERSION;
  if (!/^\d{4}-\d{2}-\d{2}(\.\w+)?$/.test(version))
    throw invalidRequest(`Invalid Stripe API version: ${version.slice(0, 40)}`);
  res.set('Stripe-Version', version);
  next();
}

function fail(error: Error): never {
  throw error;
}
