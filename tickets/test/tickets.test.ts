import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { offerTag } from '@ticketing/common';
import type { TicketData } from '@ticketing/common';
import { randomTicketId, randomUser, sessionCookie } from '@ticketing/core/testing';
import type request from 'supertest';
import { eventDataOf, orderOf, startTickets, usd } from './builders.ts';
import type { TicketsUnderTest } from './builders.ts';

let service: TicketsUnderTest;
beforeAll(async () => {
  service = await startTickets();
});
afterAll(() => service.stop());
afterEach(() => {
  jest.restoreAllMocks();
});

const good = { title: 'Concert', price: usd(2000) };
const post = (body: object) => service.api.post('/api/tickets').set('Cookie', service.cookie).send(body);
const problems = (answer: { body: unknown }) => (answer.body as { errors: { code: string; field?: string }[] }).errors;

const optional = {
  category: 'theatre',
  city: 'Berlin',
  ...{ section: 'Stalls', row: 'F', seat: '12' },
  faceValue: usd(1500),
  restrictions: 'Restricted view',
};

describe('list a ticket', () => {
  it('answers 201 with the ticket and emits ticket:created with the same data', async () => {
    const startsAt = '2031-06-01T20:00:00+02:00';
    const answer = await post({
      ...good,
      title: '  Concert ',
      venue: 'Hall',
      startsAt,
      timeZone: 'Europe/Berlin',
      notes: 'Row 3\nseat 4',
      ...optional,
    });
    expect(answer.status).toBe(201);
    const ticket = answer.body as TicketData;
    expect(ticket).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
      title: 'Concert',
      price: usd(2000),
      sellerId: service.seller.id,
      status: 'listed',
      hasDelivery: false,
      offerTag: offerTag(ticket),
      venue: 'Hall',
      startsAt: '2031-06-01T18:00:00.000Z',
      timeZone: 'Europe/Berlin',
      notes: 'Row 3\nseat 4',
      ...optional,
      version: 0,
    });
    expect(await service.emitted(ticket.id)).toEqual([{ name: 'ticket:created', data: eventDataOf(ticket) }]);
  });

  it('answers 401 without a session, whatever the body', async () => {
    const answer = await service.api.post('/api/tickets').send({ title: 1 });
    expect(answer.status).toBe(401);
    expect(problems(answer)).toEqual([{ code: 'unauthenticated', message: 'Sign in first.' }]);
  });

  it.each([
    ['no title', { title: undefined }, 'title', 'required'],
    ['null', { title: null }, 'title', 'required'],
    ['a category that is not one', { category: 'circus' }, 'category', 'invalid-format'],
    [
      'a face value in another currency',
      { faceValue: { amount: 1500, currency: 'eur' } },
      'faceValue.currency',
      'currency-mismatch',
    ],
    ['a number', { title: 7 }, 'title', 'invalid-type'],
    ['an operator object', { title: { $gt: '' } }, 'title', 'invalid-type'],
    ['an array', { title: ['Concert'] }, 'title', 'invalid-type'],
    ['an empty title', { title: '  ' }, 'title', 'empty'],
    ['too long a title', { title: 'x'.repeat(121) }, 'title', 'too-long'],
    ['a NUL', { title: 'Con\0cert' }, 'title', 'invalid-characters'],
    ['a lone surrogate', { title: 'Con\ud800cert' }, 'title', 'invalid-characters'],
    ['no price', { price: undefined }, 'price', 'required'],
    ['a bare number as price', { price: 20 }, 'price', 'invalid-type'],
    ['no amount', { price: { currency: 'usd' } }, 'price.amount', 'required'],
    ['a float', { price: usd(19.99) }, 'price.amount', 'not-an-integer'],
    ['a negative amount', { price: usd(-1) }, 'price.amount', 'out-of-range'],
    ['nothing to pay', { price: usd(0) }, 'price.amount', 'out-of-range'],
    ['less than the provider takes', { price: usd(10) }, 'price.amount', 'out-of-range'],
    [
      'a fraction that the currency does not have',
      { price: { amount: 150_050, currency: 'isk' } },
      'price.amount',
      'not-a-multiple',
    ],
    ['1e308', { price: usd(1e308) }, 'price.amount', 'not-an-integer'],
    ['an amount as text', { price: { amount: '2000', currency: 'usd' } }, 'price.amount', 'invalid-type'],
    ['an unknown currency', { price: { amount: 2000, currency: 'xxx' } }, 'price.currency', 'unknown-currency'],
    ['an upper-case currency', { price: { amount: 2000, currency: 'USD' } }, 'price.currency', 'unknown-currency'],
    ['an unknown field in the price', { price: { ...usd(2000), tip: 1 } }, 'price.tip', 'unknown-field'],
    ['an impossible date', { startsAt: '2031-02-30T20:00:00Z' }, 'startsAt', 'invalid-instant'],
    ['a date without an offset', { startsAt: '2031-02-20T20:00:00' }, 'startsAt', 'invalid-instant'],
    ['a date in the past', { startsAt: '2020-02-20T20:00:00Z' }, 'startsAt', 'in-the-past'],
    ['an unknown zone', { timeZone: 'Mars/Olympus' }, 'timeZone', 'unknown-time-zone'],
    ['an offset as zone', { timeZone: '+02:00' }, 'timeZone', 'unknown-time-zone'],
    ['an unknown field', { sellerId: 'me' }, 'sellerId', 'unknown-field'],
    ['a status of its own', { status: 'sold' }, 'status', 'unknown-field'],
  ])('answers 400 with the field for %s', async (_, change, field, code) => {
    const answer = await post({ ...good, ...change });
    expect(answer.status).toBe(400);
    expect(problems(answer)).toContainEqual(expect.objectContaining({ field, code }));
  });

  it('lists every bad field at once', async () => {
    const answer = await post({ title: '', price: usd(-1), when: 1 });
    expect(
      problems(answer)
        .map(({ field }) => field)
        .sort(),
    ).toEqual(['price.amount', 'title', 'when']);
  });
});

