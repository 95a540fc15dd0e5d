import { newId, seedTickets, untilIdle } from '../bench.ts';
import type { Bench } from '../bench.ts';
import { call, load } from '../harness.ts';
import type { Round } from '../harness.ts';
import { compareSpeedUps } from './speed-ups.ts';

const BUYERS = 1000;

/** 1,000 buyers at once for one ticket, and for 100; beside 1,000 bare finds by id, and with the speed-ups beside the same marketplace without them. */
export async function rush(bench: Bench): Promise<void> {
  const document = { _id: newId(), title: 'Concert', price: { amount: 2000, currency: 'usd' }, status: 'listed' };
  await call('POST', `${bench.baselines.express}/insert`, { body: document });
  for (const tickets of bench.quick ? [1] : [1, 100])
    await bench.compare({
      scenario: 'rush',
      name: `${BUYERS} buyers for ${tickets} ${tickets === 1 ? 'ticket' : 'tickets'}`,
      ours: () => runFor(bench, tickets),
      baseline: {
        name: 'bare find by id',
        measure: async () =>
          (await load({ url: `${bench.baselines.express}/find/${document._id}`, connections: BUYERS, amount: BUYERS }))
            .figures,
      },
    });
  await compareSpeedUps(bench, 'rush', { '1000 buyers': (one) => runFor(one, 1) });
}

async function runFor(bench: Bench, count: number): Promise<Round> {
  const { at, buyer, collection } = bench;
  const tickets = await seedTickets(bench, count);
  let turn = 0;
  const cpu = bench.cpu();
  const startedAt = Date.now();
  const { figures, statuses } = await load({
    url: `${at('orders')}/api/orders`,
    connections: BUYERS,
    amount: BUYERS,
    expect: [201, 409],
    request: () => ({
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: buyer() },
      body: JSON.stringify({ ticketId: tickets[turn++ % count] }),
    }),
  });
  if (statuses[201] !== count) throw new Error(`${String(statuses[201])} winners for ${count} tickets`);
  const answeredMs = Date.now() - startedAt;
  await untilIdle(bench);
  const cpuMs = (bench.cpu() - cpu) * 1000;
  const winners = await collection<{ _id: string; history: { at: string }[] }>('orders', 'orders')
    .find({ _id: { $in: tickets.map((id) => `${id}-1`) } })
    .toArray();
  const at1 = (index: number) => Math.max(...winners.map(({ history }) => Date.parse(history[index]?.at ?? '')));
  return {
    ...figures,
    'CPU ms': cpuMs / BUYERS,
    'all answered ms': answeredMs,
    'all winners placed ms': at1(0) - startedAt,
    'all winners awaiting:payment ms': at1(1) - startedAt,
  };
}
