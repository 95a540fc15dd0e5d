import { lagSince } from '../../e2e/support/lag.ts';
import type { Lag } from '../../e2e/support/lag.ts';
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

/** The lag of the events that were handled between two readings, as figures. */
export const lagFigures = (before: Lag, after: Lag): Round => ({
  'lag p50 ms': lagSince(before, after, 0.5),
  'lag p99 ms': lagSince(before, after, 0.99),
});