describe('the list of tickets', () => {
  let ids: Record<string, string>;
  const titles = async (query: string) => {
    const answer = await service.api.get(`/api/tickets?${query}`);
    expect(answer.status).toBe(200);
    return (answer.body as { tickets: TicketData[] }).tickets.map(({ title }) => title);
  };

  beforeEach(async () => {
    await service.tickets.deleteMany({});
    service.setNow(new Date('2029-01-01T00:00:00Z'));
    ids = {};
    for (const [title, amount, startsAt, venue] of [
      ['Jazz night', 3000, '2029-05-01T20:00:00Z', 'Café Münster'],
      ['Rock night', 1000, '2029-03-01T20:00:00Z', 'Arena'],
      ['Rock opera', 2000, undefined, 'Opera'],
    ] as const)
      ids[title] = (await service.list({ title, price: usd(amount), venue, ...(startsAt && { startsAt }) })).id;
  });

  it('has the newest tickets first by default', async () => {
    expect(await titles('')).toEqual(['Rock opera', 'Rock night', 'Jazz night']);
  });

  it.each([
    ['price', ['Rock night', 'Rock opera', 'Jazz night']],
    ['-price', ['Jazz night', 'Rock opera', 'Rock night']],
    ['soonest', ['Rock night', 'Jazz night', 'Rock opera']],
  ])('is sorted by %s, and has each ticket on exactly one page', async (sort, expected) => {
    expect(await titles(`sort=${sort}`)).toEqual(expected);
    const seen: string[] = [];
    let cursor = '';
    do {
      const answer = await service.api.get(`/api/tickets?sort=${sort}&limit=1${cursor && `&cursor=${cursor}`}`);
      const { tickets, next } = answer.body as { tickets: TicketData[]; next: string | null };
      seen.push(...tickets.map(({ title }) => title));
      cursor = next ?? '';
    } while (cursor);
    expect(seen).toEqual(expected);
  });

  it.each([
    ['search=rock', ['Rock opera', 'Rock night']],
    ['search=ROCK%20nig', ['Rock night']],
    ['search=cafe%20munster', ['Jazz night']],
    ['search=.*', []],
    ['search=%F0%9F%8E%B8', []],
    ['search=%20', ['Rock opera', 'Rock night', 'Jazz night']],
    ['search=m%C3%BCnster', ['Jazz night']],
    ['search=muenster', ['Jazz night']],
    ['minPrice=1500&maxPrice=2500', ['Rock opera']],
    ['after=2029-02-01T00:00:00Z&before=2029-04-01T00:00:00Z', ['Rock night']],
    ['from=2029-03-01&to=2029-03-01', ['Rock night']],
    ['from=2029-03-02', ['Jazz night']],
    ['to=2029-04-30', ['Rock night']],
    ['to=2099-12-31', ['Rock night', 'Jazz night']],
    ['after=2099-12-31T00:00:00Z&sort=price', []],
    ['search=polka', []],
  ])('has only the tickets that match %s', async (query, expected) => {
    expect(await titles(query)).toEqual(expected);
  });

  it('has no tickets that are held or withdrawn', async () => {
    const [jazz, rock] = await Promise.all(
      ['Jazz night', 'Rock night'].map(
        async (title) => (await service.api.get(`/api/tickets/${ids[title]}`)).body as TicketData,
      ),
    );
    if (!jazz || !rock) throw new Error('not listed');
    await service.consume({ name: 'order:created', data: orderOf(jazz, 1, 0, 'created') });
    await service.api.delete(`/api/tickets/${rock.id}`).set('Cookie', service.cookie).expect(204);
    expect(await titles('')).toEqual(['Rock opera']);
  });

  it('has no tickets of events that have started', async () => {
    service.setNow(new Date('2029-03-01T20:00:00Z'));
    expect(await titles('')).toEqual(['Rock opera', 'Jazz night']);
  });

  it('reads only versions while a page does not change, and has every change at once', async () => {
    const find = jest.spyOn(service.tickets.collection, 'find');
    for (let time = 0; time < 4; time++)
      expect(await titles('limit=3')).toEqual(['Rock opera', 'Rock night', 'Jazz night']);
    const readsWhole = find.mock.calls.map(([, options]) => !('version' in (options?.projection ?? {})));
    expect(readsWhole).toEqual([true, true, false, false]);

    const edit = (title: string) =>
      service.api
        .put(`/api/tickets/${ids['Rock night']}`)
        .set('Cookie', service.cookie)
        .send({ title, price: usd(1000) });
    for (const title of ['Rock evening', 'Rock day', 'Rock day'])
      for (let time = 0; time < 3; time++) {
        if (time === 0) await edit(title).expect(200);
        expect(await titles('limit=3')).toEqual(['Rock opera', title, 'Jazz night']);
      }
    // After a restore from a backup, a ticket can reach the same version with another state.
    const changes = { title: 'Rock afternoon', changedAt: '2029-01-01T00:00:01.000Z' };
    await service.tickets.updateOne({ title: 'Rock day' }, { $set: changes });
    expect(await titles('limit=3')).toEqual(['Rock opera', 'Rock afternoon', 'Jazz night']);
    await service.list({ title: 'Rock morning' });
    expect(await titles('limit=3')).toEqual(['Rock morning', 'Rock opera', 'Rock afternoon']);
  });

  it.each([
    'limit=0',
    'limit=101',
    'limit=1&limit=2',
    'minPrice=-1',
    'minPrice=1.5',
    'sort=title',
    'after=yesterday',
    'after=9999-12-31T00:00:00Z',
    'to=9999-12-31',
    'from=2029-02-30',
    'currency=USD',
    'category=circus',
    'city=',
    `city=${'x'.repeat(81)}`,
    'cursor=nonsense',
    'cursor=bnVsbA',
    'unknown=1',
    'search[$gt]=',
  ])('answers 400 for %s', async (query) => {
    const answer = await service.api.get(`/api/tickets?${query}`);
    expect(answer.status).toBe(400);
    expect(problems(answer)[0]).toHaveProperty('field');
  });
});

