import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import type { Answer } from '../src/api/http.ts';
import type { Ticket } from '../src/api/types.ts';
import { waitUntilHeld } from '../src/lib/wait-until-held.ts';

const ticket = (status: Ticket['status']) => ({ ok: true, status: 200, data: { status } as Ticket }) as const;
const down: Answer<Ticket> = { ok: false, status: 503, problems: [], isOutcomeUnknown: true };

/** Counts the reads of a ticket whose responses are these, in order; the last one repeats. */
async function readsOf(...answers: [Answer<Ticket>, ...Answer<Ticket>[]]): Promise<number> {
  let count = 0;
  const waiting = waitUntilHeld(() => Promise.resolve(answers[Math.min(count++, answers.length - 1)] ?? answers[0]));
  await jest.advanceTimersByTimeAsync(60_000);
  await waiting;
  return count;
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

it('waitUntilHeld reads a ticket until it is held', async () => {
  expect(await readsOf(ticket('listed'), ticket('listed'), ticket('held'), ticket('listed'))).toBe(3);
});

it('waitUntilHeld reads a ticket once that is sold or whose service is down', async () => {
  expect(await readsOf(ticket('sold'), ticket('listed'))).toBe(1);
  expect(await readsOf(down, ticket('listed'))).toBe(1);
});

it('waitUntilHeld stops after its limit, so that a bus that is down does not block a page', async () => {
  expect(await readsOf(ticket('listed'))).toBeGreaterThan(2);
});
