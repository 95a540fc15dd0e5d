import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createHealth } from '@ticketing/common';
import { createIndexes } from '@ticketing/common/mongo';
import {
  badPlans,
  dropTestStore,
  queryPlans,
  randomUser,
  silentLog,
  testSessions,
  testStore,
} from '@ticketing/common/testing';
import type { Connection } from 'mongoose';
import request from 'supertest';
import { createApp } from '../src/app.ts';
import { userModel } from '../src/models/user.ts';

let connection: Connection;
beforeAll(async () => {
  connection = await testStore();
});
afterAll(() => dropTestStore(connection));

it('an account is found by an index when its user signs in', async () => {
  const users = userModel(connection);
  await createIndexes([users], silentLog);
  await users.insertMany(
    Array.from({ length: 1000 }, randomUser).map(({ id, email }) => ({ _id: id, email, passwordHash: 'none' })),
  );
  const context = { users, now: () => new Date() };
  const options = { log: silentLog, health: createHealth(), config: { TRUSTED_PROXIES: 1 } };
  const api = request(createApp(context, { ...testSessions, RATE_LIMITS: false }, options));
  const user = { email: 'one@example.com', password: 'correct horse battery' };
  const plans = await queryPlans(connection, async () => {
    await api.post('/api/users/signup').send(user).expect(201);
    await api.post('/api/users/signin').send(user).expect(200);
    await api
      .post('/api/users/signin')
      .send({ ...user, email: 'other@example.com' })
      .expect(401);
  });
  expect(plans).toHaveLength(2);
  expect(badPlans(plans)).toEqual([]);
});