describe('the list of tickets in several currencies', () => {
  beforeAll(async () => {
    await service.tickets.deleteMany({});
    service.setNow(new Date('2029-01-01T00:00:00Z'));
    for (const [title, amount, currency] of [
      ['Yen dear', 9000, 'jpy'],
      ['Dollar dear', 9000, 'usd'],
      ['Yen cheap', 2000, 'jpy'],
      ['Dollar cheap', 2000, 'usd'],
      ['Euro', 5000, 'eur'],
    ] as const)
      await service.list({ title, price: { amount, currency } });
  });

  it.each([
    ['sort=price', ['Euro', 'Yen cheap', 'Yen dear', 'Dollar cheap', 'Dollar dear']],
    ['sort=-price', ['Dollar dear', 'Dollar cheap', 'Yen dear', 'Yen cheap', 'Euro']],
    ['sort=price&currency=jpy', ['Yen cheap', 'Yen dear']],
    ['sort=-price&currency=usd', ['Dollar dear', 'Dollar cheap']],
    ['currency=eur', ['Euro']],
    ['minPrice=5000&currency=jpy', ['Yen dear']],
    ['minPrice=5000', ['Dollar dear']],
    ['maxPrice=5000&sort=price', ['Dollar cheap']],
    ['currency=gbp', []],
  ])('compares prices within one currency for %s, on pages of any size', async (query, expected) => {
    for (const limit of [1, 2, 20]) {
      const seen: string[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const answer = await service.api.get(`/api/tickets?${query}&limit=${limit}${cursor && `&cursor=${cursor}`}`);
        expect(answer.status).toBe(200);
        const page = answer.body as { tickets: TicketData[]; next: string | null };
        seen.push(...page.tickets.map(({ title }) => title));
        cursor = page.next;
      }
      expect(seen).toEqual(expected);
    }
  });

  it('answers 400 to the cursor of another sort order', async () => {
    const { next } = (await service.api.get('/api/tickets?sort=price&limit=1')).body as { next: string };
    const answer = await service.api.get(`/api/tickets?sort=price&currency=usd&limit=1&cursor=${next}`);
    expect([answer.status, problems(answer)[0]?.code]).toEqual([400, 'invalid-cursor']);
  });
});

