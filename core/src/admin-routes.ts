import { Router } from 'express';
import { badRequest, conflict, notFound } from '@ticketing/common';
import { describeError, isUnreachable } from '@ticketing/runtime';
import type { Logger } from '@ticketing/runtime';
import type { Consumer } from './bus/consumer.ts';
import type { Republished } from './aggregate/aggregate.ts';
import type { Sweeps } from './aggregate/sweeps.ts';
import type { DeadLetterCursor, DeadLetters } from './bus/dead-letters.ts';
import { sweepFailures } from './metrics.ts';

const PAGE = 100;
const MAX_PAGE = 1000;

/**
 * Creates the routes for dead letters. `GET /dead-letters` lists them in pages, the latest first; `POST /dead-letters/:id/replay`
 * handles one again and removes it, or answers 404, 409 with the error when it still fails, and 503 when the store is
 * unavailable; `DELETE /dead-letters/:id` drops one for good and answers with it, or 404.
 */
export function deadLetterRoutes(deadLetters: DeadLetters, consumer: Pick<Consumer, 'replay'>): Router {
  const router = Router();
  router.get('/dead-letters', async (req, res) => {
    const limit = pageSize(req.query['limit']);
    const [count, found] = await Promise.all([
      deadLetters.count(),
      // One more than requested, to detect whether there is a next page.
      deadLetters.page(limit + 1, cursor(req.query['after'])),
    ]);
    const letters = found.slice(0, limit);
    const last = letters.at(-1);
    const next = found.length > limit && last ? `${last.lastAt}~${last.id}` : null;
    res.json({ count, deadLetters: letters, next });
  });
  router.delete('/dead-letters/:id', async (req, res) => {
    const letter = await deadLetters.get(req.params.id);
    if (letter === null) throw notFound('dead-letter-not-found', 'There is no such dead letter.');
    await deadLetters.remove(letter.id);
    res.json({ dropped: letter });
  });
  router.post('/dead-letters/:id/replay', async (req, res) => {
    const letter = await deadLetters.get(req.params.id);
    if (letter === null) throw notFound('dead-letter-not-found', 'There is no such dead letter.');
    try {
      await consumer.replay(letter.subject, Buffer.from(letter.base64, 'base64'));
    } catch (error) {
      if (isUnreachable(error)) throw error;
      throw conflict('still-failing', describeError(error));
    }
    await deadLetters.remove(letter.id);
    res.json({ replayed: letter.id });
  });
  return router;
}

function pageSize(limit: unknown): number {
  if (limit === undefined) return PAGE;
  const size = typeof limit === 'string' && /^\d{1,4}$/.test(limit) ? Number(limit) : 0;
  if (size < 1 || size > MAX_PAGE)
    throw badRequest('invalid-limit', `The limit is a whole number from 1 to ${MAX_PAGE}.`, { field: 'limit' });
  return size;
}

function cursor(after: unknown): DeadLetterCursor | undefined {
  if (after === undefined) return undefined;
  const [lastAt, id] = typeof after === 'string' ? after.split('~') : [];
  if (lastAt === undefined || id === undefined)
    throw badRequest('invalid-cursor', 'Use the value of `next` from the page before.', { field: 'after' });
  return { lastAt, id };
}

/** Creates the route `GET /sweep-failures`, which lists the documents that sweeps could not handle and skip for now. */
export function sweepRoutes(sweeps: Pick<Sweeps, 'failures'>): Router {
  const router = Router();
  router.get('/sweep-failures', (_req, res) => {
    const failures = sweeps.failures();
    res.json({ count: failures.length, failures });
  });
  return router;
}

/**
 * Creates the route to republish current state: `POST /resync?since=2026-11-24T12:00:00Z` calls `republish` with the
 * instant and answers with the number that it returns and the documents that could not be republished, or with 400 when the
 * instant is malformed.
 */
export function resyncRoutes(republish: (since: Date) => Promise<Republished>, log: Logger): Router {
  const router = Router();
  router.post('/resync', async (req, res) => {
    const since = new Date(typeof req.query['since'] === 'string' ? req.query['since'] : NaN);
    if (Number.isNaN(since.getTime()))
      throw badRequest('invalid-instant', 'Give an instant, such as since=2026-11-24T12:00:00Z.', { field: 'since' });
    const { count, failed } = await republish(since);
    for (const { id, error } of failed) {
      sweepFailures.inc({ sweep: 'resync' });
      log.error({ err: error, id }, 'a document could not be republished');
    }
    res.json({ republished: count, failed: failed.map(({ id, error }) => ({ id, error: describeError(error) })) });
  });
  return router;
}
