import { setTimeout as delay } from 'node:timers/promises';
import { BUYERS } from '../candidate.ts';
import type { Candidate } from '../candidate.ts';
import type { Comparison } from '../comparison.ts';
import { cpuOf, untilQuiet } from '../counters.ts';
import { percentiles } from '../harness.ts';
import type { Round } from '../harness.ts';
import { buy, growingPauses, listTickets, tightPauses } from '../visits.ts';

/** Until the consequences of a purchase have ended; what was published leaves the outbox a tenth of a second later. */
const REST_MS = 250;
/** About what a fast machine sells; a round ends when they are sold. */
const TICKETS_A_SECOND = 200;

/** One buyer's purchases through the router, each at rest: how long it takes and the CPU time of all processes. */
export const purchaseAtRest = (comparison: Comparison): Promise<void> =>
  comparison.compare({
    scenario: 'purchase at rest',
    name: '1 buyer',
    measure: (candidate) => buyAtRest(candidate, comparison.quick ? 15 : 40),
  });

/** Purchases by 32 buyers at once: how many a second, and the CPU time of all processes for each. */
export const purchases = (comparison: Comparison): Promise<void> =>
  comparison.compare({
    scenario: 'purchases',
    name: `${BUYERS} buyers`,
    measure: (candidate) => buyFor(candidate, comparison.seconds),
  });

/** Buys some tickets, one after another, each when the marketplace is at rest. */
export async function buyAtRest(candidate: Candidate, count: number): Promise<Round> {
  const tickets = await listTickets(candidate, count);
  const [cookie = ''] = candidate.buyers;
  const cpu = await startCpu(candidate);
  const times: number[] = [];
  for (const ticketId of tickets) {
    times.push(await buy(candidate, cookie, ticketId, tightPauses));
    await delay(REST_MS);
  }
  return { ...percentiles(times), ...(await cpu.each(count)) };
}

/** Buys for some seconds with 32 buyers at once, and returns the completed purchases per second of the whole span. */
export async function buyFor(candidate: Candidate, seconds: number): Promise<Round> {
  const tickets = await listTickets(candidate, Math.ceil(TICKETS_A_SECOND * seconds));
  const cpu = await startCpu(candidate);
  const times: number[] = [];
  const startedAt = performance.now();
  const shop = async (cookie: string) => {
    while (performance.now() - startedAt < seconds * 1000) {
      const ticketId = tickets.pop();
      if (ticketId === undefined) return;
      times.push(await buy(candidate, cookie, ticketId, growingPauses));
    }
  };
  await Promise.all(candidate.buyers.slice(0, BUYERS).map(shop));
  const perSecond = (times.length * 1000) / (performance.now() - startedAt);
  return { 'per second': perSecond, ...percentiles(times), ...(await cpu.each(times.length)) };
}

const IDLE_MS = 2000;

/**
 * Measures the CPU time of an idle marketplace, and then counts until `each` is called, which waits for the consequences to end
 * and returns the CPU time of one of `count` pieces of work, without what an idle marketplace uses in the same time.
 */
async function startCpu(candidate: Candidate) {
  const idleFrom = cpuOf(candidate);
  await delay(IDLE_MS);
  const from = cpuOf(candidate);
  const idleShare = (from - idleFrom) / (IDLE_MS / 1000);
  const startedAt = performance.now();
  return {
    async each(count: number): Promise<Round> {
      await untilQuiet(candidate);
      const seconds = cpuOf(candidate) - from - idleShare * ((performance.now() - startedAt) / 1000);
      return { 'CPU ms': (seconds * 1000) / count, 'idle CPU ms a second': idleShare * 1000 };
    },
  };
}
