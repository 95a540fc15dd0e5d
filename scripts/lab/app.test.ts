import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { root } from '../../infra/local/tools.ts';
import type { ProcessStatus } from '../stack/status.ts';
import { createLab } from './app.ts';
import { clockFaults, deliveries, messageFaults, processExpectations, providerFaults, repairs } from './faults.ts';
import type { Market } from './market.ts';

let calls: unknown[][];
let processes: ProcessStatus[];
let lab: ReturnType<typeof createLab>;

const status = (name: string, state: ProcessStatus['state']): ProcessStatus => ({
  ...{ name, service: name.replace(/-\d+$/, ''), state, url: 'http://127.0.0.1:2' },
  ...(state === 'down' ? { pid: undefined, megabytes: 0 } : { pid: 4321, megabytes: 97 }),
});

/** A marketplace that records what the lab does to it. */
const fakeMarket = (): Market => {
  const record =
    (name: string) =>
    (...args: unknown[]) => {
      calls.push([name, ...args]);
      return Promise.resolve();
    };
  return {
    url: () => 'http://127.0.0.1:3000',
    processes: () => Promise.resolve(processes),
    signal(name, signal) {
      if (name === 'redis') throw new Error('redis is down.');
      calls.push(['signal', name, signal]);
    },
    control: record('control'),
    armBusFault: record('armBusFault'),
    injectProviderFault: record('injectProviderFault'),
    clearProviderFaults: record('clearProviderFaults'),
    advanceClocks: record('advanceClocks'),
    resync: () => Promise.resolve(12),
    inForce: () => Promise.resolve(['next message, orders <b>: drop']),
    heal: record('heal'),
    leave: record('leave'),
  };
};

beforeEach(() => {
  calls = [];
  processes = [status('orders-1', 'ready'), status('nats', 'paused'), status('redis', 'down')];
  lab = createLab(fakeMarket(), () => new Date('2026-11-27T10:11:12Z'));
});

const at = (host: string) => ({ host });
const get = () => request(lab).get('/').set(at('127.0.0.1:3999'));
/** As the browser sends the form of the page. */
const press = (action: string, body: Record<string, string> = {}) =>
  request(lab)
    .post(action)
    .set({ ...at('127.0.0.1:3999'), 'sec-fetch-site': 'same-origin' })
    .type('form')
    .send(body);

describe('the page', () => {
  it('shows each process with its state and memory, and the buttons of its state', async () => {
    const { text, headers } = await get();
    const row = (name: string) => new RegExp(`<th scope="row">${name}</th>[\\s\\S]*?</tr>`).exec(text)?.[0] ?? '';
    const buttons = (name: string) => [...row(name).matchAll(/<button[^>]*>([^<]+)/g)].map(([, label]) => label);
    expect(row('orders-1')).toContain('97 MB');
    expect(buttons('orders-1')).toEqual(['Pause', 'Kill', 'Stop']);
    expect(buttons('nats')).toEqual(['Go on', 'Kill']);
    expect(buttons('redis')).toEqual(['Start']);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(text).not.toContain('<script');
  });

  it('escapes what it shows', async () => {
    expect((await get()).text).toContain('orders &#60;b&#62;: drop');
  });

  it('has an event of each consumer, and no button without a line of what to watch and an invariant that must hold', () => {
    const documented = [...readFileSync(path.join(root, 'docs/invariants.md'), 'utf8').matchAll(/^\| (I\d+) /gm)].map(
      ([, id]) => id,
    );
    const all = [
      ...[...messageFaults, ...providerFaults, ...clockFaults, ...repairs],
      ...Object.values(processExpectations),
    ];
    expect(all.filter(({ watch, holds }) => watch === '' || holds.length === 0)).toEqual([]);
    expect(all.flatMap(({ holds }) => holds).filter((id) => !documented.includes(id))).toEqual([]);
    expect(deliveries()).toEqual(expect.arrayContaining([{ service: 'tickets', event: 'order:created' }]));
  });
});

describe('a button', () => {
  it.each([
    ['/processes/orders-1/pause', {}, ['signal', 'orders-1', 'SIGSTOP']],
    ['/processes/nats/go-on', {}, ['signal', 'nats', 'SIGCONT']],
    ['/processes/nats/kill', {}, ['signal', 'nats', 'SIGKILL']],
    ['/processes/nats/stop', {}, ['control', 'stop', 'nats']],
    ['/processes/nats/start', {}, ['control', 'start', 'nats']],
    [
      '/messages',
      { delivery: 'orders ticket:updated', fault: 'repeat' },
      ['armBusFault', 'orders', 'ticket:updated', 'repeat'],
    ],
    [
      '/faults/provider-slow',
      {},
      ['injectProviderFault', { operation: 'any', fault: 'slow', delayMs: 3000, times: 'until-cleared' }],
    ],
    [
      '/faults/provider-silent',
      {},
      ['injectProviderFault', { operation: 'any', fault: 'timeout-after-acting', times: 'until-cleared' }],
    ],
    ['/faults/provider-declines', {}, ['injectProviderFault', { operation: 'any', fault: 'declined', times: 1 }]],
    ['/faults/provider-well', {}, ['clearProviderFaults']],
    ['/faults/clock-jump', {}, ['advanceClocks', 900_000]],
    ['/faults/heal', {}, ['heal']],
  ])(
    'that posts to %s with %j acts and leads back to the page, which shows the outcome',
    async (action, body, call) => {
      const { status: code, headers } = await press(action, body);
      expect([code, headers['location']]).toEqual([303, '/']);
      expect(calls).toEqual([call]);
      expect((await get()).text).toMatch(/<time datetime="2026-11-27T10:11:12.000Z">10:11:12<\/time>\s+\w/);
    },
  );

  it('that fails leads back to the page, which shows why', async () => {
    expect((await press('/processes/redis/kill')).status).toBe(303);
    expect((await get()).text).toContain('Failed: Kill redis: redis is down.');
  });

  it('that counts shows the count', async () => {
    await press('/faults/resync');
    expect((await get()).text).toContain('12 documents are published again');
  });

  it.each([
    ['/processes/orders-1/explode', {}],
    ['/messages', { delivery: 'orders ticket:updated', fault: 'explode' }],
    ['/messages', { delivery: '../../etc passwd', fault: 'drop' }],
    ['/messages', {}],
    ['/faults/explode', {}],
  ])('that the page does not have (%s, %j) is a 404 and does nothing', async (action, body) => {
    expect((await press(action, body)).status).toBe(404);
    expect(calls).toEqual([]);
  });
});

describe('another site', () => {
  it.each([
    ['its form', { ...at('127.0.0.1:3999'), 'sec-fetch-site': 'cross-site' }],
    ['its form in an older browser', { ...at('127.0.0.1:3999'), origin: 'https://evil.example' }],
    ['its name pointed at this machine', { ...at('evil.example:3999'), 'sec-fetch-site': 'same-origin' }],
    [
      'a name that begins like this machine',
      { ...at('localhost.evil.example'), origin: 'http://localhost.evil.example' },
    ],
  ])('can do nothing: %s', async (_, headers) => {
    const { status: code } = await request(lab).post('/processes/nats/kill').set(headers).type('form').send({});
    expect(code).toBe(403);
    expect(calls).toEqual([]);
  });

  it('can read nothing by a name pointed at this machine', async () => {
    const { status: code, text } = await request(lab).get('/').set(at('evil.example'));
    expect(code).toBe(403);
    expect(text).not.toContain('orders-1');
  });
});
