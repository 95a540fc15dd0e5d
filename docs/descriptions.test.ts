import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { requireAuth } from '@ticketing/common';
import type { Api, Route } from '@ticketing/common';
import { testSessions } from '@ticketing/common/testing';
import type { Router } from 'express';
import { userRoutes } from '../auth/src/routes/users.ts';
import { orderRoutes } from '../orders/src/routes/orders.ts';
import { paymentRoutes } from '../payments/src/routes/payments.ts';
import { ticketRoutes } from '../tickets/src/routes/tickets.ts';
import { breaks, errorCodes } from './compatibility.ts';
import { apis, openApi } from './openapi.ts';

const root = path.join(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(path.join(import.meta.dirname, file), 'utf8');

type Json = Record<string, unknown>;
const openapi = () => JSON.parse(read('openapi.json')) as Json;
const asyncapi = () => JSON.parse(read('asyncapi.json')) as Json;

describe('openapi.json and asyncapi.json', () => {
  it.each(['openapi.ts', 'events.ts'])('are what docs/%s writes, and break nobody who uses them', (script) => {
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
  const routers: Record<string, Router> = {
    auth: userRoutes(context, { ...testSessions, RATE_LIMITS: false }),
    tickets: ticketRoutes(context),
    orders: orderRoutes(context, false),
    payments: paymentRoutes(context, false),
  };

  it.each(Object.keys(apis))('are those that %s has, and need a session where it asks for one', (service) => {
    const { routes } = apis[service] as Api;
    const declared = Object.values(routes).map(({ method, path: address, requiresAuth: needed }: Route) => ({
      route: `${method} ${address}`,
      requiresAuth: needed === true,
    }));
    const mounted = (routers[service]?.stack ?? []).flatMap(({ route }) =>
      (route?.stack ?? [])
        .map(({ method }) => method)
        .filter((method, index, all) => all.indexOf(method) === index)
        .map((method) => ({
          route: `${method} ${route?.path ?? ''}`,
          requiresAuth: route?.stack.some(({ handle }) => handle === requireAuth) ?? false,
        })),
    );
    const byRoute = (a: { route: string }, b: { route: string }) => a.route.localeCompare(b.route);
    expect(mounted.sort(byRoute)).toEqual(declared.sort(byRoute));
  });
});

describe('the error codes of openapi.json', () => {
  /** The codes in the table of api.md, without those that no route of the API answers. */
  const inTable = [...read('api.md').matchAll(/^\| `([a-z-]+)` +\| +[0-9x, ]+\| (.*)$/gm)]
    .filter(([, , when = '']) => !when.includes("on a service's own port"))
    .map(([, code = '']) => code);

  it('are those that api.md explains', () => {
    // What is at no route's address is no route's answer.
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
      'a new field of an answer',
      (document) => {
        Object.assign(at(ticket(document), 'properties'), { seat: { type: 'string' } });
        at(ticket(document), 'required').push('seat');
      },
    ],
    [
      'a field that may be longer',
      (document) => Object.assign(at(listing(document), 'properties', 'title'), { maxLength: 200 }),
    ],
    ['a new value in an answer', (document) => at(ticket(document), 'properties', 'status', 'enum').push('new')],
  ])('breaks nobody when it is %s', (_, alter) => {
    expect(change(alter)).toEqual([]);
  });

  it.each<[string, (document: unknown) => void, string]>([
    [
      'a route is gone',
      (document) => remove(at(document, 'paths'), '/api/tickets/mine'),
      'GET /api/tickets/mine is gone',
    ],
    [
      'a route needs a session',
      (document) => Object.assign(at(document, 'paths', '/api/tickets', 'get'), { security: [{ session: [] }] }),
      'GET /api/tickets needs a session',
    ],
    [
      'a status is no longer answered',
      (document) => remove(at(document, 'paths', '/api/orders', 'post', 'responses'), '201'),
      'POST /api/orders no longer answers 201',
    ],
    [
      'a field of a request has another name',
      (document) => {
        const properties = at(listing(document), 'properties');
        Object.assign(properties, { place: properties['venue'] });
        remove(properties, 'venue');
      },
      'POST /api/tickets venue is gone',
    ],
    [
      'a field of a request is required only now',
      (document) => at(listing(document), 'required').push('venue'),
      'PUT /api/tickets/{id} venue is required',
    ],
    [
      'a field of a request is shorter',
      (document) => Object.assign(at(listing(document), 'properties', 'title'), { maxLength: 50 }),
      'POST /api/tickets title has another maxLength',
    ],
    [
      'a field of the query is gone',
      (document) => at(document, 'paths', '/api/tickets', 'get', 'parameters').shift(),
      'GET /api/tickets search is gone',
    ],
    [
      'a field of an answer is gone',
      (document) => remove(at(ticket(document), 'properties'), 'sellerId'),
      'GET /api/tickets/{id} 200 sellerId is gone',
    ],
    [
      'a field of an answer may be absent',
      (document) => at(ticket(document), 'required').shift(),
      'GET /api/tickets/{id} 200 title may be absent',
    ],
    [
      'a field of an answer has another type',
      (document) => Object.assign(at(ticket(document), 'properties', 'version'), { type: 'string' }),
      'GET /api/tickets/{id} 200 version has another type',
    ],
    [
      'an error code is gone',
      (document) => remove(at(document, 'components', 'responses'), 'invalid-credentials'),
      'the error code invalid-credentials is gone',
    ],
  ])('breaks programs when %s', (_, alter, line) => {
    expect(change(alter)).toContain(line);
  });

  it.each<[string, (payload: Part) => void, string]>([
    ['a field is gone', ({ properties }) => remove(at(properties), 'number'), 'order:created data number is gone'],
    ['a field is new and required', ({ required }) => at(required).push('seat'), 'order:created data seat is required'],
    ['a field may be absent', ({ required }) => at(required).shift(), 'order:created data id may be absent'],
    [
      'a value is new',
      ({ properties }) => at(properties, 'status', 'enum').push('paused'),
      'order:created data status may be paused',
    ],
  ])('of an event breaks services when %s', (_, alter, line) => {
    const next = asyncapi();
    alter(at(next, 'channels', 'order:created', 'messages', 'order:created', 'payload', 'properties', 'data'));
    expect(breaks(asyncapi(), next)).toContain(line);
  });

  it('of an event breaks nobody when an optional field is new', () => {
    const next = asyncapi();
    const data = at(next, 'channels', 'order:created', 'messages', 'order:created', 'payload', 'properties', 'data');
    Object.assign(at(data, 'properties'), { seat: { type: 'string' } });
    expect(breaks(asyncapi(), next)).toEqual([]);
    remove(at(next, 'channels'), 'order:created');
    expect(breaks(asyncapi(), next)).toEqual(['order:created is gone']);
  });
});

describe('every route', () => {
  it('has the answers of what stands in front of it, and its own', () => {
    const { paths } = openApi();
    for (const methods of Object.values(paths))
      for (const operation of Object.values(methods)) {
        const { responses } = operation as { responses: object };
        expect(Object.keys(responses)).toEqual(
          expect.arrayContaining(['400', '408', '413', '415', '431', '500', '502', '503', '504']),
        );
      }
  });
});
