import { describe, expect, it } from '@jest/globals';
import { coalescedPlacing } from '../src/routes/coalesced-placing.ts';
import type { PlacedOrder } from '../src/use-cases/place-order.ts';

describe('coalesced placing', () => {
  it('lets the first request for a ticket go alone, and the others together once it has ended, even by a refusal', async () => {
    const started: string[] = [];
    const ends: (() => void)[] = [];
    const place = coalescedPlacing(({ ticketId, userId }) => {
      started.push(`${ticketId} ${userId}`);
      return new Promise<PlacedOrder>((_, reject) => {
        ends.push(() => {
          reject(new Error(`refused ${userId}`));
        });
      });
    });
    const requests = Promise.allSettled([
      place({ ticketId: 'a', userId: 'first' }),
      place({ ticketId: 'a', userId: 'second' }),
      place({ ticketId: 'a', userId: 'third' }),
      place({ ticketId: 'b', userId: 'other' }),
    ]);
    expect(started).toEqual(['a first', 'b other']);
    ends[0]?.();
    await new Promise(setImmediate);
    expect(started).toEqual(['a first', 'b other', 'a second', 'a third']);
    for (const end of ends) end();
    const outcomes = await requests;
    expect(outcomes.map((one) => one.status === 'rejected' && String(one.reason))).toEqual([
      'Error: refused first',
      'Error: refused second',
      'Error: refused third',
      'Error: refused other',
    ]);
  });
});
