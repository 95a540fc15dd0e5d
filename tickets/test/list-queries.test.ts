import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TicketData } from '@ticketing/common';
import { badPlans, queryPlans } from '@ticketing/common/testing';
import type { QueryPlan } from '@ticketing/common/testing';
import { currentStateEvents, keywords, list } from '../src/ticket.ts';
import { resendOverdueHolds } from '../src/use-cases/sweep-tickets.ts';
import { startTickets, usd } from './builders.ts';
import type { TicketsUnderTest } from './builders.ts';
import { marketplace, numbersFrom, pick, stored } from './marketplace.ts';
import type { TicketDocument } from '../src/models/ticket.ts';

const NOW = new Date('2027-03-01T12:00:00.000Z');
const SORTS = ['newest', 'price', '-price', 'soonest'] as const;

let service: TicketsUnderTest;
let tickets: TicketDocument[];
beforeAll(async () => {
  service = await startTickets();
  service.setNow(NOW);
  tickets = [...marketplace(6000, NOW)];
  const held = { orderId: 'an-order', reservedUntil: '2027-03-01T12:15:00.000Z' };
  for (const ticket of tickets.slice(-600)) Object.assign(ticket, { status: 'held', hold: held, terms: undefined });
  await service.tickets.collection.insertMany(tickets.map((ticket) => ({ ...ticket })) as never[], { ordered: false });
  await service.stores.queries.updateIndex(NOW);
}, 60_000);
afterAll(() => service.stop());

interface Page {
  tickets: TicketData[];
  next: string | null;
}

/** The pages of the list, up to `limit` of them. */
async function pagesOf(query: Record<string, string>, limit = Infinity): Promise<TicketData[][]> {
  const pages: TicketData[][] = [];
  for (let cursor: string | null = ''; cursor !== null && pages.length < limit;) {
    const address = `/api/tickets?${new URLSearchParams({ ...query, ...(cursor && { cursor }) }).toString()}`;
    const answer = await service.api.get(address);
    expect(answer.status).toBe(200);
    const page = answer.body as Page;
    pages.push(page.tickets);
    cursor = page.next;
  }
  return pages;
}

/** The ids of the tickets that match, in order, by looking at every ticket. */
function expectedIds(query: Record<string, string>): string[] {
  const words = keywords(query['search'] ?? '');
  const [min, max] = [Number(query['minPrice'] ?? 0), Number(query['maxPrice'] ?? Infinity)];
  const found = tickets.filter(
    (ticket) =>
      ticket.status === 'listed' &&
      ticket.closesAt > NOW.toISOString() &&
      words.every((word) => ticket.keywords.some((one) => one.startsWith(word))) &&
      ticket.price.amount >= min &&
      ticket.price.amount <= max &&
      (query['after'] === undefined || (ticket.startsAt !== undefined && ticket.startsAt >= query['after'])) &&
      (query['before'] === undefined || (ticket.startsAt !== undefined && ticket.startsAt < query['before'])),
  );
  const byId = (a: TicketDocument, b: TicketDocument) => (a._id < b._id ? -1 : 1);
  const byPrice = (a: TicketDocument, b: TicketDocument) => a.price.amount - b.price.amount || byId(a, b);
  const byStart = (a: TicketDocument, b: TicketDocument) =>
    a.closesAt === b.closesAt ? byId(a, b) : a.closesAt < b.closesAt ? -1 : 1;
  const order = {
    newest: (a: TicketDocument, b: TicketDocument) => byId(b, a),
    price: byPrice,
    '-price': (a: TicketDocument, b: TicketDocument) => byPrice(b, a),
    soonest: byStart,
  }[query['sort'] as (typeof SORTS)[number]];
  return found.sort(order).map(({ _id }) => _id);
}

const SEARCHES = [
  ...['rock', 'jazz', 'c', 'con', 'artist12', 'conway', 'ac', 'u2', 'polka', '東京', '𝔸𝔹', 'łódź', 'amsterdam'],
  ...[
    'concertgebouw',
    'concertgebouworkest',
    'rock night',
    'opera jazz',
    'opera opera',
    'concert conc',
    'conc concertg',
  ],
  ...['one sixteen', 'sixteen three', 'thir fourteen', 'dc ac', 'roc rock', 'rock town hall', 'o2 rock', 'zaz a'],
];

/** Queries that combine the filters by chance. */
function* queries(count: number): Generator<Record<string, string>> {
  const random = numbersFrom(2);
  const instant = () => new Date(NOW.getTime() + (random() * 1400 - 100) * 24 * 3600 * 1000).toISOString();
  for (let index = 0; index < count; index++) {
    const chosen = { search: random() < 0.4, prices: random() < 0.4, dates: random() < 0.4 };
    const amounts = [random(), random()].map((part) => Math.round(500 * 100 ** part)).sort((a, b) => a - b);
    const instants = [instant(), instant()].sort();
    yield {
      sort: pick(random, SORTS),
      limit: String(pick(random, [3, 20, 100])),
      ...(chosen.search && { search: pick(random, SEARCHES) }),
      ...(chosen.prices && random() < 0.8 && { minPrice: String(amounts[0]) }),
      ...(chosen.prices && random() < 0.8 && { maxPrice: String(amounts[1]) }),
      ...(chosen.dates && random() < 0.8 && { after: instants[0] ?? '' }),
      ...(chosen.dates && random() < 0.8 && { before: instants[1] ?? '' }),
    };
  }
}

