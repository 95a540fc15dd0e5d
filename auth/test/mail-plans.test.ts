import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { badPlans, dropTestStore, queryPlans, testStore } from '@ticketing/core/testing';
import type { Connection } from 'mongoose';
import type { AuthContext } from '../src/context.ts';
import { addLink, findByLink, useLink } from '../src/links.ts';
import { mailModel } from '../src/models/mail.ts';
import { testContext } from './builders.ts';

let connection: Connection;
let context: AuthContext;
beforeAll(async () => {
  connection = await testStore();
  context = await testContext(connection);
  const numbers = Array.from({ length: 1000 }, (_, index) => index);
  await context.users.insertMany(
    numbers.map((index) => ({ _id: `user-${index}`, email: `${index}@example.com`, passwordHash: 'none' })),
  );
  await mailModel(connection).insertMany(numbers.map((index) => ({ _id: `sent-${index}`, tries: 1, sentAt: 'then' })));
});
afterAll(() => dropTestStore(connection));

it('the few mails that are due, and those about one user, are found by an index among all that were sent', async () => {
  const plans = await queryPlans(connection, async () => {
    for (const userId of ['user-1', 'user-2', 'nobody'])
      await context.mails.add(`receipt:${userId}`, [{ kind: 'password-changed', userId }]);
    await context.mails.forget('user-1');
    await context.mails.sendDue();
  });
  expect(plans.length).toBeGreaterThan(4);
  expect(badPlans(plans)).toEqual([]);
});

it('an account is found by an index when one of its links is used', async () => {
  const plans = await queryPlans(connection, async () => {
    for (const kind of ['confirm', 'reset'] as const) {
      const token = (await addLink(context, 'user-500', kind)) ?? '';
      expect((await findByLink(context, kind, token))?._id).toBe('user-500');
      expect((await useLink(context, kind, token, {}))?._id).toBe('user-500');
    }
  });
  expect(plans.length).toBeGreaterThan(5);
  expect(badPlans(plans)).toEqual([]);
});
