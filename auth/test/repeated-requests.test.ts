import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dropTestStore, testStore } from '@ticketing/core/testing';
import type { Connection } from 'mongoose';
import request from 'supertest';
import type { AuthContext } from '../src/context.ts';
import { testApp, testContext } from './builders.ts';

let connection: Connection;
let context: AuthContext;
beforeAll(async () => {
  connection = await testStore();
  context = await testContext(connection);
});
afterAll(() => dropTestStore(connection));

const post = (path: string, key: string, body: object = {}) =>
  request(testApp(context)).post(`/api/users${path}`).set('Idempotency-Key', key).send(body);

const person = () => ({ email: `${crypto.randomUUID()}@example.com`, password: 'correct horse battery' });

describe('signing up with an idempotency key', () => {
  it('creates one account, and starts a session each time', async () => {
    const [body, key] = [person(), crypto.randomUUID()];
    const answers = await Promise.all([1, 2, 3].map(() => post('/signup', key, body)));
    answers.push(await post('/signup', key, body));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect(new Set(answers.map((answer) => (answer.body as { id: string }).id)).size).toBe(1);
    for (const answer of answers) expect(answer.get('Set-Cookie')?.join()).toContain('session=');
    expect(await context.users.countDocuments({ email: body.email })).toBe(1);
  });

  it.each<[string, (body: ReturnType<typeof person>, key: string) => [string, object]]>([
    ['another key', (body) => [crypto.randomUUID(), body]],
    ['the key and another password', (body, key) => [key, { ...body, password: 'another horse battery' }]],
  ])('answers 409 without a session to a sign-up for a taken address with %s', async (_name, change) => {
    const [body, key] = [person(), crypto.randomUUID()];
    await post('/signup', key, body).expect(201);
    const answer = await post('/signup', ...change(body, key));
    expect([answer.status, answer.get('Set-Cookie')]).toEqual([409, undefined]);
  });

  it('creates another account when the address was corrected', async () => {
    const [one, other, key] = [person(), person(), crypto.randomUUID()];
    const ids = [await post('/signup', key, one), await post('/signup', key, other)].map(
      (answer) => (answer.body as { id: string }).id,
    );
    expect(new Set(ids).size).toBe(2);
  });
});

it.each(['/signup', '/signin', '/signout'])('%s rejects a malformed idempotency key', async (path) => {
  const answer = await post(path, 'a b', person());
  expect(answer.status).toBe(400);
  expect(answer.body).toMatchObject({ errors: [{ code: 'invalid-idempotency-key', field: 'Idempotency-Key' }] });
});
