import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { checkIdempotencyKey, requireAuth } from '@ticketing/common';
import type { Route } from '@ticketing/common';
import { apiOptions, randomUser, sessionCookie, silentLog, testKeys, testSessions } from '@ticketing/core/testing';
import type { Express, RequestHandler, Router } from 'express';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import request from 'supertest';
import { createApp as createAuth } from '../auth/src/app.ts';
import { userRoutes } from '../auth/src/routes/users.ts';
import { createApp as createOrders } from '../orders/src/app.ts';
import { orderRoutes } from '../orders/src/routes/orders.ts';
import { createApp as createPayments } from '../payments/src/app.ts';
import { paymentRoutes } from '../payments/src/routes/payments.ts';
import { createApp as createTickets } from '../tickets/src/app.ts';
import { ticketRoutes } from '../tickets/src/routes/tickets.ts';
import { breaks, errorCodes } from './compatibility.ts';
import { apis, openApi } from './openapi.ts';

const root = path.join(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(path.join(import.meta.dirname, file), 'utf8');

type Json = Record<string, unknown>;
const openapi = () => JSON.parse(read('openapi.json')) as Json;
const asyncapi = () => JSON.parse(read('asyncapi.json')) as Json;

describe('openapi.json, api.md, asyncapi.json and events.md', () => {
  it.each(['openapi.ts', 'events.ts'])('are what docs/%s generates, without a breaking change', (script) => {
    const args = ['--conditions=source', path.join(import.meta.dirname, script), '--check'];
    const { stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  });

  it('pass the linter without a warning', () => {
    const cli = path.join(root, 'node_modules/@redocly/cli/bin/cli.js');
    const args = ['lint', 'docs/openapi.json', 'docs/asyncapi.json', '--config=docs/redocly.yaml'];
    const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
    const { stdout, status } = spawnSync(process.execPath, [cli, ...args], { encoding: 'utf8', cwd: root, env });
    expect({ stdout, status }).toEqual({ stdout: '', status: 0 });
  });
});

describe('the routes that a service declares', () => {
  // No route is called, so none needs a store.
  const context = { now: () => new Date() } as never;
  const idempotent: RequestHandler = (_req, _res, next) => {
    next();
  };
  const routers: Record<string, Router> = {
    auth: userRoutes(
      context,
      { SESSION_KEYS: [testKeys.privateKey], COOKIE_SECURE: false, RATE_LIMITS: false },
      silentLog,
    ),
    tickets: ticketRoutes(context, false, idempotent),
    orders: orderRoutes(context, false, idempotent),
    payments: paymentRoutes(context, false, idempotent),
  };

  it.each(Object.entries(apis))(
    'are those that %s mounts, and require a session and take an idempotency key as declared',
    (service, { routes }) => {
      const declared = Object.values(routes).map(
        ({ method, path: address, requiresAuth: needed, idempotency }: Route) => ({
          route: `${method} ${address}`,
          requiresAuth: needed === true,
          idempotency,
        }),
      );
      const mounted = (routers[service]?.stack ?? []).flatMap(({ route }) =>
        (route?.stack ?? [])
          .map(({ method }) => method)
          .filter((method, index, all) => all.indexOf(method) === index)
          .map((method) => ({
            route: `${method} ${route?.path ?? ''}`,
            requiresAuth: route?.stack.some(({ handle }) => handle === requireAuth) ?? false,
            idempotency: route?.stack.some(({ handle }) => handle === idempotent)
              ? 'replayed'
              : route?.stack.some(({ handle }) => handle === checkIdempotencyKey)
                ? 'repeated'
                : undefined,
          })),
      );
      const byRoute = (a: { route: string }, b: { route: string }) => a.route.localeCompare(b.route);
      expect(mounted.sort(byRoute)).toEqual(declared.sort(byRoute));
    },
  );
});

describe('every route of every service', () => {
  /** Sends a request to each route whose declaration passes, and returns those whose response has another status. */
  async function routesWithout(
    status: number,
    {
      isMeant,
      endedSessions,
      sessionId = 'live',
    }: { isMeant: (service: string, route: Route) => boolean; endedSessions: Set<string>; sessionId?: string },
  ): Promise<string[]> {
    // No handler of a route is reached, so none needs a store.
    const context = { now: () => new Date(), endedSessions } as never;
    const settings = { ...testSessions, RATE_LIMITS: true };
    const keys = {} as never;
    const options = { ...apiOptions(), keys };
    const apps: Record<string, Express> = {
      auth: createAuth(context, { ...settings, SESSION_KEYS: [testKeys.privateKey] }, options),
      tickets: createTickets(context, settings, options),
      orders: createOrders(context, settings, options),
      payments: createPayments(context, settings, options),
    };
    const cookie = await sessionCookie(randomUser(), { sessionId });
    const others: string[] = [];
    for (const [service, { prefix, routes }] of Object.entries(apis))
      for (const route of Object.values(routes).filter((one) => isMeant(service, one))) {
        const url = `${prefix}${route.path.replaceAll(/:\w+/g, 'f'.repeat(24))}`;
        const app = apps[service];
        const answer = app && (await request(app)[route.method](url).set('Cookie', cookie));
        if (answer?.status !== status) others.push(`${route.method} ${url}: ${answer?.status}`);
      }
    return others;
  }

  it('has a limit', async () => {
    const refusal = Object.assign(new RateLimiterRes(), { msBeforeNext: 1000 });
    const consume = jest.spyOn(RateLimiterMemory.prototype, 'consume').mockRejectedValue(refusal);
    try {
      expect(await routesWithout(429, { isMeant: () => true, endedSessions: new Set() })).toEqual([]);
    } finally {
      consume.mockRestore();
    }
  });

  it('rejects a session that has ended, if it needs one', async () => {
    // Auth knows the end of a session from its own store.
    const isMeant = (service: string, { requiresAuth: needed }: Route) => service !== 'auth' && needed === true;
    const sessionId = 'ended';
    expect(await routesWithout(401, { isMeant, endedSessions: new Set([sessionId]), sessionId })).toEqual([]);
  });
});

describe('the error codes of openapi.json', () => {
  /** The codes in the table of api.md, without those that no route of the API returns. */
  const inTable = [...read('api.md').matchAll(/^\| `([a-z-]+)` +\| +[0-9x, ]+\| (.*)$/gm)]
    .filter(([, , when = '']) => !when.includes('on the admin port') && !when.includes('the address does not have'))
    .map(([, code = '']) => code);

  it('are those in the table of api.md', () => {
    // No route returns 404 for an unknown address.
    expect([...errorCodes(openapi()), 'not-found'].sort()).toEqual(inTable.sort());
  });
});

describe('a change of the API', () => {
  const change = (alter: (document: unknown) => void): string[] => {
    const next = structuredClone(openapi());
    alter(next);
    return breaks(openapi(), next);
  };
  /** A part of a document, as a list or as an object. */
  type Part = Record<string, unknown> & unknown[];
  const at = (document: unknown, ...keys: string[]) =>
    keys.reduce<Part>((inner, key) => inner[key] as Part, document as Part);
  const remove = (part: Part, key: string) => Reflect.deleteProperty(part, key);
  const listing = (document: unknown) => at(document, 'components', 'schemas', 'Listing');
  const ticket = (document: unknown) => at(document, 'components', 'schemas', 'Ticket');

  it.each<[string, (document: unknown) => void]>([
    ['a new route', (document) => Object.assign(at(document, 'paths'), { '/api/venues': { get: {} } })],
    [
      'a new optional field of a request',
      (document) => Object.assign(at(listing(document), 'properties'), { seat: { type: 'string' } }),
    ],
    [
      'a new field of a response',
      (document) => {
        Object.assign(at(ticket(document), 'properties'), { seat: { type: 'string' } });
        at(ticket(document), 'required').push('seat');
      },
    ],
    [
      'a longer maximum length',
      (document) => Object.assign(at(listing(document), 'properties', 'title'), { maxLength: 200 }),
    ],
    [
      'a request field that takes any value, no longer one of a list',
      (document) => {
        const sort = at(document, 'paths', '/api/tickets', 'get', 'parameters').find(
          (one) => (one as { name?: string }).name === 'sort',
        );
        remove(at(sort, 'schema'), 'enum');
      },
    ],
    ['a new value in a response', (document) => at(ticket(document), 'properties', 'status', 'enum').push('new')],
  ])('is compatible when it is %s', (_, alter) => {
    expect(change(alter)).toEqual([]);
  });

  it.each<[string, (document: unknown) => void, string]>([
    [
      'a route was removed',
      (document) => remove(at(document, 'paths'), '/api/tickets/mine'),
      'GET /api/tickets/mine was removed',
    ],
    [
      'a route needs a session',
      (document) => Object.assign(at(document, 'paths', '/api/tickets', 'get'), { security: [{ session: [] }] }),
      'GET /api/tickets needs a session',
    ],
    [
      'a status is no longer returned',
      (document) => remove(at(document, 'paths', '/api/orders', 'post', 'responses'), '201'),
      'POST /api/orders no longer returns 201',
    ],
    [
      'a field of a request is renamed',
      (document) => {
        const properties = at(listing(document), 'properties');
        Object.assign(properties, { place: properties['venue'] });
        remove(properties, 'venue');
      },
      'POST /api/tickets venue was removed',
    ],
    [
      'a field of a request becomes required',
      (document) => at(listing(document), 'required').push('venue'),
      'POST /api/tickets venue is required',
    ],
    [
      'a field of a request is shorter',
      (document) => Object.assign(at(listing(document), 'properties', 'title'), { maxLength: 50 }),
      'POST /api/tickets title has another maxLength',
    ],
    [
      'a field of the query was removed',
      (document) => at(document, 'paths', '/api/tickets', 'get', 'parameters').shift(),
      'GET /api/tickets search was removed',
    ],
    [
      'a field of a response was removed',
      (document) => remove(at(ticket(document), 'properties'), 'sellerId'),
      'GET /api/tickets/{id} 200 sellerId was removed',
    ],
    [
      'a field of a response may be absent',
      (document) => at(ticket(document), 'required').shift(),
      'GET /api/tickets/{id} 200 title may be absent',
    ],
    [
      'a field of a response has another type',
      (document) => Object.assign(at(ticket(document), 'properties', 'version'), { type: 'string' }),
      'GET /api/tickets/{id} 200 version has another type',
    ],
    [
      'an error code was removed',
      (document) => remove(at(document, 'components', 'responses'), 'invalid-credentials'),
      'the error code invalid-credentials was removed',
    ],
  ])('is a breaking change when %s', (_, alter, line) => {
    expect(change(alter)).toContain(line);
  });

  it.each<[string, (payload: Part) => void, string]>([
    [
      'a field was removed',
      ({ properties }) => remove(at(properties), 'number'),
      'order:created data number was removed',
    ],
    ['a required field is new', ({ required }) => at(required).push('seat'), 'order:created data seat is required'],
    ['a field may be absent', ({ required }) => at(required).shift(), 'order:created data id may be absent'],
    [
      'a value is new',
      ({ properties }) => at(properties, 'status', 'enum').push('paused'),
      'order:created data status may be paused',
    ],
    [
      'a value is no longer one of a list',
      ({ properties }) => remove(at(properties, 'status'), 'enum'),
      'order:created data status may be any value',
    ],
  ])('of an event is a breaking change when %s', (_, alter, line) => {
    const next = asyncapi();
    alter(at(next, 'channels', 'order:created', 'messages', 'order:created', 'payload', 'properties', 'data'));
    expect(breaks(asyncapi(), next)).toContain(line);
  });

  it('of an event is compatible when an optional field is new', () => {
    const next = asyncapi();
    const data = at(next, 'channels', 'order:created', 'messages', 'order:created', 'payload', 'properties', 'data');
    Object.assign(at(data, 'properties'), { seat: { type: 'string' } });
    expect(breaks(asyncapi(), next)).toEqual([]);
    remove(at(next, 'channels'), 'order:created');
    expect(breaks(asyncapi(), next)).toEqual(['order:created was removed']);
  });
});

describe('every route', () => {
  it('declares the errors of the router and of the service', () => {
    const { paths } = openApi();
    for (const methods of Object.values(paths))
      for (const operation of Object.values(methods)) {
        const { responses } = operation as { responses: object };
        expect(Object.keys(responses)).toEqual(
          expect.arrayContaining(['400', '408', '413', '415', '429', '431', '500', '502', '503', '504']),
        );
      }
  });
});
