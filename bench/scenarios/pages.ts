import { freeTickets } from '../bench.ts';
import type { Bench } from '../bench.ts';
import { call, load, percentiles } from '../harness.ts';

/** With 128 visitors at once a page takes seconds. */
const LONGER = 4;

interface Page {
  name: string;
  url: string;
  /** The session of the next visitor; guests if absent. */
  cookie?: () => string;
}

/** The list and a ticket as HTML, for guests and for visitors who are signed in, through the router, beside a page that Next rendered at build time. */
export async function pages(bench: Bench): Promise<void> {
  const { stack, baselines, seconds, buyer } = bench;
  const [ticket = ''] = await freeTickets(bench, 100);
  const list = `${stack.url}/`;
  const shown: Page[] = [
    { name: 'list page', url: list },
    { name: 'list page, signed in', url: list, cookie: buyer },
    { name: 'ticket page', url: `${stack.url}/tickets/${ticket}` },
  ];
  const measure = async (page: Omit<Page, 'name'>, connections: number) => ({
    ...(await load({ ...requests(page), connections, seconds: connections > 32 ? seconds * LONGER : seconds })).figures,
    ...(connections === 1 && (await firstByte(page, bench.quick ? 10 : 50))),
  });
  for (const { name, ...page } of shown) {
    // Next needs half a second for its first pages, as long as a quick round.
    await load({ ...requests(page), connections: 8, amount: 100 });
    for (const connections of bench.quick ? [8] : [1, 32, 128])
      await bench.compare({
        scenario: name,
        name: `${connections} connections`,
        ours: () => measure(page, connections),
        baseline: { name: 'bare static page by Next', measure: () => measure({ url: baselines.page }, connections) },
      });
  }
}

const requests = ({ url, cookie }: Omit<Page, 'name'>) => ({
  url,
  ...(cookie && { request: () => ({ headers: { cookie: cookie() } }) }),
});

async function firstByte({ url, cookie }: Omit<Page, 'name'>, times: number) {
  const waits: number[] = [];
  for (let time = 0; time < times; time++) waits.push((await call('GET', url, { cookie: cookie?.() })).firstByteMs);
  const { 'p50 ms': p50 = NaN, 'p99 ms': p99 = NaN } = percentiles(waits);
  return { 'first byte p50 ms': p50, 'first byte p99 ms': p99 };
}
