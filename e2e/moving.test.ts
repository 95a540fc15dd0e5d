import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mongoServices, services } from '../scripts/services.ts';
import type { Service } from '../scripts/services.ts';
import { eventually } from './support/eventually.ts';
import { send, visitors } from './support/http.ts';
import { checkInvariants } from './support/invariants.ts';
import { startJetStream } from './support/jetstream.ts';
import { startLoad } from './support/load.ts';
import { startRollouts } from './support/rollout.ts';
import { answersTo } from './support/sessions.ts';
import { startTestStack } from './support/stack.ts';

/** Short, because everything has settled only when the holds of abandoned orders have ended, but enough to pay on a busy machine. */
const HOLD_SECONDS = '12';
/** Two of the services that a purchase needs first, so that for a while each has an instance on either bus. */
const PROCESSES = { tickets: 2, orders: 2 };
const INSTANCES = 7;

type Settings = (service: Service) => Record<string, string>;

let stack: Awaited<ReturnType<typeof startTestStack>>;
let rollouts: Awaited<ReturnType<typeof startRollouts>>;
let jetStream: Awaited<ReturnType<typeof startJetStream>>;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'ticketing-moving-'));
  const env = { BUS: 'nats-streaming', NATS_URL: '', NATS_NODES: '1', HOLD_SECONDS };
  [stack, jetStream] = await Promise.all([startTestStack({ env, processes: PROCESSES }), startJetStream(folder)]);
  rollouts = await startRollouts(stack);
});
afterAll(async () => {
  await rollouts.close();
  await stack.end();
  await jetStream.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Has one instance of each service that owns documents publish their current state again. Resolves to what it could not publish. */
async function resync(since: Date): Promise<unknown[]> {
  const failed: unknown[] = [];
  for (const service of mongoServices) {
    const one = rollouts.running().find((running) => running.service === service);
    if (!one) throw new Error(`No instance of ${service} runs.`);
    const url = `${one.adminUrl}/resync?since=${since.toISOString()}`;
    const { status, body } = await send<{ failed?: unknown[] }>(url, 'POST');
    expect(status).toBe(200);
    failed.push(...(body.failed ?? []));
  }
  return failed;
}

/** A whole purchase, from the listing to the sale. Throws when it is not complete in time. */
async function purchase(): Promise<void> {
  const { signUp } = visitors(rollouts.url);
  const [seller, buyer] = [await signUp(), await signUp()];
  const { body: order } = await buyer.orderNew((await seller.list()).body.id);
  const until = (status: string) =>
    eventually(
      async () => (await buyer.see(order.id)).body.status,
      (current) => current === status,
    );
  await until('awaiting:payment');
  expect((await buyer.payNew(order.id)).status).toBe(201);
  await until('complete');
}

/** Does the steps of docs/moving-to-jetstream.md while visitors list, order and pay, and while one signs out. */
async function move(settings: Settings, cookie: string, hasOrdered: (more: number) => Promise<unknown>): Promise<void> {
  const since = new Date(Date.now() - 3_600_000);
  const rollOut = (service: Service) => rollouts.rollOut(service, settings(service));
  await hasOrdered(5);
  // All at once, so the order in which they arrive is open. Here auth is the last: a session ends while the others have left its bus.
  const endings = await Promise.all(services.filter((service) => service !== 'auth').map(rollOut));
  expect((await visitors(rollouts.url).api('POST', '/users/signout', {}, cookie)).status).toBe(200);
  endings.push(await rollOut('auth'));
  expect(endings.flat()).toEqual(Array.from({ length: INSTANCES }, () => ({ code: 0, signal: null })));
  expect(await resync(since)).toEqual([]);
  await hasOrdered(5);
}

/** Moves under load, and expects what the page promises. */
async function moveUnderLoad(settings: Settings): Promise<void> {
  const { cookie } = await visitors(rollouts.url).signUp();
  const load = await startLoad(rollouts.url, { pauseMs: 150 });
  const hasOrdered = (more: number) => {
    const before = load.acknowledged.orders.length;
    return eventually(
      () => load.acknowledged.orders.length - before,
      (count) => count >= more,
    );
  };
  try {
    await move(settings, cookie, hasOrdered);
  } finally {
    await load.stop();
  }
  const failed = Object.keys(load.answers()).filter((answer) => / (0|5\d\d)$/.test(answer));
  expect(failed).toEqual([]);
  await eventually(
    () => answersTo({ processes: rollouts.running() }, cookie),
    (answers) => answers.every(({ status }) => status === 401),
  );
  const { broken } = await checkInvariants(stack, { acknowledged: load.acknowledged });
  expect(broken).toEqual([]);
  await purchase();
}

describe('a move of a running marketplace under load', () => {
  it('from NATS Streaming to JetStream fails no request, loses no event and breaks no invariant', async () => {
    await moveUnderLoad((service) => jetStream.settings(service));
    await eventually(
      () => jetStream.unconsumed(),
      (lines) => lines.length === 0,
    );
  });

  it('back to NATS Streaming fails no request, loses no event and breaks no invariant', async () => {
    await moveUnderLoad(() => ({}));
  });
});
