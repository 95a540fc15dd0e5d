import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { currentStateEvents } from '../src/ticket.ts';
import { startTickets } from './builders.ts';
import type { TicketsUnderTest } from './builders.ts';

let service: TicketsUnderTest;
beforeAll(async () => {
  service = await startTickets();
});
afterAll(() => service.stop());

describe('republishing tickets', () => {
  it('emits ticket:updated with the current state of each ticket that has changed since then, and of no other', async () => {
    const before = await service.list();
    service.setNow(new Date(service.now().getTime() + 60_000));
    const after = await service.list();
    const { tickets } = service.context;
    expect(await tickets.republish(service.now(), currentStateEvents, service.now())).toEqual({ count: 1, failed: [] });
    expect((await service.emitted(before.id)).map(({ name }) => name)).toEqual(['ticket:created']);
    const [created, again] = await service.emitted(after.id);
    expect(again).toEqual({ name: 'ticket:updated', data: created?.data });
  });
});
