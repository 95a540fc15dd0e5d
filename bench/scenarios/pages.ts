import { freeTickets } from '../bench.ts';
import type { Bench } from '../bench.ts';
import { call, load, percentiles } from '../harness.ts';

/** With 128 visitors at once a page takes seconds. */
const LONGER = 4;

/** The list and a ticket as HTML, through the router, beside a page that Next rendered at build time. */
export async function pages(bench: Bench): Promise<void> {
  const { stack, baselines, seconds } = bench;
  const [ticket = ''] = await freeTickets(bench, 100);
  const shown = { 'list page': `${stack.url}/`, 'ticket page': `${stack.url}/tickets/${ticket}` };
  const measure = async (url: string, connections: number) => ({
    ...(await load({ url, connections, seconds: connections > 32 ? seconds * LONGER : seconds })).figures,
    ...(connections === 1 && (await firstByte(url, bench.quick ? 10 : 50))),
  });
  for (const [name, url] of Object.entries(shown)) {
    // Next needs half a second for its first pages, as long as a quick round.
    await load({ url, connections: 8, amount: 100 });
    for (const connections of bench.quick ? [8] : [1, 32, 128])
      await bench.compare({
        scenario: name,
        name: `${connections} connections`,
        ours: () => measure(url, connections),
        baseline: { name: 'bare static page by Next', measure: () => measure(baselines.page, connections) },
      });
  }
}

async function firstByte(url: string, times: number) {
  const waits: number[] = [];
  for (let time = 0; time < times; time++) waits.push((await call('GET', url)).firstByteMs);
  const { 'p50 ms': p50 = NaN, 'p99 ms': p99 = NaN } = percentiles(waits);
  return { 'first byte p50 ms': p50, 'first byte p99 ms': p99 };
}