describe('the list of 6,000 tickets', () => {
  it('has exactly the tickets that match, in order, each on one page, for any combination of filters', async () => {
    for (const query of queries(150)) {
      const expected = expectedIds(query);
      const limit = Number(query['limit']);
      const pages = await pagesOf(query, 5);
      expect({ query, ids: pages.flat().map(({ id }) => id) }).toEqual({
        query,
        ids: expected.slice(0, 5 * limit),
      });
    }
  }, 60_000);

  it.each(SEARCHES)('finds the tickets with words that begin with: %s', async (search) => {
    for (const sort of SORTS) {
      const query = { search, sort, limit: '100' };
      expect((await pagesOf(query, 3)).flat().map(({ id }) => id)).toEqual(expectedIds(query).slice(0, 300));
    }
  });
});

/** The plans of the first pages of the list, without and with the query for a page's version. */
const plansOf = (query: Record<string, string>): Promise<QueryPlan[]> =>
  queryPlans(service.tickets.db, async () => {
    await pagesOf(query, 3);
    await service.stores.queries.pageVersion({ orderableAt: NOW }, { sort: query['sort'] } as never);
  });

describe('the plan of each query', () => {
  const soon = { after: '2027-03-01T00:00:00Z', before: '2027-03-15T17:00:00Z' };
  const filters: Record<string, string>[] = [
    {},
    ...[{ minPrice: '2000', maxPrice: '5000' }, { minPrice: '2010', maxPrice: '2490' }, { minPrice: '30000' }],
    ...[{ maxPrice: '700' }, { minPrice: '1', maxPrice: '99999999' }, { minPrice: '9000', maxPrice: '8000' }],
    ...[{ after: '2028-02-03T04:00:00Z' }, { before: '2027-03-09T00:00:00Z' }, soon, { after: '2040-01-01T00:00:00Z' }],
    ...[{ search: 'rock' }, { search: 'c' }, { search: 'artist1' }, { search: 'conway' }, { search: 'polka' }],
    ...[{ search: 'rock night' }, { search: 'opera jazz' }, { search: 'ballet derby' }, { search: 'arena con' }],
    ...[
      { search: 'rock', minPrice: '2000', maxPrice: '2999' },
      { search: 'night', ...soon },
    ],
    ...[
      { ...soon, minPrice: '1000', maxPrice: '3000' },
      { search: 'rock night', ...soon, maxPrice: '3000' },
    ],
  ];

  it.each(filters.flatMap((filter) => SORTS.map((sort) => [JSON.stringify({ sort, ...filter })] as const)))(
    'the list %s is read in order from an index',
    async (query) => {
      const plans = await plansOf(JSON.parse(query) as Record<string, string>);
      expect(plans).not.toEqual([]);
      expect(badPlans(plans)).toEqual([]);
    },
  );

  it("a seller's own tickets, a ticket, and every sweep are found by an index", async () => {
    const plans = await queryPlans(service.tickets.db, async () => {
      const seller = { sellerId: 'seller-7' };
      const { next } = await service.stores.queries.page(seller, { limit: 5 });
      await service.stores.queries.page(seller, { limit: 5, cursor: next ?? '' });
      await service.api.get(`/api/tickets/${tickets[0]?._id ?? ''}`);
      service.setNow(new Date(NOW.getTime() + 24 * 3600 * 1000));
      await resendOverdueHolds(service.context);
      service.setNow(NOW);
      await service.stores.tickets.page({ 'outbox.at': { $lt: '2027-03-03T00:00:00.000Z' } }, 200);
      await service.stores.queries.updateIndex(NOW);
      await service.context.tickets.republish(NOW, currentStateEvents, NOW);
    });
    expect(plans.length).toBeGreaterThan(10);
    expect(badPlans(plans)).toEqual([]);
  }, 60_000);
});

describe('the indexes of the list', () => {
  const termsIn = async (id: string) => (await service.tickets.findById(id).select('terms').lean().exec())?.terms;
  const idsFor = async (search: string) => (await pagesOf({ search })).flat().map(({ id }) => id);

  it('have a ticket while it is listed, by its current words', async () => {
    const { id } = await service.list({ title: 'Zebra parade' });
    expect(await idsFor('zebra')).toEqual([id]);
    await service.api
      .put(`/api/tickets/${id}`)
      .set('Cookie', service.cookie)
      .send({ title: 'Quagga parade', price: usd(1) });
    expect([await idsFor('zebra'), await idsFor('quagga')]).toEqual([[], [id]]);
    await service.api.delete(`/api/tickets/${id}`).set('Cookie', service.cookie).expect(204);
    expect(await idsFor('quagga')).toEqual([]);
    expect(await termsIn(id)).toBeUndefined();
  });

  it('lose a ticket whose event has started, and have it again once it gets another date', async () => {
    const { id } = await service.list({ title: 'Okapi parade', startsAt: '2027-03-02T00:00:00Z' });
    expect(await termsIn(id)).toContain('okapi');
    const later = new Date('2027-03-02T00:00:01.000Z');
    await service.stores.queries.updateIndex(later);
    expect(await termsIn(id)).toBeUndefined();
    service.setNow(later);
    await service.api
      .put(`/api/tickets/${id}`)
      .set('Cookie', service.cookie)
      .send({ title: 'Okapi parade', price: usd(1), startsAt: '2027-04-01T00:00:00Z' })
      .expect(200);
    expect(await idsFor('okapi')).toEqual([id]);
    service.setNow(NOW);
  });

  it('get the tickets that were stored without terms', async () => {
    const { state } = list('b'.repeat(24), 'seller', { title: 'Gnu parade', price: usd(1) }, NOW);
    const { terms: _terms, ...old } = stored(state, NOW);
    await service.tickets.collection.insertOne(old as never);
    expect(await idsFor('gnu')).toEqual([]);
    await service.stores.queries.updateIndex(NOW);
    expect(await idsFor('gnu')).toEqual([state._id]);
  });
});
