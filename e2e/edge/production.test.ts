import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { mongo } from 'mongoose';
import type { Browser, Page } from 'playwright-core';
import { busServices, mongoServices, services } from '../../scripts/services.ts';
import type { Service } from '../../scripts/services.ts';
import { startStack } from '../../scripts/stack.ts';
import type { Stack } from '../../scripts/stack.ts';
import { launchBrowser, visit } from '../browser/browser.ts';
import type { Visit } from '../browser/browser.ts';
import { eventually } from '../support/eventually.ts';
import { send, visitors } from '../support/http.ts';
import type { Answer, Order } from '../support/http.ts';
import { makeCertificates } from './certificates.ts';
import { startEdge } from './edge.ts';
import type { Edge } from './edge.ts';
import { productionSettings } from './settings.ts';
import { startStores } from './stores.ts';
import type { Stores } from './stores.ts';

/**
 * The marketplace with the settings of the production overlay: TLS ends at an edge that routes to the services directly,
 * the page server calls the API through the router by plain HTTP, cookies are Secure, limits are on, and every store
 * requires TLS and a password.
 */

const PASSWORD = 'two seats in the stalls';

let folder: string;
let stores: Stores;
let stack: Stack;
let edge: Edge;
let browser: Browser;
let market: ReturnType<typeof visitors>;
const trustedBefore = tls.getCACertificates('default');

/** Stops what was started in reverse order, also after a start that failed half-way. */
const started = new AsyncDisposableStack();

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'ticketing-edge-'));
  started.defer(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const certificates = await makeCertificates(folder);
  tls.setDefaultCACertificates([...trustedBefore, readFileSync(certificates.ca, 'utf8')]);
  started.defer(() => {
    tls.setDefaultCACertificates(trustedBefore);
  });
  const storesFolder = path.join(folder, 'stores');
  mkdirSync(storesFolder);
  stores = await startStores(storesFolder, certificates);
  started.defer(() => stores.stop());
  const settings = await productionSettings();
  const envOf = (service: Service) => ({ ...settings(service), ...stores.serviceEnv[service] });
  stack = await startStack({
    folder: path.join(folder, 'stack'),
    client: true,
    env: {
      ...settings('client'),
      ...settings('router'),
      ...stores.urls,
      NODE_ENV: 'production',
      NODE_EXTRA_CA_CERTS: certificates.ca,
    },
    serviceEnv: Object.fromEntries(services.map((service) => [service, envOf(service)])),
  });
  started.defer(() => stack.stop());
  const nameOf = (service: string) => (service === 'client' ? service : `${service}-1`);
  edge = await startEdge((service) => stack.process(nameOf(service)).url, certificates);
  started.defer(() => edge.stop());
  market = visitors(edge.url);
  browser = await launchBrowser();
  started.defer(() => browser.close());
});

afterAll(async () => {
  await started.disposeAsync();
});

let open: Visit[] = [];
afterEach(async () => {
  await Promise.all(open.map((one) => one.close()));
  open = [];
});

const credentials = () => ({ email: `${crypto.randomUUID()}@example.com`, password: PASSWORD });

/** The Set-Cookie lines that are about the session. */
const sessionLines = ({ headers }: Answer): string[] =>
  headers.getSetCookie().filter((line) => /^(__host-)?session/i.test(line));

/** The Cookie header that a browser would send after an answer. */
const cookieOf = (answer: Answer): string =>
  sessionLines(answer)
    .map((line) => line.split(';')[0])
    .join('; ');

/** Signs up, out and in by the API at `url`, and expects every answer to set or clear a session that only TLS carries. */
async function expectSecureSessions(url: string): Promise<void> {
  const someone = credentials();
  const api = (method: string, name: string, body?: unknown, cookie?: string) =>
    send(`${url}/api/users/${name}`, method, body, cookie);
  const expectSession = (answer: Answer, status: number, cookie: RegExp) => {
    expect(answer.status).toBe(status);
    const lines = sessionLines(answer);
    expect(lines.join('\n')).toMatch(cookie);
    for (const line of lines) expect(line).toMatch(/; secure(;|$)/i);
    for (const line of lines) expect(line).toMatch(/; httponly(;|$)/i);
  };
  const started = /^__Host-session=[^;]{20,};/m;
  const cleared = /^__Host-session=;.*expires=Thu, 01 Jan 1970/im;
  const current = async (cookie: string) => (await api('GET', 'currentuser', undefined, cookie)).body;

  const signedUp = await api('POST', 'signup', someone);
  expectSession(signedUp, 201, started);
  expect(await current(cookieOf(signedUp))).toMatchObject({ currentUser: { email: someone.email } });
  expectSession(await api('POST', 'signout', {}, cookieOf(signedUp)), 200, cleared);
  const signedIn = await api('POST', 'signin', someone);
  expectSession(signedIn, 200, started);
  expect(await current(cookieOf(signedIn))).toMatchObject({ currentUser: { email: someone.email } });
  expectSession(await api('POST', 'signout', {}, cookieOf(signedIn)), 200, cleared);
}

