import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createAdminApi } from '@ticketing/common';
import { createSweeps, deadLetterId, deadLetterRoutes, resyncRoutes, sweepRoutes } from '@ticketing/core';
import type { DeadLetter, DeadLetters } from '@ticketing/core';
import { silentLog } from '@ticketing/core/testing';
import { createHealth } from '@ticketing/runtime';
import type { Router } from 'express';
import request from 'supertest';

const SUBJECT = 'expiration:complete';
const RAW = Buffer.from([0x7b, 0xff]);

const serve = (routes: Router) => request(createAdminApi({ log: silentLog, health: createHealth(), routes: [routes] }));

describe('the dead-letter routes', () => {
  const letters = new Map<string, DeadLetter>();
  const deadLetters: DeadLetters = {
    add(subject, raw, error) {
      const id = deadLetterId(subject, raw);
      const now = new Date().toISOString();
      letters.set(id, {
        ...{ id, subject, text: raw.toString('utf8'), base64: raw.toString('base64'), error: String(error) },
        ...{ times: 1, firstAt: now, lastAt: now },
      });
      return Promise.resolve(id);
    },
    page: (limit, after) => {
      const all = [...letters.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
      return Promise.resolve(all.filter((letter) => !after || letter.id < after.id).slice(0, limit));
    },
    count: () => Promise.resolve(letters.size),
    get: (id) => Promise.resolve(letters.get(id) ?? null),
    remove: (id) => Promise.resolve(void letters.delete(id)),
  };
  let id: string;
  beforeEach(async () => {
    letters.clear();
    id = await deadLetters.add(SUBJECT, RAW, new Error('once'));
  });

  const api = (replay: (subject: string, raw: Buffer) => Promise<void>) =>
    serve(deadLetterRoutes(deadLetters, { replay }));

  it('list the dead letters', async () => {
    const answer = await api(() => Promise.resolve()).get('/dead-letters');
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ count: 1, deadLetters: [{ id, subject: SUBJECT, error: 'Error: once' }] });
  });

  it('list any number of dead letters in pages', async () => {
    for (let number = 0; number < 4; number++) await deadLetters.add(SUBJECT, Buffer.from([number]), new Error('once'));
    const found: string[] = [];
    let after = '';
    do {
      const answer = await api(() => Promise.resolve()).get(`/dead-letters?limit=2${after}`);
      const page = answer.body as { count: number; deadLetters: DeadLetter[]; next: string | null };
      expect(page.count).toBe(5);
      found.push(...page.deadLetters.map((letter) => letter.id));
      after = page.next === null ? '' : `&after=${encodeURIComponent(page.next)}`;
    } while (after !== '');
    expect(found.sort()).toEqual([...letters.keys()].sort());
  });

  it.each(['limit=0', 'limit=1001', 'limit=all', 'after=yesterday'])('answer 400 to ?%s', async (query) => {
    expect((await api(() => Promise.resolve()).get(`/dead-letters?${query}`)).status).toBe(400);
  });

  it('drop a letter for good, without handling it, and answer with it', async () => {
    const replay = jest.fn<() => Promise<void>>();
    const answer = await api(replay).delete(`/dead-letters/${id}`);
    expect({ status: answer.status, body: answer.body as unknown }).toMatchObject({
      status: 200,
      body: { dropped: { id, subject: SUBJECT, base64: RAW.toString('base64') } },
    });
    expect(letters.size).toBe(0);
    expect(replay).not.toHaveBeenCalled();
    expect((await api(replay).delete(`/dead-letters/${id}`)).status).toBe(404);
  });

  it('answer 404 to the replay of an unknown letter', async () => {
    const answer = await api(() => Promise.resolve()).post('/dead-letters/0123456789abcdef01234567/replay');
    expect({ status: answer.status, body: answer.body as unknown }).toEqual({
      status: 404,
      body: { errors: [expect.objectContaining({ code: 'dead-letter-not-found' })] },
    });
  });

  it('answer 409 with the error to a replay that fails, and keep the letter', async () => {
    const answer = await api(() => Promise.reject(new Error('and again'))).post(`/dead-letters/${id}/replay`);
    expect({ status: answer.status, body: answer.body as unknown }).toEqual({
      status: 409,
      body: { errors: [{ code: 'still-failing', message: 'Error: and again' }] },
    });
    expect(letters.has(id)).toBe(true);
  });

  it('answer 503 to a replay while the store is unavailable, and keep the letter', async () => {
    const unavailable = Object.assign(new Error('no connection'), { name: 'MongoNetworkError' });
    const answer = await api(() => Promise.reject(unavailable)).post(`/dead-letters/${id}/replay`);
    expect(answer.status).toBe(503);
    expect(letters.has(id)).toBe(true);
  });

  it('replay a letter byte for byte, and remove it', async () => {
    const replayed: [string, Buffer][] = [];
    const answer = await api((...message) => {
      replayed.push(message);
      return Promise.resolve();
    }).post(`/dead-letters/${id}/replay`);
    expect({ status: answer.status, body: answer.body as unknown }).toEqual({ status: 200, body: { replayed: id } });
    expect(replayed).toEqual([[SUBJECT, RAW]]);
    expect(letters.size).toBe(0);
  });
});

describe('the resync route', () => {
  const instants: Date[] = [];
  const api = serve(
    resyncRoutes((since) => {
      instants.push(since);
      return Promise.resolve({ count: 7, failed: [{ id: 'broken', error: new TypeError('no history') }] });
    }, silentLog),
  );

  it('republishes from the given instant and answers with the number of documents and those that failed', async () => {
    const answer = await api.post('/resync?since=2029-01-02T00:00:00Z').expect(200);
    expect(answer.body).toEqual({ republished: 7, failed: [{ id: 'broken', error: 'TypeError: no history' }] });
    expect(instants).toEqual([new Date('2029-01-02T00:00:00.000Z')]);
  });

  it.each(['', '?since=yesterday', '?since='])('answers 400 to %j', async (query) => {
    const answer = await api.post(`/resync${query}`).expect(400);
    expect(answer.body).toMatchObject({ errors: [{ code: 'invalid-instant', field: 'since' }] });
  });
});

describe('the route of sweep failures', () => {
  it('lists the documents that sweeps could not handle', async () => {
    const sweeps = createSweeps(silentLog);
    const api = serve(sweepRoutes(sweeps));
    expect((await api.get('/sweep-failures')).body).toEqual({ count: 0, failures: [] });
    sweeps.failed('things', 'broken', new TypeError('no history'));
    expect((await api.get('/sweep-failures')).body).toMatchObject({
      count: 1,
      failures: [{ sweep: 'things', id: 'broken', error: 'TypeError: no history', times: 1 }],
    });
  });
});
