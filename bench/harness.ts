import http from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import autocannon from 'autocannon';

/** What one round measured: figure -> value, such as `per second` or `p99 ms`. */
export type Round = Record<string, number>;

/** The median, the lowest and the highest value of several rounds. */
export interface Spread {
  median: number;
  low: number;
  high: number;
}

/** A case of a scenario: our figures and, measured in alternation with them, those of a baseline. */
export interface Case {
  scenario: string;
  name: string;
  ours: Record<string, Spread>;
  baseline?: { name: string; figures: Record<string, Spread> };
  /** Ours divided by the baseline's, round by round. */
  ratio?: Record<string, Spread>;
}

/** The spread of some values. Throws when there are none. */
export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? NaN;
  if (sorted.length === 0) throw new Error('there is nothing to take the median of');
  const middle = Math.floor(sorted.length / 2);
  const median = sorted.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2;
  return { median, low: at(0), high: at(sorted.length - 1) };
}

/** The value that `share` (0 to 1) of all values do not exceed. Throws when there are none. */
export function percentile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new Error('there is nothing to take a percentile of');
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

const SHARES = { p50: 0.5, p90: 0.9, p99: 0.99, 'p99.9': 0.999 };

/** Times in milliseconds as figures. */
export const percentiles = (ms: readonly number[]): Round =>
  Object.fromEntries(Object.entries(SHARES).map(([name, share]) => [`${name} ms`, percentile(ms, share)]));

/** Each figure of the rounds, with its spread. Throws when a round lacks one. */
export function spreads(rounds: readonly Round[]): Record<string, Spread> {
  const names = Object.keys(rounds[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, spread(rounds.map((round) => value(round, name)))]));
}

/**
 * Our figures divided by the baseline's, where both sides have them: round by round, because both sides of a round ran
 * under the same conditions. Throws when a round lacks a figure.
 */
export function ratios(ours: readonly Round[], baseline: readonly Round[]): Record<string, Spread> {
  const names = Object.keys(ours[0] ?? {}).filter((name) => baseline[0]?.[name] !== undefined);
  return spreads(
    ours.map((round, index) =>
      Object.fromEntries(names.map((name) => [name, value(round, name) / value(baseline[index] ?? {}, name)])),
    ),
  );
}

function value(round: Round, name: string): number {
  const found = round[name];
  if (found === undefined) throw new Error(`a round did not measure ${name}`);
  return found;
}

/**
 * Measures everything in turns for some rounds, every other round in reverse, so that each comes first equally often. Returns
 * the rounds of each measurement.
 */
export async function alternate(rounds: number, measures: readonly (() => Promise<Round>)[]): Promise<Round[][]> {
  const measured = measures.map((): Round[] => []);
  for (let round = 0; round < rounds; round++) {
    const turns = measures.map((measure, index) => ({ measure, index }));
    for (const { measure, index } of round % 2 === 0 ? turns : turns.reverse()) measured[index]?.push(await measure());
  }
  return measured;
}

/** A case of the rounds of ours and, if there is one, of a baseline that was measured in turns with them. */
export const caseOf = (
  scenario: string,
  name: string,
  ours: readonly Round[],
  baseline?: { name: string; rounds: readonly Round[] },
): Case => ({
  scenario,
  name,
  ours: spreads(ours),
  ...(baseline && {
    baseline: { name: baseline.name, figures: spreads(baseline.rounds) },
    ratio: ratios(ours, baseline.rounds),
  }),
});

export interface LoadOptions {
  url: string;
  connections: number;
  /** How long, or how many requests in all. */
  seconds?: number;
  amount?: number;
  /** Builds each request; a GET of the URL if absent. */
  request?: () => autocannon.Request;
  /** The statuses that count as success: a benchmark of errors is worth nothing. */
  expect?: readonly number[];
}

/** Answers of a load: how many a second, how long they took, and how many had which status. */
export interface Load {
  figures: Round;
  statuses: Record<number, number>;
}

/** Sends requests over `connections` connections, on each one at a time. Throws when an answer is unexpected. */
export async function load({ url, connections, seconds, amount, request, expect = [200] }: LoadOptions): Promise<Load> {
  const times: number[] = [];
  const statuses: Record<number, number> = {};
  const startedAt = performance.now();
  let lastAt = startedAt;
  const { errors } = await new Promise<autocannon.Result>((resolve, reject) => {
    const run = autocannon(
      {
        url,
        connections,
        timeout: 30,
        ...(amount === undefined ? { duration: seconds ?? 1 } : { amount }),
        ...(request && { requests: [{ setupRequest: (given) => ({ ...given, ...request() }) }] }),
      },
      (error: Error | null, result) => {
        if (error) reject(error);
        else resolve(result);
      },
    );
    // Autocannon's own histogram counts whole milliseconds, which is too coarse here.
    run.on('response', (_client, status, _bytes, ms) => {
      lastAt = performance.now();
      times.push(ms);
      statuses[status] = (statuses[status] ?? 0) + 1;
    });
  });
  const unexpected = Object.entries(statuses).filter(([status]) => !expect.includes(Number(status)));
  if (errors > 0 || unexpected.length > 0)
    throw new Error(`${url}: ${errors} errors, answers ${JSON.stringify(statuses)}`);
  if (times.length === 0) throw new Error(`${url}: no answer in time`);
  return { figures: { 'per second': (times.length * 1000) / (lastAt - startedAt), ...percentiles(times) }, statuses };
}

const agent = new http.Agent({ keepAlive: true });

export interface Answer<T = unknown> {
  status: number;
  body: T;
  /** Until the first byte of the body, in milliseconds. */
  firstByteMs: number;
  ms: number;
}

/** Sends one request over a kept connection; a JSON body of the response is parsed. Rejects when the connection fails. */
export function call<T = unknown>(
  method: string,
  url: string,
  { body, cookie }: { body?: unknown; cookie?: string | undefined } = {},
): Promise<Answer<T>> {
  const startedAt = performance.now();
  const json = body === undefined ? undefined : JSON.stringify(body);
  const headers = { ...(json !== undefined && { 'content-type': 'application/json' }), ...(cookie && { cookie }) };
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, agent, headers }, (response) => {
      let firstByteMs: number | undefined;
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        firstByteMs ??= performance.now() - startedAt;
        text += chunk;
      });
      response.on('error', reject);
      response.on('end', () => {
        const ms = performance.now() - startedAt;
        const isJson = response.headers['content-type']?.includes('json') ?? false;
        const parsed = (isJson ? JSON.parse(text) : text) as T;
        resolve({ status: response.statusCode ?? 0, body: parsed, firstByteMs: firstByteMs ?? ms, ms });
      });
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      // The server closed the connection while it was idle.
      if (request.reusedSocket && error.code === 'ECONNRESET') resolve(call(method, url, { body, cookie }));
      else reject(error);
    });
    request.end(json);
  });
}

const REST_MS = 20;

/** Waits until an idle processor has gone to sleep: right after other work the same request takes half the time. */
export const rest = () => delay(REST_MS);

/** Repeats `work` for `seconds` in `concurrency` loops at once. Returns how often it was done; rejects when one fails. */
export async function withConcurrency(
  concurrency: number,
  seconds: number,
  work: () => Promise<void>,
): Promise<number> {
  const deadline = performance.now() + seconds * 1000;
  let done = 0;
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (performance.now() < deadline) {
        await work();
        done++;
      }
    }),
  );
  return done;
}
