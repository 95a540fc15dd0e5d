import { Router } from 'express';
import type { Consumer } from '../bus/consumer.ts';
import type { DeadLetters } from '../bus/dead-letters.ts';
import { badRequest, conflict, describeError, isUnreachable, notFound } from '../errors.ts';

/**
 * Creates the routes to inspect and replay dead letters. `GET /dead-letters` lists them; `POST /dead-letters/:id/replay` handles one again
 * and removes it, or answers 404, 409 with the error when it still fails, and 503 when the store is unavailable.
 */
export function deadLetterRoutes(deadLetters: DeadLetters, consumer: Pick<Consumer, 'replay'>): Router {
  const router = Router();
  router.get('/dead-letters', async (_req, res) => {
    const letters = await deadLetters.list();
    res.json({ count: letters.length, deadLetters: letters });
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

/**
 * Creates the route to republish current state: `POST /resync?since=2026-11-24T12:00:00Z` calls `republish` with the
 * instant and answers with the number that it returns, or with 400 when the instant is malformed.
 */
export function resyncRoutes(republish: (since: Date) => Promise<number>): Router {
  const router = Router();
  router.post('/resync', async (req, res) => {
    const since = new Date(typeof req.query['since'] === 'string' ? req.query['since'] : NaN);
    if (Number.isNaN(since.getTime()))
      throw badRequest('invalid-instant', 'Give an instant, such as since=2026-11-24T12:00:00Z.', { field: 'since' });
    res.json({ republished: await republish(since) });
  });
  return router;
}
