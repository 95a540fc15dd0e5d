import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from '@jest/globals';
import Stripe from 'stripe';
import { createApp, randomId } from '../src/app.ts';
import { createFaults } from '../src/faults.ts';
import { createLogger } from '../src/logger.ts';
import { listen } from '../src/server.ts';
import { openStore } from '../src/store.ts';

const undo: (() => unknown)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

/** A temporary folder, removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sandbox-'));
  undo.push(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** The official SDK as a client of a sandbox, without retries by default. */
export const stripeAt = (port: number, options: Stripe.StripeConfig = {}): Stripe =>
  new Stripe('sk_test_sandbox', {
    host: '127.0.0.1',
    port,
    protocol: 'http',
    maxNetworkRetries: 0,
    telemetry: false,
    ...options,
  });

/** Plain HTTP, for requests that the SDK can't send. */
export function httpAt(port: number) {
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    json: async (method: string, path: string, body?: unknown) => {
      const init =
        body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
      const answer = await fetch(`${url}${path}`, { method, ...init });
      return { status: answer.status, body: (await answer.json()) as Record<string, never> };
    },
    form: async (path: string, body: string, headers: Record<string, string> = {}) => {
      const answer = await fetch(`${url}${path}`, {
        method: 'POST',
        body,
        headers: {
          authorization: 'Bearer sk_test_sandbox',
          'content-type': 'application/x-www-form-urlencoded',
          ...headers,
        },
      });
      return { status: answer.status, headers: answer.headers, body: (await answer.json()) as ErrorBody };
    },
    fault: async (fault: object) => {
      const answer = await fetch(`${url}/sandbox/faults`, {
        method: 'POST',
        body: JSON.stringify(fault),
        headers: { 'content-type': 'application/json' },
      });
      if (answer.status !== 201) throw new Error(await answer.text());
    },
    faultHits: async (): Promise<number[]> => {
      const answer = await fetch(`${url}/sandbox/faults`);
      const { faults } = (await answer.json()) as { faults: { hits: number }[] };
      return faults.map(({ hits }) => hits);
    },
    order: async (orderId: string): Promise<OrderLedger> => {
      const answer = await fetch(`${url}/ledger/${encodeURIComponent(orderId)}`);
      return (await answer.json()) as OrderLedger;
    },
  };
}

export type ErrorBody = {
  error: { type: string; code?: string; param?: string; message: string; payment_intent?: { id: string } };
};
type Sum = { count: number; amount: number };
export type OrderLedger = Record<'authorized' | 'captured' | 'voided' | 'declined' | 'dropped', Sum> & {
  currencies: string[];
  entries: { type: string; idempotencyKey: string | null; paymentIntent: string }[];
  paymentIntents: { id: string; status: string }[];
};

/** A sandbox in this process, stopped after the test. `clock.now` may be moved. */
export async function startSandbox({ directory = temporaryFolder() } = {}) {
  const clock = { now: Date.now() };
  const now = () => clock.now;
  const stopping = new AbortController();
  const store = openStore(directory, now);
  const faults = createFaults(stopping.signal);
  const app = createApp({ store, faults, now, newId: randomId }, createLogger('silent'), stopping.signal);
  const server = await listen(app, { HOST: '127.0.0.1', PORT: 0 });
  undo.push(async () => {
    stopping.abort();
    await server.close(0);
    store.close();
  });
  return { clock, stopping, port: server.port, stripe: stripeAt(server.port), http: httpAt(server.port) };
}

/** A sandbox as a process of its own, killed after the test. */
export async function spawnSandbox(directory: string) {
  const child = spawn(process.execPath, ['--conditions=source', 'src/main.ts'], {
    cwd: join(import.meta.dirname, '..'),
    env: { PATH: process.env['PATH'], SANDBOX_DIR: directory, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = exitOf(child);
  undo.push(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const port = await new Promise<number>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      const { msg, port: listening } = JSON.parse(line) as { msg: string; port?: number };
      if (msg === 'listening' && listening !== undefined) resolve(listening);
    });
    void exited.then(({ code }) => {
      reject(new Error(`The sandbox ended with ${String(code)} before it listened`));
    });
  });
  return { child, exited, port, stripe: stripeAt(port), http: httpAt(port) };
}

const exitOf = (child: ChildProcess) =>
  new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.once('exit', (code, signal) => {
      resolve({ code, signal });
    });
  });

/** The SDK's error that a promise rejects with. Throws if it does not reject. */
export async function stripeErrorOf(promise: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError) return error;
    throw error;
  }
  throw new Error('It was answered without an error');
}

/** Polls until `check` is true. Throws after a minute, which only a failure takes. */
export async function until(check: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error(`condition not met within a minute: ${String(check)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

let orders = 0;
/** Parameters of a valid authorisation for a new order. */
export const purchase = (more: Partial<Stripe.PaymentIntentCreateParams> = {}) => {
  const orderId = `order-${++orders}`;
  const params: Stripe.PaymentIntentCreateParams = {
    amount: 4200,
    currency: 'usd',
    capture_method: 'manual',
    automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
    metadata: { orderId },
    ...more,
  };
  return { orderId, params };
};