describe('behind a TLS edge that routes to the services directly', () => {
  it.each([
    { how: 'with scripts', scripts: true },
    { how: 'without scripts', scripts: false },
  ])('a visitor signs up, out, in and out on the pages $how', async ({ scripts }) => {
    const { email, password } = credentials();
    const visitor = await visit(browser, edge.url, { scripts, ignoreHTTPSErrors: true });
    open.push(visitor);
    const { page, complaints } = visitor;
    const currentUser = async (): Promise<unknown> => (await page.request.get('/api/users/currentuser')).json();
    const session = async () => (await page.context().cookies()).find(({ name }) => name === '__Host-session');
    const send = async (button: string) => {
      await page.getByLabel('Email address').fill(email);
      await page.getByLabel('Password').fill(password);
      await page.getByRole('button', { name: button }).click();
    };
    const expectSignedIn = async () => {
      await signOut(page).waitFor();
      expect(await session()).toMatchObject({ secure: true, httpOnly: true, sameSite: 'Lax' });
      expect(await currentUser()).toMatchObject({ currentUser: { email } });
    };
    const expectSignedOut = async () => {
      await signOut(page).click();
      await page.getByRole('link', { name: 'Sign in' }).first().waitFor();
      expect(await currentUser()).toEqual({ currentUser: null });
      expect(await session()).toBeUndefined();
    };

    await page.goto('/auth/signup');
    await send('Create account');
    await expectSignedIn();
    await expectSignedOut();
    await page.goto('/auth/signin');
    await send('Sign in');
    await expectSignedIn();
    await expectSignedOut();
    expect(complaints).toEqual([]);
  });

  it('a refused form is kept in a Secure cookie', async () => {
    const answer = await fetch(`${edge.url}/auth/submit`, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ intent: 'signin', ...credentials() }),
    });
    expect(answer.status).toBe(303);
    expect(answer.headers.getSetCookie()).toEqual([expect.stringMatching(/^auth-form=.{20,}; HttpOnly;.*; Secure$/)]);
  });

  it('the API sets and clears the session in Secure cookies', async () => {
    await expectSecureSessions(edge.url);
  });

  it.each(['auth-1', 'router'])(
    '%s sets and clears the session in Secure cookies by plain HTTP as well',
    async (name) => {
      await expectSecureSessions(stack.process(name).url);
    },
  );

  it('a ticket is listed, held, paid and bought', async () => {
    const [seller, buyer] = await Promise.all([market.signUp(), market.signUp()]);
    const ticket = await seller.list({ title: 'Over the edge' });
    expect(ticket.status).toBe(201);
    const placed = await buyer.orderNew(ticket.body.id);
    expect(placed.status).toBe(201);
    const until = (status: string): Promise<Order> =>
      eventually(
        async () => (await buyer.see(placed.body.id)).body,
        (order) => order.status === status,
      );
    await until('awaiting:payment');
    expect((await buyer.payNew(placed.body.id)).status).toBe(201);
    const { history } = await until('complete');
    expect(history.map(({ status }) => status)).toEqual(['created', 'awaiting:payment', 'capturing', 'complete']);
    await eventually(
      async () => (await market.ticket(ticket.body.id)).body.status,
      (status) => status === 'sold',
    );
  });

  it('the timer of a hold is stored in Redis', async () => {
    const [seller, buyer] = await Promise.all([market.signUp(), market.signUp()]);
    const ticket = await seller.list();
    const placed = await buyer.orderNew(ticket.body.id);
    const redis = new Redis(stores.serviceEnv.expiration['REDIS_URL'] ?? '');
    try {
      const keys = await eventually(
        () => redis.keys(`*${placed.body.id}`),
        (found) => found.length > 0,
      );
      expect(keys).toHaveLength(1);
    } finally {
      redis.disconnect();
    }
  });

  it('a visitor by IPv6 signs up, and is rate-limited as one address despite forged headers', async () => {
    expect((await send(`${edge.url6}/api/users/signup`, 'POST', credentials())).status).toBe(201);
    const attempts = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const answer = await fetch(`${edge.url6}/api/users/signup`, {
          method: 'POST',
          headers: {
            'Content-Type': 'application/json',
            'X-Forwarded-For': `203.0.113.${index}`,
            'X-Real-IP': `203.0.113.${index}`,
            Forwarded: `for=203.0.113.${index}`,
          },
          body: JSON.stringify(credentials()),
        });
        await answer.arrayBuffer();
        return answer.status;
      }),
    );
    expect([...new Set(attempts)].sort()).toEqual([201, 429]);
    expect((await send(`${edge.url}/api/users/signup`, 'POST', credentials())).status).toBe(201);
  });

  it('forged X-Forwarded headers change neither origin checks, cookies nor redirects', async () => {
    const claims = { 'X-Forwarded-Proto': 'http', 'X-Forwarded-Host': 'evil.example', Forwarded: 'host=evil.example' };
    const post = (path: string, type: string, body: string, headers: Record<string, string> = {}) =>
      fetch(edge.url + path, {
        method: 'POST',
        redirect: 'manual',
        headers: { 'Content-Type': type, ...claims, ...headers },
        body,
      });
    const api = (headers?: Record<string, string>) =>
      post('/api/users/signup', 'application/json', JSON.stringify(credentials()), headers);
    const form = (headers?: Record<string, string>) =>
      post(
        '/auth/submit',
        'application/x-www-form-urlencoded',
        new URLSearchParams({ intent: 'signup', ...credentials() }).toString(),
        headers,
      );

    for (const request of [api, form]) {
      expect((await request({ Origin: 'https://evil.example' })).status).toBe(403);
      const answer = await request({ Origin: edge.url });
      expect(answer.status).toBeLessThan(400);
      const session = answer.headers.getSetCookie().find((line) => line.startsWith('__Host-session='));
      expect(session).toMatch(/; secure(;|$)/i);
      expect(new URL(answer.headers.get('location') ?? '/', edge.url).origin).toBe(edge.url);
    }
    const gate = await fetch(`${edge.url}/orders`, { redirect: 'manual', headers: claims });
    expect(new URL(gate.headers.get('location') ?? '', edge.url).href).toMatch(`${edge.url}/auth/signin`);
  });

  it('each service has access to its own database only', async () => {
    for (const owner of mongoServices) {
      const client = new mongo.MongoClient(stores.serviceEnv[owner]['MONGO_URL'] ?? '');
      try {
        for (const other of mongoServices) {
          const things = client.db(`ticketing-${other}`).collection('things-of-a-test');
          const attempts = [() => things.findOne(), () => things.insertOne({}), () => things.drop()];
          for (const attempt of attempts) {
            if (other === owner) await attempt();
            else await expect(attempt()).rejects.toMatchObject({ code: 13, codeName: 'Unauthorized' });
          }
        }
      } finally {
        await client.close();
      }
    }
  });

  it('no log contains a password of a store, not even after failed logins', async () => {
    await stores.changePasswords();
    const logsFolder = path.join(stack.folder, 'logs');
    const logOf = (name: string) => readFileSync(path.join(logsFolder, `${name}.log`), 'utf8');
    // The stores' messages for a wrong password: once a log has them, it also has whatever might expose the password.
    const refusals: [string, RegExp][] = [
      ...mongoServices.map((service): [string, RegExp] => [`${service}-1`, /Authentication failed/]),
      ...busServices.map((service): [string, RegExp] => [`${service}-1`, /authorization violation/i]),
      ['expiration-1', /WRONGPASS/],
    ];
    let visitorNumber = 0;
    await eventually(
      async () => {
        // Auth uses its store on requests only. Each comes from another address, because one would soon be rate-limited.
        await fetch(`${stack.process('auth-1').url}/api/users/signin`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json', 'X-Forwarded-For': `203.0.113.${visitorNumber++ % 256}` },
          body: JSON.stringify(credentials()),
        });
        return refusals
          .filter(([name, reason]) => !reason.test(logOf(name)))
          .map(([name, reason]) => `${name}: ${reason.source}`);
      },
      (missing) => missing.length === 0,
    );
    await stack.stop();

    const files = [...readdirSync(logsFolder).map((file) => path.join(logsFolder, file)), ...stores.logFiles];
    const found = files.flatMap((file) => {
      const log = readFileSync(file, 'utf8');
      return stores.passwords
        .filter(({ raw, encoded, plain }) => [raw, encoded, plain].some((secret) => log.includes(secret)))
        .map(() => path.basename(file));
    });
    expect(found).toEqual([]);
  });
});

const signOut = (page: Page) => page.getByRole('button', { name: 'Sign out' });
