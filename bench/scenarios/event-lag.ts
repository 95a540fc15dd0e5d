import { busServices } from '../../scripts/services.ts';
import type { Bench } from '../bench.ts';
import { call, percentiles, rest } from '../harness.ts';
import type { Round } from '../harness.ts';

/** From a ticket's 201 until its copy is in the store of orders, at rest; beside a bare publication. */
export async function eventLag(bench: Bench): Promise<void> {
  const samples = bench.quick ? 20 : 60;
  const measure = async (once: () => Promise<number>): Promise<Round> => {
    const times: number[] = [];
    for (let sample = 0; sample < samples; sample++) {
      times.push(await once());
      await rest();
    }
    return percentiles(times);
  };
  await bench.compare({
    scenario: 'event lag',
    name: 'at rest',
    ours: () => measure(() => listAndWait(bench)),
    baseline: {
      name: 'bare publish, acknowledged and delivered',
      measure: () =>
        measure(async () => {
          const startedAt = performance.now();
          await bench.baselines.publish();
          return performance.now() - startedAt;
        }),
    },
  });
}

async function listAndWait({ at, seller, collection }: Bench): Promise<number> {
  const copies = collection('orders', 'tickets');
  const listing = { title: 'Concert', price: { amount: 2000, currency: 'usd' } };
  const { body } = await call<{ id: string }>('POST', `${at('tickets')}/api/tickets`, {
    body: listing,
    cookie: seller.cookie,
  });
  const committedAt = performance.now();
  // Without a pause: a read takes 0.2 ms, the shortest pause over 1 ms, half of which would be measured as lag.
  while ((await copies.findOne({ _id: body.id })) === null);
  return performance.now() - committedAt;
}

/** Cumulative counts over all services: seconds → events that were applied within them. */
export type Lag = Map<number, number>;

/** Reads the services' own histogram of the time from saving an event to applying it. */
export async function readLag({ stack }: Bench): Promise<Lag> {
  const lag: Lag = new Map();
  for (const service of busServices) {
    const { body } = await call<string>('GET', `${stack.process(`${service}-1`).adminUrl}/metrics`);
    for (const [, within, count] of body.matchAll(/^event_lag_seconds_bucket\{le="([^"]+)".*\} (\d+)$/gm)) {
      const seconds = within === '+Inf' ? Infinity : Number(within);
      lag.set(seconds, (lag.get(seconds) ?? 0) + Number(count));
    }
  }
  return lag;
}

/** The median and the 99th percentile of the events applied between two readings, interpolated within the histogram's buckets. */
export function lagSince(before: Lag, after: Lag): Round {
  const counts = [...after].map(([limit, count]) => [limit, count - (before.get(limit) ?? 0)] as const);
  const total = counts.at(-1)?.[1] ?? 0;
  const at = (share: number): number => {
    let [low, below] = [0, 0];
    for (const [limit, count] of counts) {
      if (count >= share * total && total > 0) {
        const high = Number.isFinite(limit) ? limit : low * 2;
        return (low + ((share * total - below) / (count - below)) * (high - low)) * 1000;
      }
      [low, below] = [limit, count];
    }
    return 0;
  };
  return { 'lag p50 ms': at(0.5), 'lag p99 ms': at(0.99) };
}
