import type { Case } from './harness.ts';
import { leftOut } from './scenarios/speed-ups.ts';

/** A figure and its limit. */
export interface Goal {
  /** The scenario that measures it: `make bench ONLY=` takes this name. */
  scenario: string;
  text: string;
  /** Absent when its scenario did not run. */
  measured?: number | undefined;
  limit: number;
  isMet?: boolean | undefined;
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

const STREAMS = '200 readers, 100 changes a second';

type Reader = (scenario: string, name: string) => Case | undefined;

interface Rule {
  scenario: string;
  text: string;
  atLeast?: number;
  atMost?: number;
  of: (read: Reader) => number | undefined;
}

/** The goals for one marketplace beside the bare programs, each computed from the cases. */
const BESIDE_BASELINES: readonly Rule[] = [
  {
    scenario: 'list',
    text: 'the list: requests/s to those of a bare route with the same bytes, at 32 connections',
    atLeast: 0.5,
    of: (read) => ratioOf(read('list', '32 connections'), 'per second'),
  },
  {
    scenario: 'list',
    text: 'the list, 100,000 listings to 100: time, to how the bare sorted find grows',
    atMost: 1.5,
    of: (read) => {
      const [small, large] = [100, 100_000].map((size) => read('list over size', `${size} listings, 1 connections`));
      return over(time(large), time(small)) / over(bareTime(large), bareTime(small));
    },
  },
  {
    scenario: 'order',
    // At rest: without a pause the next order waits for the work that the last one caused (the case `1 buyers` shows it).
    text: 'placing an order, 1 buyer, at rest: time to that of a bare insert',
    atMost: 3,
    of: (read) => ratioOf(read('place an order', '1 buyer, at rest'), 'p50 ms'),
  },
  {
    scenario: 'order',
    text: 'placing an order, 32 buyers: rate to that of a bare insert',
    atLeast: 0.08,
    of: (read) => ratioOf(read('place an order', '32 buyers'), 'per second'),
  },
  {
    scenario: 'purchase',
    text: 'a whole purchase, 32 buyers: rate to bare inserts into the store',
    atLeast: 0.01,
    of: (read) => ratioOf(read('a whole purchase', '32 buyers'), 'per second'),
  },
  {
    scenario: 'event-lag',
    text: 'event lag at rest: p50 to that of a bare publication, acknowledged and delivered',
    atMost: 3,
    of: (read) => ratioOf(read('event lag', 'at rest'), 'p50 ms'),
  },
  {
    scenario: 'order',
    text: 'event lag while 32 buyers place orders: p99 in seconds',
    atMost: 1,
    of: (read) => inSeconds(read('place an order', '32 buyers')?.ours['lag p99 ms']?.median),
  },
  {
    scenario: 'rush',
    text: 'the rush, 1,000 buyers for a ticket: answers/s to those of a bare find by id',
    atLeast: 0.5,
    of: (read) => ratioOf(read('rush', '1000 buyers for 1 ticket'), 'per second'),
  },
  ...MUST_NOT_GROW.map((name) => ({
    scenario: 'growth',
    text: `${name}, after 100,000 past orders to 10,000: time, to how the bare baseline grows`,
    atMost: 1.2,
    of: (read: Reader) => {
      const [small, large] = [10_000, 100_000].map((size) => read('growth', `${name}, ${size} past orders`));
      return over(time(large), time(small)) / Math.max(1, over(bareTime(large), bareTime(small)));
    },
  })),
  {
    scenario: 'expiry',
    text: '1,000 holds that end together: p99 until order:cancelled is delivered, over the grace, in seconds',
    atMost: 2,
    of: (read) =>
      inSeconds(read('expiry', '1000 holds at once, late over the grace')?.ours['delivered p99 ms']?.median),
  },
  ...Object.keys(leftOut).map((name) => ({
    scenario: 'order,purchase,rush',
    text: `speed-ups, ${name}: the greatest gain of all cases, in time, CPU time or rate`,
    atLeast: 1.1,
    of: (read: Reader) => greatestGain(read, name),
  })),
  {
    scenario: 'uploads',
    text: '200 uploads of 5 MB, 20 at a time: the most memory of the tickets process, in MB',
    atMost: 250,
    of: (read) => read('uploads', '20 at a time')?.ours['peak MB']?.median,
  },
  {
    scenario: 'uploads',
    text: 'the list and a ticket, beside them: p99 in ms',
    atMost: 100,
    of: (read) => read('uploads', 'the list and a ticket, beside them')?.ours['p99 ms']?.median,
  },
  {
    scenario: 'uploads',
    text: 'the same, reads and uploads: answers with a 5xx, and uploads that were not saved',
    atMost: 0,
    of: (read) => sumOf(read('uploads', '20 at a time'), ['5xx', 'not saved']),
  },
  {
    scenario: 'uploads',
    text: 'uploads that are refused: without the 4xx that tells why, and documents left in the store',
    atMost: 0,
    of: (read) => sumOf(read('uploads', 'refused'), ['not answered as they should be', 'left in the store']),
  },
  {
    scenario: 'streams',
    text: '200 streams, 100 changes a second: memory that they add to the tickets process, in MB',
    atMost: 60,
    of: (read) => read('streams', STREAMS)?.ours['added MB']?.median,
  },
  {
    scenario: 'streams',
    text: 'the same: p99 until a change is on a stream, in ms',
    atMost: 1000,
    of: (read) => read('streams', STREAMS)?.ours['p99 ms']?.median,
  },
  {
    scenario: 'streams',
    text: 'the same: changes that were not on a stream',
    atMost: 0,
    of: (read) => read('streams', STREAMS)?.ours['not arrived']?.median,
  },
  {
    scenario: 'phone',
    text: 'a phone on slow 4G: LCP of the list, p75, in ms',
    atMost: 1500,
    of: (read) => read('phone', 'LCP of the list')?.ours['p75 ms']?.median,
  },
  {
    scenario: 'phone',
    text: 'layout shifts of the list, a ticket and an order, each while its state changes: the greatest CLS',
    atMost: 0.05,
    of: (read) =>
      Math.max(
        ...['the list', 'a ticket', 'an order'].map(
          (name) => read('phone', `CLS of ${name}`)?.ours['highest']?.median ?? NaN,
        ),
      ),
  },
  {
    scenario: 'phone',
    text: 'from a tap to the next paint that shows a change: p95 in ms',
    atMost: 100,
    of: (read) => read('phone', 'from a tap to a paint')?.ours['p95 ms']?.median,
  },
  {
    scenario: 'phone',
    text: 'taps from a shared link until a guest who signs up has the ticket',
    atMost: 9,
    of: (read) => read('phone', 'a guest signs up and buys')?.ours['taps']?.median,
  },
  {
    scenario: 'phone',
    text: 'the same: fields to type in',
    atMost: 3,
    of: (read) => read('phone', 'a guest signs up and buys')?.ours['fields']?.median,
  },
  {
    scenario: 'large-list',
    text: '300,000 tickets, 100,000 listed: the greatest p99 of any sort, filter, page or search, in ms',
    atMost: 25,
    of: (read) => read('large list', 'the greatest of all, 300000 tickets')?.ours['p99 ms']?.median,
  },
];

/** The goals for one marketplace seen from outside, most of them beside another commit (AGAINST). */
const FROM_OUTSIDE: readonly Rule[] = [
  {
    scenario: 'purchase-at-rest',
    text: 'one buyer, at rest, until complete: p50 to that of the other commit',
    atMost: 0.4,
    of: (read) => ratioOf(read('purchase at rest', '1 buyer'), 'p50 ms'),
  },
  {
    scenario: 'purchase-at-rest',
    text: 'the same: CPU time of all processes to that of the other commit',
    atMost: 0.4,
    of: (read) => ratioOf(read('purchase at rest', '1 buyer'), 'CPU ms'),
  },
  {
    scenario: 'purchases',
    text: '32 buyers: CPU time of a purchase to that of the other commit',
    atMost: 0.6,
    of: (read) => ratioOf(read('purchases', '32 buyers'), 'CPU ms'),
  },
  {
    scenario: 'purchases',
    text: '32 buyers: purchases/s to those of the other commit',
    atLeast: 1.6,
    of: (read) => ratioOf(read('purchases', '32 buyers'), 'per second'),
  },
  ...[2, 3].map((count) => ({
    scenario: 'processes',
    text: `32 buyers, ${count} processes of each service: CPU time of a purchase to that with one of each`,
    atMost: 1.3,
    of: (read: Reader) => ratioOf(read('processes', `32 buyers, ${count} of each service`), 'CPU ms'),
  })),
  {
    scenario: 'buses',
    text: '32 buyers, JetStream beside NATS Streaming: event lag, p50 to p50',
    atMost: 1,
    of: (read) => ratioOf(read('buses', '32 buyers'), 'lag p50 ms'),
  },
  {
    scenario: 'buses',
    text: 'the same: purchases/s to purchases/s',
    atLeast: 1,
    of: (read) => ratioOf(read('buses', '32 buyers'), 'per second'),
  },
  {
    scenario: 'buses',
    text: 'the same: CPU time of a purchase, of all processes, to CPU time',
    atMost: 1,
    of: (read) => ratioOf(read('buses', '32 buyers'), 'CPU ms'),
  },
  {
    scenario: 'buses',
    text: 'one buyer, at rest, JetStream beside NATS Streaming: event lag, p50 to p50',
    atMost: 1,
    of: (read) => ratioOf(read('buses', '1 buyer, at rest'), 'lag p50 ms'),
  },
  ...Object.entries({ 'documents written': 14, events: 6, 'calls to the provider': 2 }).map(([figure, atMost]) => ({
    scenario: 'counts',
    text: `${figure} for one purchase`,
    atMost,
    of: (read: Reader) => read('counts', 'one purchase')?.ours[figure]?.median,
  })),
  {
    scenario: 'orderable',
    text: 'listed until orderable, at rest: p50 to that of the other commit',
    atMost: 0.3,
    of: (read) => ratioOf(read('listed until orderable', 'at rest'), 'p50 ms'),
  },
  {
    scenario: 'orderable',
    text: 'the wait alone: p50 over that of a bare publication with its delivery, in ms',
    atMost: 3,
    of: (read) => {
      const wait = read('listed until orderable', 'the wait alone');
      return (time(wait) ?? NaN) - (bareTime(wait) ?? NaN);
    },
  },
  {
    scenario: 'list-pages',
    text: 'the list page for guests, 10,000 listings, 32 connections: pages/s to those of the other commit',
    atLeast: 10,
    of: (read) => ratioOf(read('list page for visitors', 'guests, 10000 listings'), 'per second'),
  },
  {
    scenario: 'list-pages',
    text: 'the same signed in',
    atLeast: 2,
    of: (read) => ratioOf(read('list page for visitors', 'signed in, 10000 listings'), 'per second'),
  },
];

const GOALS = [...FROM_OUTSIDE, ...BESIDE_BASELINES];

/** How many times better the best figure is with a speed-up than without it. */
function greatestGain(read: Reader, name: string): number {
  const cases = [
    ...['1 buyer', '32 buyers'].flatMap((load) => [
      read('place an order, speed-ups', `${load}, ${name}`),
      read('a whole purchase, speed-ups', `${load}, ${name}`),
    ]),
    read('rush, speed-ups', `1000 buyers, ${name}`),
  ];
  const gains = cases.flatMap((one) => {
    const costs = [ratioOf(one, 'p50 ms'), ratioOf(one, 'CPU ms')].map((ratio) => 1 / (ratio ?? NaN));
    return [...costs, ratioOf(one, 'per second') ?? NaN];
  });
  return Math.max(...gains.filter((gain) => !Number.isNaN(gain)));
}

const ratioOf = (one: Case | undefined, figure: string) => one?.ratio?.[figure]?.median;
const time = (one: Case | undefined) => one?.ours['p50 ms']?.median;
const bareTime = (one: Case | undefined) => one?.baseline?.figures['p50 ms']?.median;
const over = (a: number | undefined, b: number | undefined): number => (a ?? NaN) / (b ?? NaN);
const sumOf = (one: Case | undefined, figures: readonly string[]) =>
  one && figures.reduce((sum, figure) => sum + (one.ours[figure]?.median ?? NaN), 0);
const inSeconds = (ms: number | undefined) => ms && ms / 1000;

/** Computes every goal from the cases. */
export function judge(cases: readonly Case[]): Goal[] {
  const read: Reader = (scenario, name) => cases.find((one) => one.scenario === scenario && one.name === name);
  return GOALS.map(({ scenario, text, atLeast, atMost, of }) => {
    const measured = of(read);
    const limit = atLeast ?? atMost ?? NaN;
    const known = measured !== undefined && Number.isFinite(measured);
    return {
      scenario,
      text: `${text} (at ${atLeast === undefined ? 'most' : 'least'} ${limit})`,
      limit,
      ...(known && { measured, isMet: atLeast === undefined ? measured <= limit : measured >= limit }),
    };
  });
}
