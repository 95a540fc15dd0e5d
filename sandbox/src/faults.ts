import { setTimeout as sleep } from 'node:timers/promises';
import { invalidRequest, StripeFailure } from './failure.ts';

const OPERATIONS = ['create', 'confirm', 'retrieve', 'capture', 'cancel', 'search', 'any'] as const;
const DEFAULT_DELAY_MS = {
  'timeout-after-acting': 30_000,
  'timeout-before-acting': 30_000,
  'error-500': 0,
  'error-500-after-acting': 0,
  slow: 2_000,
  down: 0,
  'rate-limited': 0,
  declined: 0,
};
const UNTIL_CLEARED = 'until-cleared';
const MAX_DELAY_MS = 120_000;
const MAX_TIMES = 1_000_000;
const MAX_FAULTS = 1000;

export type Operation = Exclude<(typeof OPERATIONS)[number], 'any'>;
export type FaultName = keyof typeof DEFAULT_DELAY_MS;

/** An injected fault. `remaining` counts down to 0; `hits` counts the requests that it has affected. */
export type Fault = {
  id: number;
  operation: Operation | 'any';
  fault: FaultName;
  remaining: number | typeof UNTIL_CLEARED;
  hits: number;
  delayMs: number;
  orderId: string | null;
};

/** Thrown to close the caller's connection without a response. */
export class ConnectionDropped extends Error {
  override name = 'ConnectionDropped';
}

export type Faults = ReturnType<typeof createFaults>;

/** Keeps the injected faults, in memory only: a restart clears them. `stopping` ends every wait. */
export function createFaults(stopping: AbortSignal) {
  let faults: Fault[] = [];
  let lastId = 0;

  /** Waits; ends early when the sandbox stops or the caller disconnects (`gone`). */
  const wait = (delayMs: number, gone?: AbortSignal) =>
    sleep(delayMs, undefined, { signal: gone === undefined ? stopping : AbortSignal.any([stopping, gone]) }).catch(
      () => undefined,
    );

  return {
    /** Adds a fault as described by a JSON body. Throws a StripeFailure that names the bad field. */
    add: (body: unknown): Fault => {
      const described = readFault(body);
      // Used-up faults stay listed, so that a test can read their hits, until there are too many.
      if (faults.length >= MAX_FAULTS) faults = faults.filter((fault) => fault.remaining !== 0);
      if (faults.length >= MAX_FAULTS)
        throw invalidRequest(`There are ${MAX_FAULTS} faults already. DELETE /sandbox/faults clears them.`);
      const fault: Fault = { id: ++lastId, hits: 0, ...described };
      faults.push(fault);
      return fault;
    },

    list: (): readonly Fault[] => faults,

    clear: (): void => {
      faults = [];
    },

    /**
     * Takes the oldest fault that matches a request, and counts the hit. A request that won't execute (a replay) can't
     * fail in executing, so the error-500 faults are left for one that does; a decline is left for one that may confirm.
     */
    take: (operation: Operation, orderId: string | undefined, executing: boolean): Fault | undefined => {
      const fault = faults.find(
        (one) =>
          one.remaining !== 0 &&
          (one.operation === 'any' || one.operation === operation) &&
          (one.orderId === null || one.orderId === orderId) &&
          (executing || !one.fault.startsWith('error-500')) &&
          (one.fault !== 'declined' || (executing && (operation === 'create' || operation === 'confirm'))),
      );
      if (fault === undefined) return undefined;
      fault.hits += 1;
      if (typeof fault.remaining === 'number') fault.remaining -= 1;
      return fault;
    },

    /** Applies a fault before a request is executed. Throws to prevent its execution. */
    before: async (fault: Fault | undefined, gone: AbortSignal): Promise<void> => {
      if (fault?.fault === 'down') throw new ConnectionDropped();
      if (fault?.fault === 'rate-limited') throw rateLimited();
      if (fault?.fault === 'timeout-before-acting') {
        await wait(fault.delayMs, gone);
        throw new ConnectionDropped();
      }
      // As at Stripe, a request is executed even if the caller disconnects.
      if (fault?.fault === 'slow') await wait(fault.delayMs);
    },

    /** Applies a fault after a request was executed. Throws to prevent the response. */
    after: async (fault: Fault | undefined, gone: AbortSignal): Promise<void> => {
      if (fault?.fault !== 'timeout-after-acting') return;
      await wait(fault.delayMs, gone);
      throw new ConnectionDropped();
    },
  };
}

function readFault(body: unknown): Omit<Fault, 'id' | 'hits'> {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw invalidRequest('Send a JSON object with `operation` and `fault`, as application/json.');
  const { operation, fault, times = 1, delayMs, orderId, ...unknown } = body as Record<string, unknown>;
  const extra = Object.keys(unknown)[0];
  if (extra !== undefined) throw bad(extra.slice(0, 100), 'is not a field of a fault');
  const chosenOperation = OPERATIONS.find((one) => one === operation);
  if (chosenOperation === undefined) throw bad('operation', `must be one of ${OPERATIONS.join(', ')}`);
  const names = Object.keys(DEFAULT_DELAY_MS) as FaultName[];
  const chosenFault = names.find((one) => one === fault);
  if (chosenFault === undefined) throw bad('fault', `must be one of ${names.join(', ')}`);
  if (times !== UNTIL_CLEARED && !isWhole(times, 1, MAX_TIMES))
    throw bad('times', `must be a whole number from 1 to ${MAX_TIMES}, or "${UNTIL_CLEARED}"`);
  if (delayMs !== undefined && DEFAULT_DELAY_MS[chosenFault] === 0)
    throw bad('delayMs', 'is for slow and timeout faults only');
  if (delayMs !== undefined && !isWhole(delayMs, 0, MAX_DELAY_MS))
    throw bad('delayMs', `must be a whole number of milliseconds from 0 to ${MAX_DELAY_MS}`);
  if (orderId !== undefined && (typeof orderId !== 'string' || orderId === '' || orderId.length > 500))
    throw bad('orderId', 'must be text of 1 to 500 characters');
  return {
    operation: chosenOperation,
    fault: chosenFault,
    remaining: times,
    delayMs: delayMs ?? DEFAULT_DELAY_MS[chosenFault],
    orderId: orderId ?? null,
  };
}

const isWhole = (value: unknown, min: number, max: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;

const bad = (param: string, message: string) => invalidRequest(`${param} ${message}.`, { param });

const rateLimited = () =>
  new StripeFailure({
    status: 429,
    error: {
      type: 'invalid_request_error',
      code: 'rate_limit',
      message: 'Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.',
    },
  });
