import { setTimeout as delay } from 'node:timers/promises';
import { Router } from 'express';
import type { DeadLetters } from './dead-letters.ts';
import { badRequest, conflict, describeError, isUnreachable, notFound } from './errors.ts';
import { collectProcessMetrics, metricsText, metricsType } from './metrics.ts';
import type { Subscriptions } from './subscriptions.ts';

/** What a service needs in order to work: name -> resolves while it is there, rejects with why not. */
export type Checks = Record<string, () => Promise<unknown>>;

const CHECK_LIMIT_MS = 2000;

export interface Health {
  /** Not ready yet, whatever the checks come to. */
  starting: boolean;
  /** Not ready any more. */
  stopping: boolean;
  checks: Checks;
  router: Router;
}

/**
 * `/health/live` while the process is well, `/health/ready` while every check passes and the service is neither starting nor
 * stopping, `/metrics` for Prometheus. Beside the service's routes, on paths that the router in front does not pass on.
 */
export function createHealth(checks: Checks = {}): Health {
  collectProcessMetrics();
  const router = Router();
  const health: Health = { starting: false, stopping: false, checks: { ...checks }, router };

  router.get('/health/live', (_req, res) => {
    res.json({ status: 'ok' });
  });

  router.get('/health/ready', async (_req, res) => {
    const results = await Promise.all(
      Object.entries(health.checks).map(async ([name, check]) => [name, await outcome(check)] as const),
    );
    const passed = results.every(([, result]) => result === 'ok');
    const status = health.stopping ? 'stopping' : health.starting ? 'starting' : passed ? 'ok' : 'not-ready';
    res.status(status === 'ok' ? 200 : 503).json({ status, checks: Object.fromEntries(results) });
  });

  router.get('/metrics', async (_req, res) => {
    res.type(metricsType).send(await metricsText());
  });

  return health;
}

async function outcome(check: () => Promise<unknown>): Promise<string> {
  const late = () => Promise.reject(new Error(`no answer within ${CHECK_LIMIT_MS} ms`));
  try {
    await Promise.race([check(), delay(CHECK_LIMIT_MS, undefined, { ref: false }).then(late)]);
    return 'ok';
  } catch (error) {
    return describeError(error);
  }
}

/**
 * `GET /dead-letters` lists the messages that were set aside; `POST /dead-letters/:id/replay` handles one again and
 * removes it when that succeeds, or answers 409 with what is still wrong (503 when the store does not answer).
 */
export function deadLetterRoutes(deadLetters: DeadLetters, subscriptions: Subscriptions): Router {
  const router = Router();
  router.get('/dead-letters', async (_req, res) => {
    const letters = await deadLetters.list();
    res.json({ count: letters.length, deadLetters: letters });
  });
  router.post('/dead-letters/:id/replay', async (req, res) => {
    const letter = await deadLetters.get(req.params.id);
    if (letter === null) throw notFound('dead-letter-not-found', 'There is no such dead letter.');
    try {
      await subscriptions.replay(letter.subject, Buffer.from(letter.base64, 'base64'));
    } catch (error) {
      if (isUnreachable(error)) throw error;
      throw conflict('still-failing', describeError(error));
    }
    await deadLetters.remove(letter.id);
    res.json({ replayed: letter.id });
  });
  return router;
}

/** `POST /resync?since=2026-11-24T12:00:00Z` says again where everything stands that has changed since then; answers with how much that is. */
export function resyncRoutes(sayAgain: (since: Date) => Promise<number>): Router {
  const router = Router();
  router.post('/resync', async (req, res) => {
    const since = new Date(typeof req.query['since'] === 'string' ? req.query['since'] : NaN);
    if (Number.isNaN(since.getTime()))
      throw badRequest('invalid-instant', 'Say since when, such as since=2026-11-24T12:00:00Z.', { field: 'since' });
    res.json({ saidAgain: await sayAgain(since) });
  });
  return router;
}