describe('the list of tickets by category and city', () => {
  beforeAll(async () => {
    await service.tickets.deleteMany({});
    service.setNow(new Date('2029-01-01T00:00:00Z'));
    for (const [title, category, city, amount, currency] of [
      ['A', 'concert', 'München', 3000, 'eur'],
      ['B', 'concert', 'Muenchen', 1000, 'usd'],
      ['C', 'sport', 'Munchen, Germany', 2000, 'eur'],
      ['D', 'concert', undefined, 4000, 'eur'],
      ['E', undefined, 'Łódź', 5000, 'eur'],
      ['F', undefined, undefined, 6000, 'eur'],
    ] as const)
      await service.list({ title, category, city, price: { amount, currency } });
  });

  it.each([
    ['category=concert', 'DBA'],
    ['category=sport', 'C'],
    ['category=family', ''],
    ['city=m%C3%BCnchen', 'CBA'],
    ['city=LODZ', 'E'],
    ['city=%3F', ''],
    ['category=concert&city=Munchen', 'BA'],
    ['category=concert&currency=eur', 'DA'],
    ['category=concert&city=Munchen&currency=eur', 'A'],
    ['category=concert&currency=eur&sort=price', 'AD'],
    ['city=Munchen&currency=eur&sort=price', 'CA'],
    ['city=Munchen&sort=-price', 'BAC'],
    ['category=concert&minPrice=3500&currency=eur', 'D'],
    ['currency=eur', 'FEDCA'],
    ['search=concert', 'DBA'],
    ['search=lodz', 'E'],
    ['search=munchen&category=sport', 'C'],
  ])('has for %s the tickets %s, on pages of any size', async (query, expected) => {
    for (const limit of [1, 2, 20]) {
      let seen = '';
      for (let cursor: string | null = ''; cursor !== null;) {
        const answer = await service.api.get(`/api/tickets?${query}&limit=${limit}${cursor && `&cursor=${cursor}`}`);
        expect(answer.status).toBe(200);
        const page = answer.body as { tickets: TicketData[]; next: string | null };
        seen += page.tickets.map(({ title }) => title).join('');
        cursor = page.next;
      }
      expect(seen).toBe(expected);
    }
  });

  it('has a ticket in the category and the city that an edit gives it', async () => {
    const answer = await service.api.get('/api/tickets?category=sport');
    const [first] = (answer.body as { tickets: [TicketData] }).tickets;
    const edited = { title: 'C', price: first.price, category: 'family', city: 'Wien' };
    await service.api.put(`/api/tickets/${first.id}`).set('Cookie', service.cookie).send(edited).expect(200);
    const found = async (query: string) =>
      ((await service.api.get(`/api/tickets?${query}`)).body as { tickets: TicketData[] }).tickets.length;
    expect([await found('category=sport'), await found('category=family&city=Wien')]).toEqual([0, 1]);
  });
});

