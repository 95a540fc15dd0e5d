import { setTimeout as delay } from 'node:timers/promises';
import type { Candidate } from '../candidate.ts';
import type { Comparison } from '../comparison.ts';
import { bareBus } from '../baselines.ts';
import { untilQuiet } from '../counters.ts';
import { alternate, call, caseOf, percentiles } from '../harness.ts';
import type { Round } from '../harness.ts';
import { listTicket, listTickets } from '../visits.ts';

/** Until the consequences of a listing and an order have ended. */
const REST_MS = 200;

/**
 * From the 201 of a listing until the 201 of the first order for it, at rest; beside the other commit, and beside a bare
 * publication with its delivery. `wait` leaves out what an order for a ticket takes that orders has known for long.
 */
export async function orderable({ quick, rounds, candidates, record }: Comparison): Promise<void> {
  const all = await candidates();
  const [ours, other] = all;
  if (!ours) return;
  const samples = quick ? 15 : 40;
  const bus = await bareBus(ours.process('nats').url);
  const publish = () =>
    sampled(samples, async () => {
      const startedAt = performance.now();
      await bus.publish();
      return performance.now() - startedAt;
    });
  const measures = [publish, ...all.map((candidate) => () => listAndOrder(candidate, samples))];
  for (const measure of measures) await measure();
  const [bare = [], mine = [], theirs = []] = await alternate(rounds, measures);
  await bus.close();
  const scenario = 'listed until orderable';
  const waits = mine.map((round): Round => ({ 'p50 ms': round['wait p50 ms'] ?? NaN }));
  record(caseOf(scenario, 'at rest', mine, other && { name: other.name, rounds: theirs }));
  record(caseOf(scenario, 'the wait alone', waits, { name: 'bare publish, acknowledged and delivered', rounds: bare }));
}

async function sampled(count: number, once: () => Promise<number>): Promise<Round> {
  const times: number[] = [];
  while (times.length < count) {
    await delay(REST_MS);
    times.push(await once());
  }
  return percentiles(times);
}

async function listAndOrder(candidate: Candidate, samples: number): Promise<Round> {
  const known = await listTickets(candidate, samples);
  const { 'p50 ms': ofKnown = NaN } = await sampled(samples, () => order(candidate, known.pop() ?? ''));
  await untilQuiet(candidate);
  const ofNew = await sampled(samples, async () => order(candidate, await listTicket(candidate)));
  await untilQuiet(candidate);
  return { ...ofNew, 'known ticket p50 ms': ofKnown, 'wait p50 ms': (ofNew['p50 ms'] ?? NaN) - ofKnown };
}

/** Orders a ticket, again at once while it is unknown, cancels the order, and returns how long ordering took. */
async function order({ url, name, buyers: [cookie = ''] }: Candidate, ticketId: string): Promise<number> {
  const startedAt = performance.now();
  const place = () => call<{ id: string }>('POST', `${url}/api/orders`, { body: { ticketId }, cookie });
  let placed = await place();
  while (placed.status === 404) placed = await place();
  const ms = performance.now() - startedAt;
  if (placed.status !== 201) throw new Error(`${name}: ordering answered ${placed.status}`);
  const cancelled = await call('DELETE', `${url}/api/orders/${placed.body.id}`, { cookie });
  if (cancelled.status >= 300) throw new Error(`${name}: cancelling answered ${cancelled.status}`);
  return ms;
}
