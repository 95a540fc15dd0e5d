import { setTimeout as delay } from 'node:timers/promises';
import { removeTickets, seedTickets } from '../bench.ts';
import type { Bench } from '../bench.ts';
import { call, load } from '../harness.ts';

const CONNECTIONS = [1, 32, 128];
/** On a shared machine the median of three rounds was up to a fifth off. */
const ROUNDS = 9;

/** The list of tickets for sale: by concurrency, beside a bare route that sends the same bytes, and by its size. */
export async function list(bench: Bench): Promise<void> {
  const { at, baselines, seconds } = bench;
  const url = `${at('tickets')}/api/tickets`;
  const measure = async (target: string, connections: number) =>
    (await load({ url: target, connections, seconds })).figures;

  let seeded = 0;
  for (const size of bench.quick ? [100, 1000] : [100, 1000, 10_000, 100_000]) {
    await seedTickets(bench, size - seeded);
    // The store works on 90,000 new documents for some seconds after their insert.
    await delay((size - seeded) / 20);
    seeded = size;
    if (size === 1000) {
      const { body } = await call<object>('GET', url);
      await fetch(`${baselines.express}/bytes`, {
        method: 'PUT',
        body: JSON.stringify(body),
        headers: { 'content-type': 'text/plain' },
      });
      for (const connections of bench.quick ? [32] : CONNECTIONS) {
        await bench.compare({
          scenario: 'list',
          name: `${connections} connections`,
          rounds: connections === 32 ? ROUNDS : bench.rounds,
          ours: () => measure(url, connections),
          baseline: {
            name: 'bare route, same bytes',
            measure: () => measure(`${baselines.express}/bytes`, connections),
          },
        });
      }
      const routed = await Promise.all([measure(`${bench.stack.url}/api/tickets`, 32)]);
      bench.record('list', '32 connections, through the router', routed);
    }
    for (const connections of bench.quick ? [1] : [1, 32])
      await bench.compare({
        scenario: 'list over size',
        name: `${size} listings, ${connections} connections`,
        ours: () => measure(url, connections),
        baseline: { name: 'bare sorted find', measure: () => measure(`${baselines.express}/page`, connections) },
      });
  }
  await removeTickets(bench);
}
