import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { conflict, createApi, idempotent, session } from '@ticketing/common';
import type { IdempotencyKeys } from '@ticketing/common';
import { mongoIdempotencyKeys } from '@ticketing/core/mongo';
import {
  apiOptions,
  dropTestStore,
  randomUser,
  sessionCookie,
  silentLog,
  testSessions,
  testStore,
} from '@ticketing/core/testing';
import { StoreUnavailableError } from '@ticketing/runtime';
import type { Request, Response } from 'express';
import { Router } from 'express';
import type { Connection } from 'mongoose';
import request from 'supertest';

let connection: Connection;
let keys: IdempotencyKeys;
/** Leaves in the store what a process leaves that ends between the effect and the stored answer. */
let crashing: IdempotencyKeys;
beforeAll(async () => {
  connection = await testStore();
  keys = await mongoIdempotencyKeys(connection, silentLog);
  crashing = { ...keys, answer: () => Promise.reject(new StoreUnavailableError('down')) };
});
afterAll(() => dropTestStore(connection));

const newKey = () => crypto.randomUUID();
const documents = () => connection.collection('idempotencykeys');

/** What the instances have done: the ids of the commands, in the order of their effects. */
let effects: string[];
let cookie: string;
beforeEach(async () => {
  effects = [];
  cookie = await sessionCookie(randomUser());
});

const create = (req: Request, res: Response): void => {
  effects.push(req.commandId ?? 'no command');
  const name = (req.body as { name?: string } | undefined)?.name;
  res.status(201).location(`/api/things/${effects.length}`).json({ number: effects.length, name });
};

/** An instance of a service on the same store. */
function instance({
  store = keys,
  handle = create,
  now,
}: { store?: IdempotencyKeys; handle?: (req: Request, res: Response) => unknown; now?: () => Date } = {}) {
  const router = Router();
  const keyed = idempotent({ keys: store, log: silentLog, ...(now && { now }) });
  router.post('/', keyed, handle);
  router.post('/:id', keyed, handle);
  const app = createApi({
    ...apiOptions(),
    middleware: [session(testSessions, new Set())],
    routes: { '/api/things': router },
  });
  return {
    post: (key: string | undefined, body: object = { name: 'a' }, { path = '', as = cookie } = {}) => {
      const sent = request(app).post(`/api/things${path}`).set('Cookie', as).send(body);
      return key === undefined ? sent : sent.set('Idempotency-Key', key);
    },
  };
}

const codes = (answer: { body: unknown }) =>
  (answer.body as { errors: { code: string }[] }).errors.map((one) => one.code);

/** A handler that waits until it is told to go on, and a promise that it has begun. */
function paused() {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const begun = Promise.withResolvers<undefined>();
  const handle = async (req: Request, res: Response): Promise<void> => {
    begun.resolve(undefined);
    await promise;
    create(req, res);
  };
  return {
    handle,
    begun: begun.promise,
    goOn: () => {
      resolve(undefined);
    },
  };
}