describe('the list of tickets by day', () => {
  it('has the events that start on that day where they take place, on every page', async () => {
    await service.tickets.deleteMany({});
    service.setNow(new Date('2029-01-01T00:00:00Z'));
    const events = [
      ['New York', '2029-12-05T03:00:00Z', 'America/New_York'],
      ['London, the day after', '2029-12-05T03:00:00Z', 'Europe/London'],
      ['Kiritimati', '2029-12-03T11:00:00Z', 'Pacific/Kiritimati'],
      ['London, the day before', '2029-12-03T11:00:00Z', 'Europe/London'],
    ] as const;
    for (const [title, startsAt, timeZone] of events) await service.list({ title, startsAt, timeZone });
    await service.list({ title: 'Without a date' });
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const query = `from=2029-12-04&to=2029-12-04&sort=soonest&limit=1${cursor && `&cursor=${cursor}`}`;
      const answer = await service.api.get(`/api/tickets?${query}`);
      const page = answer.body as { tickets: TicketData[]; next: string | null };
      expect(page.tickets).toHaveLength(1);
      seen.push(...page.tickets.map(({ title }) => title));
      cursor = page.next;
    }
    expect(seen).toEqual(['Kiritimati', 'New York']);
  });
});

describe('a search that finds nothing', () => {
  const suggestionFor = async (search: string): Promise<unknown> => {
    const answer = await service.api.get(`/api/tickets?search=${encodeURIComponent(search)}`).expect(200);
    return (answer.body as { suggestion?: string }).suggestion;
  };

  beforeAll(async () => {
    await service.tickets.deleteMany({});
    service.setNow(new Date('2029-02-01T00:00:00Z'));
    await service.list({ title: 'The theatre of the absurd', venue: 'Łódź' });
    await service.list({ title: 'Coldplay concert', venue: 'Arena' });
  });

  it.each([
    ['theater', 'theatre'],
    ['concerts', 'concert'],
    ['cold-play koncert', undefined],
    ['Coldpaly', 'coldplay'],
    ['theater lodz', 'theatre lodz'],
    ['Ldz', undefined],
    ['theatre arena', undefined],
    ['xylophone', undefined],
    ['!!!', undefined],
  ])('for %s suggests %s', async (search, expected) => {
    expect(await suggestionFor(search)).toBe(expected);
  });

  it('is answered without a suggestion while the words can not be read, and has new words a minute later', async () => {
    service.setNow(new Date('2029-02-01T00:02:00Z'));
    const reading = jest.spyOn(service.stores.queries, 'words').mockRejectedValue(new Error('too slow'));
    expect(await suggestionFor('theater')).toBeUndefined();
    reading.mockRestore();
    await service.list({ title: 'Harpsichord' });
    expect(await suggestionFor('harpsicord')).toBe('harpsichord');
    service.setNow(new Date('2029-02-01T00:02:59Z'));
    await service.list({ title: 'Clavichord' });
    expect(await suggestionFor('clavicord')).toBeUndefined();
    service.setNow(new Date('2029-02-01T00:03:00Z'));
    expect(await suggestionFor('clavicord')).toBe('clavichord');
  });
});

