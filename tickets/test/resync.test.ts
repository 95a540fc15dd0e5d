import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sayTicketsAgain } from '../src/use-cases/say-tickets-again.ts';
import { startTickets } from './builders.ts';
import type { TicketsUnderTest } from './builders.ts';

let service: TicketsUnderTest;
beforeAll(async () => {
  service = await startTickets();
});
afterAll(() => service.stop());

describe('saying tickets again', () => {
  it('says ticket:updated with the present state of what has changed since then, and of nothing else', async () => {
    const before = await service.list();
    service.setNow(new Date(service.now().getTime() + 60_000));
    const after = await service.list();
    const context = { tickets: service.tickets, now: service.now };
    expect(await sayTicketsAgain(context, service.now())).toBe(1);
    expect((await service.said(before.id)).map(({ name }) => name)).toEqual(['ticket:created']);
    const [created, again] = await service.said(after.id);
    expect(again).toEqual({ name: 'ticket:updated', data: created?.data });
  });
});