describe('a request with an idempotency key', () => {
  it('gets the same status, body and Location again from any instance, marked as replayed', async () => {
    const key = newKey();
    const first = await instance().post(key);
    const again = await instance().post(key);
    expect(first.status).toBe(201);
    expect([again.status, again.body, again.get('Location')]).toEqual([201, first.body, '/api/things/1']);
    expect(again.get('Content-Type')).toBe(first.get('Content-Type'));
    expect([first.get('Idempotency-Replayed'), again.get('Idempotency-Replayed')]).toEqual([undefined, 'true']);
    expect(effects).toHaveLength(1);
  });

  it('gets a refusal and an empty answer again', async () => {
    const refusing = instance({
      handle: () => {
        effects.push('refused');
        throw conflict('taken', 'Taken.');
      },
    });
    const empty = instance({
      handle: (_req, res) => {
        effects.push('empty');
        res.status(204).end();
      },
    });
    const [one, other] = [newKey(), newKey()];
    const send = async () => {
      const refused = await refusing.post(one);
      expect([refused.status, codes(refused)]).toEqual([409, ['taken']]);
      const answer = await empty.post(other);
      expect([answer.status, answer.text]).toEqual([204, '']);
    };
    await send();
    await send();
    expect(effects).toEqual(['refused', 'empty']);
  });

  it('is rejected with 422 when the key was sent with another body, whatever became of that', async () => {
    const failing = instance({ handle: () => Promise.reject(new Error('a crash')) });
    for (const service of [instance(), failing]) {
      const key = newKey();
      await service.post(key, { name: 'a' });
      const answer = await service.post(key, { name: 'b' });
      expect([answer.status, codes(answer)]).toEqual([422, ['idempotency-key-reused']]);
    }
  });

  it('does not concern another user, another path, or a guest with the same key', async () => {
    const key = newKey();
    const service = instance();
    const others = [{}, { as: await sessionCookie(randomUser()) }, { as: '' }, { path: '/7' }];
    for (const options of others) expect((await service.post(key, { name: 'a' }, options)).status).toBe(201);
    expect(new Set(effects).size).toBe(4);
    expect(effects).toHaveLength(4);
  });

  it.each([
    ['is empty', ''],
    ['is longer than 255 characters', 'k'.repeat(256)],
    ['contains a space', 'a b'],
    ['is not ASCII', 'schlüssel'],
  ])('is rejected with 400 when the key %s', async (_name, key) => {
    const answer = await instance().post(key);
    expect([answer.status, codes(answer)]).toEqual([400, ['invalid-idempotency-key']]);
    expect(answer.body).toMatchObject({ errors: [{ field: 'Idempotency-Key' }] });
    expect(effects).toEqual([]);
  });

  it('may have a key of 255 characters', async () => {
    expect((await instance().post('k'.repeat(255))).status).toBe(201);
  });

  it('gets 409 with Retry-After from every instance while the first one is running, and its answer afterwards', async () => {
    const { handle, begun, goOn } = paused();
    const key = newKey();
    const at = new Date();
    const now = () => at;
    const first = instance({ handle, now }).post(key).then();
    await begun;
    const running = await instance({ now }).post(key);
    expect([running.status, codes(running)]).toEqual([409, ['idempotency-in-progress']]);
    expect(Number(running.get('Retry-After'))).toBeGreaterThanOrEqual(1);
    goOn();
    expect((await first).status).toBe(201);
    expect((await instance().post(key)).body).toEqual((await first).body);
  });

  it('acts once when twenty arrive at two instances at the same time', async () => {
    const at = new Date();
    const now = () => at;
    const [one, other] = [instance({ now }), instance({ now })];
    const key = newKey();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? one : other).post(key)),
    );
    expect(effects).toHaveLength(1);
    expect(answers.every(({ status }) => status === 201 || status === 409)).toBe(true);
    expect(
      answers.filter(({ status, headers }) => status === 201 && !('idempotency-replayed' in headers)),
    ).toHaveLength(1);
  });

  it.each([500, 503, 429, 402])('runs again after a %i, as the same command', async (status) => {
    let isDown = true;
    const service = instance({
      handle: (req, res) => {
        if (!isDown) create(req, res);
        else {
          effects.push(req.commandId ?? '');
          res.status(status).json({ errors: [] });
        }
      },
    });
    const key = newKey();
    expect((await service.post(key)).status).toBe(status);
    isDown = false;
    expect((await service.post(key)).status).toBe(201);
    expect(effects).toHaveLength(2);
    expect(new Set(effects).size).toBe(1);
  });

  it('runs again as the same command when its process ended between the effect and the stored answer', async () => {
    const key = newKey();
    await instance({ store: crashing }).post(key);
    expect((await instance().post(key)).status).toBe(409);
    const later = () => new Date(Date.now() + 10_001);
    const again = await instance({ now: later }).post(key);
    expect(again.status).toBe(201);
    expect(effects).toHaveLength(2);
    expect(new Set(effects).size).toBe(1);
    expect((await instance().post(key)).body).toEqual(again.body);
  });

  it('is run by one of two instances when its first process has crashed', async () => {
    const key = newKey();
    await instance({ store: crashing }).post(key);
    const now = () => new Date(Date.now() + 10_001);
    const { handle, goOn } = paused();
    const both = [1, 2].map(() => instance({ handle, now }).post(key).then());
    const refused = await Promise.race(both);
    expect([refused.status, codes(refused)]).toEqual([409, ['idempotency-in-progress']]);
    goOn();
    expect((await Promise.all(both)).map(({ status }) => status).sort()).toEqual([201, 409]);
    expect(effects).toHaveLength(2);
  });

  it('gets its answer even if that can not be stored', async () => {
    expect((await instance({ store: crashing }).post(newKey())).status).toBe(201);
  });

  it('does nothing and gets 503 while the keys can not be stored', async () => {
    const failing: IdempotencyKeys = { ...keys, insert: () => Promise.reject(new StoreUnavailableError('down')) };
    expect((await instance({ store: failing }).post(newKey())).status).toBe(503);
    expect(effects).toEqual([]);
  });

  it('leaves neither the key, nor the body, nor a cookie in the store', async () => {
    const key = newKey();
    const setting = instance({
      handle: (_req, res) => {
        res.cookie('session', 'secret-cookie').json({ ok: true });
      },
    });
    await setting.post(key, { name: 'secret-body' });
    const stored = JSON.stringify(await documents().find().toArray());
    expect(stored).not.toContain('secret');
    expect(stored).not.toContain(key);
  });

  it('has a command id that begins with its second, like the ids of MongoDB', async () => {
    await instance().post(newKey());
    expect(effects[0]).toMatch(/^[0-9a-f]{24}$/);
    const age = Date.now() / 1000 - parseInt(effects[0]?.slice(0, 8) ?? '', 16);
    expect(age).toBeLessThan(60);
    expect(age).toBeGreaterThan(-60);
  });
});

it('a request without a key runs each time and never asks the store', async () => {
  const find = jest.fn<IdempotencyKeys['find']>();
  const insert = jest.fn<IdempotencyKeys['insert']>();
  const service = instance({ store: { ...keys, find, insert } });
  await service.post(undefined);
  await service.post(undefined);
  expect(effects).toEqual(['no command', 'no command']);
  expect([find, insert].map((one) => one.mock.calls.length)).toEqual([0, 0]);
});

it('keys are removed a day after they were sent', async () => {
  const indexes = await documents().indexes();
  expect(indexes).toContainEqual(expect.objectContaining({ key: { createdAt: 1 }, expireAfterSeconds: 86_400 }));
});
