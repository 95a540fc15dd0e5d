import { setTimeout as delay } from 'node:timers/promises';
import type { Candidate } from '../candidate.ts';
import type { Comparison } from '../comparison.ts';
import { bareBus } from '../baselines.ts';
import { untilQuiet } from '../counters.ts';
import { alternate, caseOf, percentiles } from '../harness.ts';
import type { Round } from '../harness.ts';
import { listTicket, listTickets, send } from '../visits.ts';

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
async function order(candidate: Candidate, ticketId: string): Promise<number> {
  const [cookie = ''] = candidate.buyers;
  const startedAt = performance.now();
  const place = () =>
    send<{ id: string }>(candidate, 'POST', '/api/orders', { body: { ticketId }, cookie, expected: 404 });
  let placed = await place();
  while (placed.status === 404) placed = await place();
  const ms = performance.now() - startedAt;
  await send(candidate, 'DELETE', `/api/orders/${placed.body.id}`, { cookie });
  return ms;
}