describe('reading the list', () => {
  it('has a time limit, after which the answer is 503 with Retry-After', async () => {
    const find = jest.spyOn(service.tickets.collection, 'find');
    await service.api.get('/api/tickets?search=slow').expect(200);
    expect(find.mock.calls.map(([, options]) => options?.maxTimeMS)).toEqual([2000]);
    find.mockImplementation(() => {
      throw Object.assign(new Error('operation exceeded time limit'), { name: 'MongoServerError', code: 50 });
    });
    const answer = await service.api.get('/api/tickets?search=slower');
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '1']);
  });
});

describe('a ticket whose event has started', () => {
  it('is closed in every answer, and is not before', async () => {
    service.setNow(new Date('2029-01-01T00:00:00Z'));
    const { id } = await service.list({ startsAt: '2029-03-01T20:00:00Z' });
    const read = async () => [
      (await service.api.get(`/api/tickets/${id}`)).body as object,
      ...(
        (await service.api.get('/api/tickets/mine').set('Cookie', service.cookie)).body as { tickets: { id: string }[] }
      ).tickets.filter((ticket) => ticket.id === id),
    ];
    for (const ticket of await read()) expect(ticket).not.toHaveProperty('isClosed');
    service.setNow(new Date('2029-03-01T20:00:00Z'));
    for (const ticket of await read()) expect(ticket).toMatchObject({ isClosed: true });
  });
});

describe('the limits of a user', () => {
  it('are 30 listings, 60 changes and 120 searches a minute, each of them for this user alone, and 600 searches for the guests of a network', async () => {
    const limited = await startTickets({ rateLimits: true });
    try {
      const [stranger, mine] = [await sessionCookie(randomUser()), limited.cookie];
      const statuses = async (times: number, send: (cookie: string) => request.Test) => {
        const answers: number[] = [];
        for (let time = 0; time < times; time++) answers.push((await send(mine)).status);
        return [new Set(answers.slice(0, -1)), answers.at(-1), (await send(stranger)).status];
      };
      const path = `/api/tickets/${randomTicketId()}`;
      expect(await statuses(31, (cookie) => limited.api.post('/api/tickets').set('Cookie', cookie).send(good))).toEqual(
        [new Set([201]), 429, 201],
      );
      expect(await statuses(61, (cookie) => limited.api.delete(path).set('Cookie', cookie))).toEqual([
        new Set([404]),
        429,
        404,
      ]);
      expect((await limited.api.put(path).set('Cookie', mine).send(good)).status).toBe(429);
      expect(await statuses(121, (cookie) => limited.api.get('/api/tickets?search=x').set('Cookie', cookie))).toEqual([
        new Set([200]),
        429,
        200,
      ]);
      await limited.api.get('/api/tickets').set('Cookie', mine).expect(200);
      const guest = () => limited.api.get('/api/tickets?search=y').set('X-Forwarded-For', '192.0.2.9');
      for (let time = 0; time < 600; time++) await guest().expect(200);
      await guest().expect(429);
      await limited.api.get('/api/tickets?search=y').set('X-Forwarded-For', '192.0.2.10').expect(200);
    } finally {
      await limited.stop();
    }
  });
});

describe('a ticket', () => {
  it('answers 404 to an unknown id and 400 to a malformed one', async () => {
    expect((await service.api.get(`/api/tickets/${randomTicketId()}`)).status).toBe(404);
    for (const id of ['1', 'x'.repeat(24), '%00', `${randomTicketId()}0`])
      expect((await service.api.get(`/api/tickets/${id}`)).status).toBe(400);
  });

  it('answers 410 to every request once it is withdrawn', async () => {
    const { id } = await service.list();
    const mine = (method: 'put' | 'delete') => service.api[method](`/api/tickets/${id}`).set('Cookie', service.cookie);
    expect((await mine('delete')).status).toBe(204);
    expect((await service.api.get(`/api/tickets/${id}`)).status).toBe(410);
    expect((await mine('put').send(good)).status).toBe(410);
    expect((await mine('delete')).status).toBe(410);
  });
});

