import { setTimeout as delay } from 'node:timers/promises';
import type { Candidate } from '../candidate.ts';
import type { Comparison } from '../comparison.ts';
import { countSyncs, openCounters, untilQuiet } from '../counters.ts';
import { caseOf } from '../harness.ts';
import type { Round } from '../harness.ts';
import { buy, listTickets, tightPauses } from '../visits.ts';

const REST_MS = 250;
/** Until the consequences that nobody waits for have ended: mails leave after up to a second, and outboxes are emptied as late. */
const SETTLE_MS = 5000;

/**
 * What one purchase of one buyer costs: documents written, commands, events, deliveries, calls to the provider and syncs of the
 * bus. An idle marketplace's share of the same time is subtracted, and recorded too.
 */
export async function counts({ quick, candidates, record }: Comparison): Promise<void> {
  const purchases = quick ? 10 : 50;
  const measured: { name: string; each: Round; idle: Round }[] = [];
  for (const candidate of await candidates())
    measured.push({ name: candidate.name, ...(await count(candidate, purchases)) });
  const [ours, other] = measured;
  if (!ours) return;
  record(caseOf('counts', 'one purchase', [ours.each], other && { name: other.name, rounds: [other.each] }));
  record(
    caseOf(
      'counts',
      'idle, in the time of one purchase',
      [ours.idle],
      other && { name: other.name, rounds: [other.idle] },
    ),
  );
}

async function count(candidate: Candidate, purchases: number): Promise<{ each: Round; idle: Round }> {
  const [cookie = ''] = candidate.buyers;
  const tickets = await listTickets(candidate, purchases);
  const counters = await openCounters(candidate);
  try {
    await delay(SETTLE_MS);
    const startedAt = performance.now();
    const busy = await during(candidate, counters.read, async () => {
      for (const ticketId of tickets) {
        await buy(candidate, cookie, ticketId, tightPauses);
        await delay(REST_MS);
      }
      await untilQuiet(candidate);
      await delay(SETTLE_MS);
    });
    const ms = performance.now() - startedAt;
    const idle = await during(candidate, counters.read, () => delay(ms));
    const of = (figures: Round) =>
      Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, value / purchases]));
    const each = Object.fromEntries(Object.entries(busy).map(([name, value]) => [name, value - (idle[name] ?? 0)]));
    return { each: of(each), idle: of(idle) };
  } finally {
    await counters.close();
  }
}

/** What the counters count while some work is done. */
async function during(candidate: Candidate, read: () => Promise<Round>, work: () => Promise<unknown>): Promise<Round> {
  const stopCounting = await countSyncs(candidate.process('nats').pid ?? 0);
  const before = await read();
  await work();
  const after = await read();
  const syncs = await stopCounting();
  const done = Object.fromEntries(Object.entries(after).map(([name, value]) => [name, value - (before[name] ?? 0)]));
  return { ...done, ...(syncs !== undefined && { 'syncs of the bus': syncs }) };
}
