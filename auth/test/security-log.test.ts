import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { accountOf, createAdminApi } from '@ticketing/common';
import { deadLetterRoutes } from '@ticketing/core';
import { apiOptions, dropTestStore, testKeys, testStore } from '@ticketing/core/testing';
import { createHealth } from '@ticketing/runtime';
import type { Logger } from '@ticketing/runtime';
import type { Connection } from 'mongoose';
import { pino } from 'pino';
import request from 'supertest';
import { createApp } from '../src/app.ts';
import { testContext } from './builders.ts';

const password = 'correct horse battery';
const email = 'ann@example.com';
let connection: Connection;
let lines: string[];
let log: Logger;
beforeAll(async () => {
  connection = await testStore();
});
afterAll(() => dropTestStore(connection));
beforeEach(() => {
  lines = [];
  log = pino({ level: 'debug' }, { write: (line) => void lines.push(line) });
});

interface Line {
  event?: string;
  outcome: string;
  userId?: string;
  account?: string;
  network: string;
  path: string;
  code?: string;
  requestId?: string;
}
const logged = () => lines.map((line) => JSON.parse(line) as Line).filter(({ event }) => event !== undefined);

describe('the security log', () => {
  it('tells who signed up, in and out, who failed, and who was refused, from where, and never the address, the password or a query', async () => {
    const settings = { SESSION_KEYS: [testKeys.privateKey], COOKIE_SECURE: false, RATE_LIMITS: true };
    const api = request(createApp(await testContext(connection), settings, apiOptions(log)));
    const from = (address: string, path: string, body: object) =>
      api.post(`/api/users/${path}`).set('X-Forwarded-For', address).send(body);

    const signUp = await from('203.0.113.7', 'signup', { email, password }).expect(201);
    const userId = (signUp.body as { id: string }).id;
    await from('203.0.113.8', 'signup', { email, password }).expect(409);
    await from('2001:db8::1', 'signin', { email, password: 'something else' }).expect(401);
    const signIn = await from('203.0.113.7', 'signin', { email, password }).expect(200);
    const cookie = (signIn.headers['set-cookie'] as unknown as string[]).map((one) => one.split(';')[0]).join('; ');
    const change = { currentPassword: password, password: 'another long password' };
    const changePassword = () =>
      api.put('/api/users/password').set('X-Forwarded-For', '203.0.113.7').set('Cookie', cookie);
    await changePassword().send(change).expect(200);
    await changePassword().send(change).expect(403);
    await from('203.0.113.7', 'signout?note=private', {}).set('Cookie', cookie).expect(200);
    await from('203.0.113.7', 'signin', {}).set('Sec-Fetch-Site', 'cross-site').expect(403);
    for (let time = 0; time < 30; time++) await from('198.51.100.1', 'signin', {}).expect(400);
    await from('198.51.100.1', 'signin', {}).expect(429);

    const account = accountOf(email);
    expect(logged()).toMatchObject([
      { event: 'user_created', outcome: 'success', userId, network: '203.0.113.7' },
      { event: 'user_create_fail', outcome: 'failure', account, network: '203.0.113.8', code: 'email-in-use' },
      { event: 'authn_login_fail', outcome: 'failure', account, network: '2001:db8:0:0::/64' },
      { event: 'authn_login_success', outcome: 'success', userId, network: '203.0.113.7' },
      { event: 'authn_password_change', outcome: 'success', userId, network: '203.0.113.7' },
      { event: 'authz_fail', outcome: 'failure', userId, code: 'wrong-password' },
      { event: 'session_ended', outcome: 'success', userId, path: '/api/users/signout' },
      { event: 'authz_fail', outcome: 'failure', code: 'cross-site', path: '/api/users/signin' },
      { event: 'excess_rate_limit_exceeded', outcome: 'failure', code: 'too-many-requests', network: '198.51.100.1' },
    ]);
    expect(logged().map(({ requestId }) => requestId?.length)).toEqual(logged().map(() => 36));
    const text = lines.join('');
    for (const secret of [email, password, change.password, 'something else', 'private', cookie])
      expect(text).not.toContain(secret);
  });

  it('tells who called a route for operators, and with which outcome', async () => {
    const deadLetters = {
      get: () => Promise.resolve(null),
      count: () => Promise.resolve(0),
      page: () => Promise.resolve([]),
    };
    const routes = [deadLetterRoutes(deadLetters as never, { replay: () => Promise.resolve() })];
    const admin = request(createAdminApi({ log, health: createHealth(), routes }));
    await admin.get('/dead-letters').expect(200);
    await admin.delete('/dead-letters/x').expect(404);
    await admin.get('/health/live');
    expect(logged()).toMatchObject([
      { event: 'authz_admin', outcome: 'success', path: '/dead-letters', requestId: expect.any(String) },
      { event: 'authz_admin', outcome: 'failure', path: '/dead-letters/x' },
    ]);
  });
});
