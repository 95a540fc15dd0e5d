import type { Case } from './harness.ts';

/** A figure and its limit. */
export interface Goal {
  show: number;
  text: string;
  /** Absent when its scenario did not run. */
  measured?: number | undefined;
  limit: number;
  holds?: boolean | undefined;
}

/** Everything that growth measures, except a search. */
const MUST_NOT_GROW = [
  'a ticket',
  'the list',
  'the list page',
  'a ticket page',
  'my orders',
  'place an order',
  'a whole purchase',
];

type Reader = (scenario: string, name: string) => Case | undefined;

/** The goals, each computed from the cases. */
const GOALS: {
  show: number;
  text: string;
  atLeast?: number;
  atMost?: number;
  of: (read: Reader) => number | undefined;
}[] = [
  {
    show: 1,
    text: 'the list: requests/s to those of a bare route with the same bytes, at 32 connections',
    atLeast: 0.5,
    of: (read) => read('list', '32 connections')?.ratio?.['per second']?.median,
  },
  {
    show: 1,
    text: 'the list, 100,000 listings to 100: time, to how the bare sorted find grows',
    atMost: 1.5,
    of: (read) => {
      const [small, large] = [100, 100_000].map((size) => read('list over size', `${size} listings, 1 connections`));
      return over(time(large), time(small)) / over(bareTime(large), bareTime(small));
    },
  },
  {
    show: 2,
    // At rest: without a pause the next order waits for the work that the last one caused (the case `1 buyers` shows it).
    text: 'placing an order, 1 buyer, at rest: time to that of a bare insert',
    atMost: 3,
    of: (read) => read('place an order', '1 buyer, at rest')?.ratio?.['p50 ms']?.median,
  },
  {
    show: 2,
    text: 'placing an order, 32 buyers: rate to that of a bare insert',
    atLeast: 0.08,
    of: (read) => read('place an order', '32 buyers')?.ratio?.['per second']?.median,
  },
  {
    show: 2,
    text: 'a whole purchase, 32 buyers: rate to bare inserts into the store',
    atLeast: 0.01,
    of: (read) => read('a whole purchase', '32 buyers')?.ratio?.['per second']?.median,
  },
  {
    show: 3,
    text: 'event lag at rest: p50 to that of a bare publication, acknowledged and delivered',
    atMost: 3,
    of: (read) => read('event lag', 'at rest')?.ratio?.['p50 ms']?.median,
  },
  {
    show: 3,
    text: 'event lag while 32 buyers place orders: p99 in seconds',
    atMost: 1,
    of: (read) => inSeconds(read('place an order', '32 buyers')?.ours['lag p99 ms']?.median),
  },
  {
    show: 4,
    text: 'the rush, 1,000 buyers for a ticket: answers/s to those of a bare find by id',
    atLeast: 0.5,
    of: (read) => read('rush', '1000 buyers for 1 ticket')?.ratio?.['per second']?.median,
  },
  ...MUST_NOT_GROW.map((name) => ({
    show: 5,
    text: `${name}, after 100,000 past orders to 10,000: time, to how the bare baseline grows`,
    atMost: 1.2,
    of: (read: Reader) => {
      const [small, large] = [10_000, 100_000].map((size) => read('growth', `${name}, ${size} past orders`));
      return over(time(large), time(small)) / Math.max(1, over(bareTime(large), bareTime(small)));
    },
  })),
  {
    show: 6,
    text: '1,000 holds that end together: p99 until order:cancelled is delivered, over the grace, in seconds',
    atMost: 2,
    of: (read) =>
      inSeconds(read('expiry', '1000 holds at once, late over the grace')?.ours['delivered p99 ms']?.median),
  },
];

const time = (one: Case | undefined) => one?.ours['p50 ms']?.median;
const bareTime = (one: Case | undefined) => one?.baseline?.figures['p50 ms']?.median;
const over = (a: number | undefined, b: number | undefined): number => (a ?? NaN) / (b ?? NaN);
const inSeconds = (ms: number | undefined) => ms && ms / 1000;

/** Computes every goal from the cases. */
export function judge(cases: readonly Case[]): Goal[] {
  const read: Reader = (scenario, name) => cases.find((one) => one.scenario === scenario && one.name === name);
  return GOALS.map(({ show, text, atLeast, atMost, of }) => {
    const measured = of(read);
    const limit = atLeast ?? atMost ?? NaN;
    const known = measured !== undefined && Number.isFinite(measured);
    return {
      show,
      text: `${text} (at ${atLeast === undefined ? 'most' : 'least'} ${limit})`,
      limit,
      ...(known && { measured, holds: atLeast === undefined ? measured <= limit : measured >= limit }),
    };
  });
}
