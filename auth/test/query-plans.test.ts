import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { badPlans, dropTestStore, queryPlans, randomUser, testStore } from '@ticketing/core/testing';
import type { Connection } from 'mongoose';
import request from 'supertest';
import { testApp, testContext } from './builders.ts';

let connection: Connection;
beforeAll(async () => {
  connection = await testStore();
});
afterAll(() => dropTestStore(connection));

it('an account is found by an index when its user signs in', async () => {
  const context = await testContext(connection);
  await context.users.insertMany(
    Array.from({ length: 1000 }, randomUser).map(({ id, email }) => ({ _id: id, email, passwordHash: 'none' })),
  );
  const api = request(testApp(context));
  const user = { email: 'one@example.com', password: 'correct horse battery' };
  const plans = await queryPlans(connection, async () => {
    await api.post('/api/users/signup').send(user).expect(201);
    await api.post('/api/users/signin').send(user).expect(200);
    await api
      .post('/api/users/signin')
      .send({ ...user, email: 'other@example.com' })
      .expect(401);
  });
  expect(plans).toHaveLength(6);
  expect(badPlans(plans)).toEqual([]);
});
