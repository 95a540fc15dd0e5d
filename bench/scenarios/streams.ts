import http from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { restartedTickets, seedTickets } from '../bench.ts';
import type { Bench } from '../bench.ts';
import { memoryMb } from '../counters.ts';
import { call, percentile, percentiles } from '../harness.ts';

const STREAMS = 200;
const CHANGES_A_SECOND = 100;
/** So many that a ticket has no second change before its first has arrived: only the latest of a ticket is sent. */
const TICKETS = 500;
const WARM_UP_SECONDS = 5;
const SAMPLE_MS = 250;
const ARRIVAL_MS = 2000;

/**
 * Two hundred readers of the stream of changes while 100 tickets a second change: the memory that this adds to tickets, and the time
 * until each change is with each reader.
 */
export async function streams(bench: Bench): Promise<void> {
  const seconds = bench.quick ? 6 : 20;
  const tickets = await restartedTickets(bench);
  const changes = startChanges(bench, await seedTickets(bench, TICKETS));
  await changes.make(WARM_UP_SECONDS);
  // As many changes without readers, so that what is added is theirs.
  const before = await mostMemory(tickets.pid, () => changes.make(seconds));

  changes.sentAt.clear();
  const lags: number[] = [];
  const afterAnswer: number[] = [];
  const opened = await Promise.all(
    Array.from({ length: STREAMS }, () =>
      openStream(`${bench.at('tickets')}/api/tickets/events`, (key) => {
        const sentAt = changes.sentAt.get(key);
        if (sentAt === undefined) return;
        const now = performance.now();
        lags.push(now - sentAt);
        afterAnswer.push(now - (changes.answeredAt.get(key) ?? now));
      }),
    ),
  );
  const startedAt = performance.now();
  const most = await mostMemory(tickets.pid, () => changes.make(seconds));
  const took = (performance.now() - startedAt) / 1000;
  await delay(ARRIVAL_MS);
  for (const stream of opened) stream.destroy();

  const made = changes.sentAt.size;
  bench.record('streams', `${STREAMS} readers, ${CHANGES_A_SECOND} changes a second`, [
    {
      'added MB': most - before,
      'changes per second': made / took,
      'not arrived': made * STREAMS - lags.length,
      ...percentiles(lags),
      'after the answer, p99 ms': percentile(afterAnswer, 0.99),
    },
  ]);
}

/** The most memory of a process in MB while `work` runs. */
async function mostMemory(pid: number | undefined, work: () => Promise<void>): Promise<number> {
  let most = memoryMb(pid);
  const sampling = setInterval(() => {
    most = Math.max(most, memoryMb(pid));
  }, SAMPLE_MS);
  await work().finally(() => {
    clearInterval(sampling);
  });
  return most;
}

/**
 * Changes tickets in turns. `sentAt` and `answeredAt`: when the request of each change was sent and answered, by the ticket's id and next
 * version; it was committed in between.
 */
function startChanges({ at, seller }: Bench, ids: readonly string[]) {
  const versions = new Map(ids.map((id) => [id, 0]));
  const sentAt = new Map<string, number>();
  const answeredAt = new Map<string, number>();
  let turn = 0;

  async function change(): Promise<void> {
    const id = ids[turn % ids.length] ?? '';
    const body = { title: `Concert ${turn++}`, price: { amount: 2000, currency: 'usd' } };
    const version = (versions.get(id) ?? 0) + 1;
    versions.set(id, version);
    const key = `${id} ${version}`;
    sentAt.set(key, performance.now());
    const { status } = await call('PUT', `${at('tickets')}/api/tickets/${id}`, { body, cookie: seller.cookie });
    if (status !== 200) throw new Error(`changing a ticket answered ${status}`);
    answeredAt.set(key, performance.now());
  }

  return {
    sentAt,
    answeredAt,
    async make(seconds: number): Promise<void> {
      const startedAt = performance.now();
      const all: Promise<void>[] = [];
      for (let count = 0; count < seconds * CHANGES_A_SECOND; count++) {
        await delay(Math.max(0, startedAt + (count * 1000) / CHANGES_A_SECOND - performance.now()));
        all.push(change());
      }
      await Promise.all(all);
    },
  };
}

const agent = new http.Agent({ maxSockets: Infinity });

/** Opens a stream and resolves when it has begun; `arrived` gets the id and the version of each change once. Rejects when it is refused. */
function openStream(url: string, arrived: (key: string) => void): Promise<{ destroy: () => void }> {
  return new Promise((resolve, reject) => {
    const request = http.get(url, { agent }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`the stream answered ${String(response.statusCode)}`));
      let text = '';
      const latest = new Map<string, number>();
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        const complete = text.lastIndexOf('\n\n');
        if (complete === -1) return;
        for (const [, data = ''] of text.slice(0, complete).matchAll(/^event: ticket\ndata: (.*)$/gm)) {
          const { id, version } = JSON.parse(data) as { id: string; version: number };
          if (version <= (latest.get(id) ?? -1)) continue;
          latest.set(id, version);
          arrived(`${id} ${version}`);
        }
        text = text.slice(complete + 2);
      });
      // Closed by us at the end.
      response.on('error', () => undefined);
      resolve({ destroy: () => response.destroy() });
    });
    request.on('error', reject);
  });
}
