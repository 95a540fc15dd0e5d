import { expect, it } from '@jest/globals';
import type { Answer } from '../src/lib/api.ts';
import { untilTaken } from '../src/lib/until-taken.ts';
import type { Ticket } from '../src/lib/types.ts';

const ticket = (status: Ticket['status']) => ({ ok: true, status: 200, data: { status } as Ticket }) as const;
const down: Answer<Ticket> = { ok: false, status: 503, problems: [] };

/** Counts the looks at a ticket that answers so, one after another, and at last always the same. */
async function looks(...answers: [Answer<Ticket>, ...Answer<Ticket>[]]): Promise<number> {
  let count = 0;
  await untilTaken(() => Promise.resolve(answers[Math.min(count++, answers.length - 1)] ?? answers[0]));
  return count;
}

it('looks until tickets has heard who holds the ticket', async () => {
  expect(await looks(ticket('listed'), ticket('listed'), ticket('held'), ticket('listed'))).toBe(3);
});

it('does not wait where there is nothing to wait for', async () => {
  expect(await looks(ticket('sold'), ticket('listed'))).toBe(1);
  expect(await looks(down, ticket('listed'))).toBe(1);
});

it('gives up in the end: a bus that is down must not keep a page', async () => {
  expect(await looks(ticket('listed'))).toBeGreaterThan(2);
});
