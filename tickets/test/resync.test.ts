import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { currentStateEvents } from '../src/ticket.ts';
import { refreshDerivedFields } from '../src/use-cases/refresh-derived-fields.ts';
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

  it('derives the fields of tickets of an earlier release first, once, and the list finds them then', async () => {
    const old = await service.list({ title: 'Łódź', startsAt: '2031-06-01T22:00:00Z', timeZone: 'Europe/Berlin' });
    const { id } = await service.list();
    await service.tickets.updateOne(
      { _id: old.id },
      { $set: { keywords: ['łodz'] }, $unset: { day: true, listingVersion: true } },
    );
    const found = async () => {
      const answer = await service.api.get('/api/tickets?search=lodz&from=2031-06-02').expect(200);
      return (answer.body as { tickets: unknown[] }).tickets.length;
    };
    expect(await found()).toBe(0);
    for (let time = 0; time < 2; time++)
      await refreshDerivedFields(service.context, service.stores.tickets, new Date(0));
    expect(await found()).toBe(1);
    expect((await service.emitted(old.id)).map(({ data }) => 'version' in data && data.version)).toEqual([0, 1]);
    expect(await service.emitted(id)).toHaveLength(1);
  });
});