describe('edit and withdraw a ticket', () => {
  it('replaces the whole listing and emits ticket:updated', async () => {
    const { id } = await service.list({ venue: 'Hall', notes: 'Row 3' });
    const answer = await service.api
      .put(`/api/tickets/${id}`)
      .set('Cookie', service.cookie)
      .send({ title: 'Opera', price: usd(100), venue: 'House' });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      id,
      hasDelivery: false,
      offerTag: offerTag({ title: 'Opera', price: usd(100), venue: 'House' }),
      title: 'Opera',
      price: usd(100),
      venue: 'House',
      sellerId: service.seller.id,
      status: 'listed',
      version: 1,
    });
    expect((await service.emitted(id)).at(-1)).toEqual({
      name: 'ticket:updated',
      data: eventDataOf(answer.body as TicketData),
    });
  });

  it.each(['put', 'delete'] as const)(
    '%s answers 403 to any user but the seller, whatever the state of the ticket',
    async (method) => {
      const ticket = await service.list();
      await service.consume({ name: 'order:created', data: orderOf(ticket, 1, 0, 'created') });
      const stranger = await sessionCookie(randomUser());
      const answer = await service.api[method](`/api/tickets/${ticket.id}`)
        .set('Cookie', stranger)
        .send(method === 'put' ? good : undefined);
      expect(answer.status).toBe(403);
      expect(problems(answer)[0]).not.toHaveProperty('reservedUntil');
    },
  );

  it.each(['put', 'delete'] as const)(
    '%s answers 409 with the end of the hold while the ticket is held',
    async (method) => {
      const ticket = await service.list();
      await service.consume({ name: 'order:created', data: orderOf(ticket, 1, 0, 'created') });
      const answer = await service.api[method](`/api/tickets/${ticket.id}`)
        .set('Cookie', service.cookie)
        .send(method === 'put' ? good : undefined);
      expect(answer.status).toBe(409);
      expect(problems(answer)).toEqual([
        expect.objectContaining({ code: 'ticket-reserved', reservedUntil: '2030-01-01T00:15:00.000Z' }),
      ]);
    },
  );

  it('put answers 409 once the ticket is sold', async () => {
    const ticket = await service.list();
    await service.consume({ name: 'order:completed', data: orderOf(ticket, 1, 3, 'complete') });
    const answer = await service.api.put(`/api/tickets/${ticket.id}`).set('Cookie', service.cookie).send(good);
    expect(answer.status).toBe(409);
    expect(problems(answer)[0]?.code).toBe('ticket-sold');
  });

  it('put answers 409 with the current ticket when the listing has changed since the version that was seen', async () => {
    const { id, version } = await service.list();
    const put = (body: object) => service.api.put(`/api/tickets/${id}`).set('Cookie', service.cookie).send(body);
    await put({ title: 'Concert', price: usd(6000), version }).expect(200);
    const answer = await put({ title: 'Grand concert', price: usd(4500), version });
    expect(answer.status).toBe(409);
    expect(problems(answer)).toEqual([
      expect.objectContaining({
        code: 'ticket-changed',
        ticket: expect.objectContaining({ id, version: 1, title: 'Concert', price: usd(6000) }),
      }),
    ]);
    await put({ title: 'Grand concert', price: usd(6000), version: 1 }).expect(200);
    expect((await put({ title: 'Concert', price: usd(6000), version: -1 })).status).toBe(400);
  });

  it('put answers 412 with the current ticket when its ETag is no longer the one in If-Match', async () => {
    const { id } = await service.list();
    const tagOf = async () => (await service.api.get(`/api/tickets/${id}`)).headers['etag'] ?? '';
    const put = (ifMatch: string, body: object = {}) =>
      service.api
        .put(`/api/tickets/${id}`)
        .set({ Cookie: service.cookie, 'If-Match': ifMatch })
        .send({ title: 'Concert', price: usd(6000), ...body });
    const seen = await tagOf();
    const saved = await put(seen).expect(200);
    expect(saved.headers).toMatchObject({ etag: await tagOf() });
    for (const stale of [seen, 'W/"1"', '"another"', '']) {
      const answer = await put(stale, { price: usd(4500) });
      expect({ status: answer.status, problems: problems(answer) }).toEqual({
        status: 412,
        problems: [expect.objectContaining({ code: 'ticket-changed', ticket: expect.objectContaining({ id }) })],
      });
    }
    // What the body requires must hold too.
    expect((await put(await tagOf(), { version: 0 })).status).toBe(412);
    await put('*').expect(200);
    await put(await tagOf()).expect(200);
    await put(`${seen}, ${await tagOf()}`).expect(200);
  });

  it('delete answers 412 with the current ticket when its ETag is no longer the one in If-Match', async () => {
    const { id } = await service.list();
    const url = `/api/tickets/${id}`;
    const tagOf = async () => (await service.api.get(url)).headers['etag'] ?? '';
    const withdraw = (ifMatch: string) => service.api.delete(url).set({ Cookie: service.cookie, 'If-Match': ifMatch });
    const seen = await tagOf();
    await service.api
      .put(url)
      .set('Cookie', service.cookie)
      .send({ title: 'Concert', price: usd(6000) })
      .expect(200);
    for (const stale of [seen, 'W/"1"', '"another"', '']) {
      const answer = await withdraw(stale);
      expect({ stale, status: answer.status, problems: problems(answer) }).toEqual({
        ...{ stale, status: 412 },
        problems: [expect.objectContaining({ code: 'ticket-changed', ticket: expect.objectContaining({ id }) })],
      });
    }
    await withdraw(`${seen}, ${await tagOf()}`).expect(204);
    // What is gone has no other version.
    await withdraw(seen).expect(410);
  });

  it('delete takes the ETag from before a hold that has ended', async () => {
    const ticket = await service.list();
    const url = `/api/tickets/${ticket.id}`;
    const seen = (await service.api.get(url)).headers['etag'] ?? '';
    await service.consume({ name: 'order:created', data: orderOf(ticket, 1, 0, 'created') });
    await service.consume({ name: 'order:cancelled', data: orderOf(ticket, 1, 1, 'cancelled') });
    expect((await service.api.get(url)).headers['etag']).not.toBe(seen);
    await service.api.delete(url).set({ Cookie: service.cookie, 'If-Match': seen }).expect(204);
  });

  it('applies each of ten concurrent edits once', async () => {
    const { id } = await service.list();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        service.api
          .put(`/api/tickets/${id}`)
          .set('Cookie', service.cookie)
          .send({ title: `Edit ${i}`, price: usd(100) }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    expect(new Set(answers.map(({ body }) => (body as TicketData).version))).toEqual(
      new Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
    );
  });
});

describe('the tickets of a seller', () => {
  it('are listed in every state, to this seller only', async () => {
    await service.tickets.deleteMany({});
    const [first, second, third] = [await service.list(), await service.list(), await service.list()];
    await service.consume({ name: 'order:created', data: orderOf(first, 1, 0, 'created') });
    await service.consume({ name: 'order:completed', data: orderOf(second, 1, 3, 'complete') });
    await service.api.delete(`/api/tickets/${third.id}`).set('Cookie', service.cookie);
    const answer = await service.api.get('/api/tickets/mine').set('Cookie', service.cookie);
    expect((answer.body as { tickets: TicketData[] }).tickets.map(({ status }) => status)).toEqual([
      'withdrawn',
      'sold',
      'held',
    ]);
    const others = await service.api.get('/api/tickets/mine').set('Cookie', await sessionCookie(randomUser()));
    expect(others.body).toEqual({ tickets: [], next: null });
  });
});
