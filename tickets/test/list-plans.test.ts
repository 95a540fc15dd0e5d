import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CATEGORIES } from '@ticketing/common/shapes';
import { queryPlans, randomTicketId } from '@ticketing/core/testing';
import { currentStateEvents, list } from '../src/ticket.ts';
import { resendOverdueHolds } from '../src/use-cases/sweep-tickets.ts';
import { startTickets } from './builders.ts';
import type { TicketsUnderTest } from './builders.ts';

// The plans of the real server, in a collection in which most tickets are sold.

const NOW = new Date('2027-03-01T12:00:00.000Z');
const DAY_MS = 86_400_000;
const WORDS = ['rock', 'jazz', 'opera', 'ballet', 'derby', 'circus', 'tango', 'choir', 'comedy', 'chess'];

const CITIES = ['Berlin', 'Köln', 'Paris', 'Wien', 'New York'];

let service: TicketsUnderTest;
beforeAll(async () => {
  service = await startTickets();
  service.setNow(NOW);
  const documents = Array.from({ length: 2000 }, (_, index) => {
    const listing = {
      title: `${WORDS[index % WORDS.length] ?? ''} ${index}`,
      price: { amount: 1000 + (index % 700), currency: index % 3 === 0 ? 'usd' : 'eur' },
      ...(index % 16 === 0 && { category: CATEGORIES[index % 7], city: CITIES[index % 5] }),
      startsAt: new Date(NOW.getTime() + (1 + (index % 300)) * DAY_MS).toISOString(),
    };
    const { state } = list(randomTicketId(), `seller-${index % 50}`, listing, NOW);
    const status = index % 8 === 0 ? ('listed' as const) : ('sold' as const);
    return { ...state, status, changedAt: NOW.toISOString(), outbox: [] };
  });
  await service.tickets.collection.insertMany(documents as never[], { ordered: false });
});
afterAll(() => service.stop());

/** The plans of the first three pages of a query. */
async function plansOf(query: Record<string, string>) {
  return queryPlans(service.tickets.db, async () => {
    for (let [cursor, page] = ['', 0]; page < 3; page++) {
      const text = new URLSearchParams({ ...query, ...(cursor !== '' && { cursor }) }).toString();
      const answer = await service.api.get(`/api/tickets?${text}`).expect(200);
      const { next } = answer.body as { next: string | null };
      if (next === null) break;
      cursor = next;
    }
  });
}

const SORTS = ['newest', 'price', '-price', 'soonest'];

describe('the plan of', () => {
  it.each(SORTS)('each page sorted by %s reads its own tickets in the order of an index', async (sort) => {
    const plans = await plansOf({ sort, limit: '10' });
    expect(plans).not.toEqual([]);
    for (const { plan, sorts, examined, returned } of plans) {
      expect({ plan, sorts }).toEqual({ plan: expect.stringMatching(/^IXSCAN/), sorts: false });
      expect(examined).toBeLessThanOrEqual(2 * returned);
    }
  });

  it('a range of dates, soonest first, reads its own tickets only', async () => {
    const query = { after: '2027-06-01T00:00:00Z', before: '2027-09-01T00:00:00Z', sort: 'soonest', limit: '10' };
    for (const { plan, sorts, examined, returned } of await plansOf(query)) {
      expect({ plan, sorts }).toEqual({ plan: expect.stringMatching(/^IXSCAN/), sorts: false });
      expect(examined).toBeLessThanOrEqual(2 * returned);
    }
  });

  it.each([
    { sort: 'price', currency: 'eur' },
    { sort: '-price', currency: 'usd' },
    { sort: 'price', currency: 'eur', minPrice: '1200', maxPrice: '1500' },
    { sort: '-price', minPrice: '1200' },
    { sort: 'soonest', from: '2027-06-01', to: '2027-09-01' },
    { sort: 'soonest', from: '2027-06-01' },
  ])('the pages of %j reads its own tickets in the order of an index', async (query) => {
    const plans = await plansOf({ ...query, limit: '10' });
    expect(plans).not.toEqual([]);
    for (const { plan, sorts, examined, returned } of plans) {
      expect({ plan, sorts }).toEqual({ plan: expect.stringMatching(/^IXSCAN/), sorts: false });
      expect(examined).toBeLessThanOrEqual(2 * returned + 2);
    }
  });

  const facets = [
    { category: 'concert' },
    { city: 'köln' },
    { category: 'sport', city: 'Berlin' },
    { currency: 'usd' },
    { category: 'concert', currency: 'usd' },
    { city: 'Paris', currency: 'eur' },
    { category: 'family', city: 'Wien', currency: 'eur' },
  ];
  it.each(facets.flatMap((filters) => SORTS.map((sort) => ({ ...filters, sort }))))(
    'the pages of %j reads its own tickets in the order of an index',
    async (query) => {
      const plans = await plansOf({ ...query, limit: '10' });
      expect(plans).not.toEqual([]);
      for (const { plan, sorts, examined, returned } of plans) {
        expect({ plan, sorts }).toEqual({ plan: expect.stringMatching(/^IXSCAN/), sorts: false });
        expect(examined).toBeLessThanOrEqual(2 * returned);
      }
    },
  );

  it.each(SORTS)('dates behind all events, sorted by %s, read no ticket', async (sort) => {
    const plans = await plansOf({ after: '2099-01-01T00:00:00Z', sort, limit: '10' });
    expect(plans).not.toEqual([]);
    for (const { examined } of plans) expect(examined).toBe(0);
  });

  it('the words of the newest listed tickets reads no ticket, but an index in its order', async () => {
    const plans = await queryPlans(service.tickets.db, async () => {
      expect(await service.stores.queries.words()).toContain('comedy');
    });
    for (const { plan, sorts } of plans)
      expect({ plan, sorts }).toEqual({ plan: expect.stringMatching(/^IXSCAN/), sorts: false });
    expect(plans.reduce((sum, { examined }) => sum + examined, 0)).toBe(0);
    expect(plans.reduce((sum, { returned }) => sum + returned, 0)).toBe(250);
  });

  it.each(SORTS)('a search sorted by %s reads no ticket that is sold', async (sort) => {
    for (const { plan, examined } of await plansOf({ search: 'choir', sort, limit: '10' })) {
      expect(plan).toMatch(/^IXSCAN/);
      expect(examined).toBeLessThanOrEqual(250);
    }
  });

  it('every other query and sweep reads by an index', async () => {
    const plans = await queryPlans(service.tickets.db, async () => {
      await service.stores.queries.ownPage('seller-7', { limit: 5 });
      await service.stores.tickets.page({ 'outbox.at': { $lt: NOW.toISOString() } }, 200);
      await resendOverdueHolds(service.context);
      await service.context.tickets.republish(new Date(NOW.getTime() + 1), currentStateEvents, NOW);
    });
    expect(plans.length).toBeGreaterThanOrEqual(4);
    for (const { plan } of plans) expect(plan).toMatch(/^(IXSCAN|IDHACK)/);
  });
});
