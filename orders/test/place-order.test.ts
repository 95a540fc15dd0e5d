import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { offerTag } from '@ticketing/common';
import type { HttpError } from '@ticketing/common';
import { offerShape } from '@ticketing/common/shapes';
import { DuplicateKeyError } from '@ticketing/core';
import { randomTicketId, randomUser } from '@ticketing/core/testing';
import { placeOrder } from '../src/use-cases/place-order.ts';
import { expired, heldBy, payment, refused, startOrders } from './builders.ts';
import type { OrderView, OrdersUnderTest } from './builders.ts';

let service: OrdersUnderTest;
beforeAll(async () => {
  service = await startOrders();
});
afterAll(() => service.stop());

const firstProblem = (answer: { body: unknown }) => (answer.body as { errors: Record<string, unknown>[] }).errors[0];

describe('place order', () => {
  it('answers 201 with order number 1 and emits order:created with what the buyer saw', async () => {
    const ticket = await service.ticket({
      venue: 'Hall',
      startsAt: '2031-01-01T20:00:00.000Z',
      timeZone: 'Europe/Berlin',
    });
    const buyer = await service.buyer();
    const answer = await buyer.order(ticket.id);
    expect(answer.status).toBe(201);
    const expiresAt = new Date(service.now().getTime() + 900_000).toISOString();
    expect(answer.body).toMatchObject({
      ...{
        id: `${ticket.id}-1`,
        userId: buyer.id,
        status: 'created',
        version: 0,
        expiresAt,
        serverNow: service.now().toISOString(),
      },
      ticket: {
        id: ticket.id,
        title: 'Concert',
        price: ticket.price,
        venue: 'Hall',
        startsAt: ticket.startsAt,
        timeZone: 'Europe/Berlin',
      },
    });
    expect(await service.emitted(`${ticket.id}-1`)).toEqual([
      {
        name: 'order:created',
        data: {
          ...{
            id: `${ticket.id}-1`,
            version: 0,
            ticketId: ticket.id,
            number: 1,
            userId: buyer.id,
            sellerId: ticket.sellerId,
            status: 'created',
            expiresAt,
          },
          offer: {
            title: 'Concert',
            price: ticket.price,
            venue: 'Hall',
            startsAt: ticket.startsAt,
            timeZone: 'Europe/Berlin',
          },
        },
      },
    ]);
  });

  it('answers 200 with the existing order when the buyer already holds the ticket', async () => {
    const ticket = await service.ticket();
    const buyer = await service.buyer();
    const first = await buyer.order(ticket.id).expect(201);
    const again = await buyer.order(ticket.id);
    expect(again.status).toBe(200);
    expect((again.body as OrderView).id).toBe((first.body as OrderView).id);
  });

  it('answers 409 with the end of the hold when another buyer holds the ticket', async () => {
    const ticket = await service.ticket();
    const first = await (await service.buyer()).order(ticket.id).expect(201);
    const other = await service.buyer();
    const before = await other.order(ticket.id);
    await service.consume(heldBy(ticket, `${ticket.id}-1`));
    const after = await other.order(ticket.id);
    for (const answer of [before, after]) {
      expect(answer.status).toBe(409);
      expect(firstProblem(answer)).toMatchObject({
        code: 'ticket-reserved',
        reservedUntil: (first.body as OrderView).expiresAt,
      });
    }
  });

  it('gives the ticket to exactly one of twenty concurrent buyers', async () => {
    const ticket = await service.ticket();
    const buyers = await Promise.all(Array.from({ length: 20 }, () => service.buyer()));
    const answers = await Promise.all(buyers.map((buyer) => buyer.order(ticket.id)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(19);
    expect(await service.models.orders.countDocuments({ ticketId: ticket.id })).toBe(1);
  });

  it('gives the ticket to exactly one of twenty concurrent buyers on two instances', async () => {
    const ticket = await service.ticket();
    const instances = [service.context, service.startInstance().context];
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, () => instances)
        .flat()
        .map((context) => placeOrder(context, { ticketId: ticket.id, userId: randomUser().id })),
    );
    const losers = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason as HttpError);
    expect(losers).toHaveLength(19);
    for (const { problems } of losers) expect(problems).toMatchObject([{ code: 'ticket-reserved' }]);
  });

  it('gives the ticket to another concurrent buyer when the first has no free hold slot', async () => {
    const ticket = await service.ticket();
    const full = await service.buyer();
    for (let held = 0; held < 3; held++) await full.order((await service.ticket()).id).expect(201);
    const others = [randomUser(), randomUser(), randomUser()];
    const outcomes = await Promise.allSettled(
      [full, ...others].map(({ id }) => placeOrder(service.context, { ticketId: ticket.id, userId: id })),
    );
    const reasons = outcomes.map((outcome) =>
      outcome.status === 'rejected' ? (outcome.reason as HttpError).problems[0]?.code : 'placed',
    );
    // Whichever is known first.
    expect(['too-many-holds', 'ticket-reserved']).toContain(reasons.shift());
    expect(reasons.sort()).toEqual(['placed', 'ticket-reserved', 'ticket-reserved']);
  });

  it('places one order for eight concurrent requests of one buyer', async () => {
    const ticket = await service.ticket();
    const buyer = await service.buyer();
    const answers = await Promise.all(Array.from({ length: 8 }, () => buyer.order(ticket.id)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 200, 200, 201]);
  });

  it('gives the next order the next number, with or without the hint in the copy', async () => {
    const { ticket, id } = await service.orderIn('cancelled');
    expect(id).toBe(`${ticket.id}-1`);
    const second = await (await service.buyer()).order(ticket.id).expect(201);
    expect((second.body as OrderView).id).toBe(`${ticket.id}-2`);
    await service.models.orders.updateOne(
      { _id: `${ticket.id}-2` },
      { $set: { status: 'cancelled' }, $unset: { networkSlot: 1, buyerSlot: 1 } },
    );
    await service.models.tickets.updateOne({ _id: ticket.id }, { $unset: { lastOrder: 1 } });
    const third = await (await service.buyer()).order(ticket.id).expect(201);
    expect((third.body as OrderView).id).toBe(`${ticket.id}-3`);
  });

  it('answers 409 after a sale, before and after the sold ticket is republished', async () => {
    const { ticket, id } = await service.orderIn('complete');
    const early = await (await service.buyer()).order(ticket.id);
    expect(firstProblem(early)).toMatchObject({ code: 'ticket-sold' });
    await service.consume({
      name: 'ticket:updated',
      data: { ...ticket, version: 2, status: 'sold', orderId: id, lastOrder: 1 },
    });
    expect(await service.context.tickets.find(ticket.id)).toMatchObject({ version: 2, status: 'listed', lastOrder: 1 });
    const late = await (await service.buyer()).order(ticket.id);
    expect(late.status).toBe(409);
    expect(firstProblem(late)).toMatchObject({ code: 'ticket-sold' });
  });

  it("answers 403 for the seller's own ticket, 410 for a withdrawn one, and 404 for an unknown one", async () => {
    const seller = await service.buyer();
    const ticket = await service.ticket({ sellerId: seller.id });
    expect(firstProblem(await seller.order(ticket.id).expect(403))).toMatchObject({ code: 'own-ticket' });
    const withdrawn = await service.ticket({ status: 'withdrawn' });
    await seller.order(withdrawn.id).expect(410);
    await seller.order('0'.repeat(24)).expect(404);
  });

  it('answers 409 with the current price when another price was expected, and places no order', async () => {
    const ticket = await service.ticket();
    const buyer = await service.buyer();
    const answer = await buyer.order(ticket.id, { expectedPrice: { amount: 1999, currency: 'usd' } });
    expect(answer.status).toBe(409);
    expect(firstProblem(answer)).toMatchObject({ code: 'price-changed', price: ticket.price });
    await buyer.order(ticket.id, { expectedPrice: ticket.price }).expect(201);
  });

  it('answers 409 with the current offer when a part of it is another than expected, and places no order', async () => {
    const seen = await service.ticket({ section: 'Stalls', seat: '12' });
    const expectedOffer = offerTag(seen);
    const buyer = await service.buyer();
    const now = { ...seen, version: 1, seat: '99', restrictions: 'Restricted view' };
    await service.consume({ name: 'ticket:updated', data: now });
    const answer = await buyer.order(seen.id, { expectedPrice: seen.price, expectedOffer });
    expect(answer.status).toBe(409);
    expect(firstProblem(answer)).toEqual({
      code: 'offer-changed',
      message: 'The listing has changed since you saw it.',
      offer: offerShape.parse(now),
    });
    expect(await service.context.orders.find(`${seen.id}-1`)).toBeNull();
    const dearer = { expectedPrice: { amount: 1, currency: 'usd' }, expectedOffer };
    const { price, offer } = { price: now.price, offer: { seat: '99' } };
    expect(firstProblem(await buyer.order(seen.id, dearer))).toMatchObject({ code: 'price-changed', price, offer });
    await buyer.order(seen.id, { expectedOffer: offerTag(now) }).expect(201);
  });

  it('answers 409 when the ticket itself was removed since, and places the order when it was added since', async () => {
    const seen = await service.ticket({ hasDelivery: true });
    const expectedOffer = offerTag(seen);
    const buyer = await service.buyer();
    await service.consume({ name: 'ticket:updated', data: { ...seen, version: 1, hasDelivery: false } });
    expect(firstProblem(await buyer.order(seen.id, { expectedOffer }).expect(409))).toMatchObject({
      code: 'offer-changed',
    });
    const bare = offerTag({ ...seen, hasDelivery: false });
    await service.consume({ name: 'ticket:updated', data: { ...seen, version: 2, hasDelivery: true } });
    const placed = await buyer.order(seen.id, { expectedOffer: bare }).expect(201);
    expect((placed.body as OrderView).ticket).toMatchObject({ hasDelivery: true });
  });

  it('answers 409 once the event has started', async () => {
    const ticket = await service.ticket({ startsAt: service.now().toISOString() });
    expect(firstProblem(await (await service.buyer()).order(ticket.id).expect(409))).toMatchObject({
      code: 'listing-closed',
    });
  });

  it('succeeds when another instance inserts the same copy concurrently', async () => {
    const { stores } = service;
    const real = { ...stores.tickets };
    const ticket = await service.ticket({ version: 1 });
    const later = { ...ticket, id: randomTicketId(), version: 2, title: 'Another concert' };
    jest.spyOn(stores.tickets, 'insert').mockImplementationOnce(async (copy) => {
      await real.insert({ ...copy, version: 1, offer: { ...copy.offer, title: 'Concert' } });
      return false;
    });
    await service.consume({ name: 'ticket:updated', data: later });
    const answer = await (await service.buyer()).order(later.id).expect(201);
    expect((answer.body as OrderView).ticket.title).toBe('Another concert');
  });

  it('waits for the event of a ticket that was listed a moment ago', async () => {
    const seconds = Math.floor(service.now().getTime() / 1000);
    const id = seconds.toString(16) + randomTicketId().slice(8);
    const { tickets } = service.context;
    const waitUntil = tickets.waitUntil.bind(tickets);
    const waits = Promise.withResolvers<undefined>();
    const waiting = jest.spyOn(tickets, 'waitUntil').mockImplementation((waitedFor, isReady, limitMs) => {
      waits.resolve(undefined);
      // For as long as it takes, if at all.
      return waitUntil(waitedFor, isReady, limitMs > 0 ? 60_000 : 0);
    });
    try {
      const answer = (await service.buyer()).order(id).then((response) => response.status);
      await waits.promise;
      await service.ticket({ id });
      expect(await answer).toBe(201);
    } finally {
      waiting.mockRestore();
    }
  });

  it.each([
    ['no ticket id', {}, 'ticketId', 'required'],
    ['an operator object', { ticketId: { $gt: '' } }, 'ticketId', 'invalid-type'],
    ['an id of 12 bytes', { ticketId: 'abcdefghijkl' }, 'ticketId', 'invalid-format'],
    [
      'a float',
      { ticketId: 'f'.repeat(24), expectedPrice: { amount: 1.5, currency: 'usd' } },
      'expectedPrice.amount',
      'not-an-integer',
    ],
    ['a tag that is none', { ticketId: 'f'.repeat(24), expectedOffer: 'x' }, 'expectedOffer', 'invalid-format'],
    ['an unknown field', { ticketId: 'f'.repeat(24), price: 1 }, 'price', 'unknown-field'],
  ])('answers 400 with the field for %s', async (_, body, field, code) => {
    const { cookie } = await service.buyer();
    const answer = await service.api.post('/api/orders').set('Cookie', cookie).send(body);
    expect(answer.status).toBe(400);
    expect(firstProblem(answer)).toMatchObject({ field, code });
  });

  it('answers 401 without a session', async () => {
    await service.api
      .post('/api/orders')
      .send({ ticketId: 'f'.repeat(24) })
      .expect(401);
  });
});

describe('a buyer who holds a ticket again', () => {
  const minutes = (count: number) => {
    service.setNow(new Date(service.now().getTime() + count * 60_000));
  };
  type Buyer = Awaited<ReturnType<OrdersUnderTest['buyer']>>;
  async function holdAndLetGo(buyer: Buyer, ticketId: string) {
    const { id } = (await buyer.order(ticketId).expect(201)).body as OrderView;
    await buyer.cancel(id).expect(200);
  }

  it('pauses after two holds in a row that ended unpaid, and may then hold it twice again', async () => {
    const [{ id }, buyer] = [await service.ticket(), await service.buyer()];
    for (let round = 0; round < 2; round++) {
      await holdAndLetGo(buyer, id);
      minutes(1);
      await holdAndLetGo(buyer, id);
      minutes(4);
      const answer = await buyer.order(id);
      expect(answer.status).toBe(409);
      expect(answer.headers['retry-after']).toBe('360');
      const availableAt = new Date(service.now().getTime() + 360_000).toISOString();
      expect(firstProblem(answer)).toMatchObject({ code: 'hold-paused', retryAfter: 360, availableAt });
      minutes(6);
    }
    await holdAndLetGo(buyer, id);
  });

  it('pauses also when others held the ticket in between, and when a hold expired', async () => {
    const [{ id }, buyer, other] = [await service.ticket(), await service.buyer(), await service.buyer()];
    await holdAndLetGo(buyer, id);
    await holdAndLetGo(other, id);
    const second = (await buyer.order(id).expect(201)).body as OrderView;
    service.setNow(new Date(second.expiresAt));
    await service.consume(expired(second.id, second.expiresAt));
    await holdAndLetGo(other, id);
    expect(firstProblem(await buyer.order(id).expect(409))).toMatchObject({ code: 'hold-paused' });
  });

  it('does not make other buyers pause, nor the buyer for other tickets', async () => {
    const [{ id }, buyer] = [await service.ticket(), await service.buyer()];
    await holdAndLetGo(buyer, id);
    await holdAndLetGo(buyer, id);
    await buyer.order(id).expect(409);
    await holdAndLetGo(buyer, (await service.ticket()).id);
    await (await service.buyer()).order(id).expect(201);
  });

  it('does not pause for orders that were refused', async () => {
    const [ticket, buyer] = [await service.ticket(), await service.buyer()];
    for (const number of [1, 2, 3]) {
      await buyer.order(ticket.id).expect(201);
      await service.consume(refused(ticket, `${ticket.id}-${number}`, 'ticket-changed'));
    }
  });

  it('is placed at most once by eight concurrent requests on two instances, and not at all during a pause', async () => {
    const [{ id }, buyer] = [await service.ticket(), await service.buyer()];
    await holdAndLetGo(buyer, id);
    await holdAndLetGo(buyer, id);
    const instances = [service.context, service.startInstance().context];
    const outcomes = await Promise.allSettled(
      Array.from({ length: 4 }, () => instances)
        .flat()
        .map((context) => placeOrder(context, { ticketId: id, userId: buyer.id })),
    );
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { problems: [{ code: 'hold-paused' }] } });
    expect(await service.models.orders.countDocuments({ ticketId: id })).toBe(2);
  });

  it('is read no other order for when the previous one ended long ago', async () => {
    const [{ id }, buyer] = [await service.ticket(), await service.buyer()];
    await holdAndLetGo(buyer, id);
    await holdAndLetGo(buyer, id);
    minutes(10);
    const find = jest.spyOn(service.context.orders, 'find');
    try {
      await buyer.order(id).expect(201);
      expect(find.mock.calls).toEqual([[`${id}-2`], [`${id}-3`]]);
    } finally {
      find.mockRestore();
    }
  });
});

describe('hold slots', () => {
  it('limit a buyer to three live holds, even for concurrent requests', async () => {
    const buyer = await service.buyer();
    const tickets = await Promise.all(Array.from({ length: 8 }, () => service.ticket()));
    const answers = await Promise.all(tickets.map(({ id }) => buyer.order(id)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
    for (const answer of answers.filter(({ status }) => status !== 201))
      expect(firstProblem(answer)).toMatchObject({ code: 'too-many-holds' });
  });

  it.each(['cancelled', 'complete'] as const)('are released when an order is %s', async (end) => {
    const buyer = await service.buyer();
    const tickets = await Promise.all(Array.from({ length: 4 }, () => service.ticket()));
    for (const { id } of tickets.slice(0, 3)) await buyer.order(id).expect(201);
    const [first, , , last] = tickets;
    if (!first || !last) throw new Error('no tickets');
    await buyer.order(last.id).expect(409);
    if (end === 'cancelled') await buyer.cancel(`${first.id}-1`).expect(200);
    else {
      await service.consume(heldBy(first, `${first.id}-1`));
      await service.consume(payment('payment:authorized', `${first.id}-1`));
      await service.consume(payment('payment:captured', `${first.id}-1`));
    }
    await buyer.order(last.id).expect(201);
  });

  it('are released after a lost race for a ticket', async () => {
    const buyer = await service.buyer();
    for (let i = 0; i < 4; i++) {
      const ticket = await service.ticket();
      await (await service.buyer()).order(ticket.id).expect(201);
      await buyer.order(ticket.id).expect(409);
    }
    await buyer.order((await service.ticket()).id).expect(201);
  });

  it('are told by no answer of the API and by no event', async () => {
    const buyer = await service.buyer();
    const ticket = await service.ticket();
    const placed = await buyer.order(ticket.id).expect(201);
    const { id } = placed.body as OrderView;
    expect((await service.context.orders.find(id))?.buyerSlot).toContain(buyer.id);
    for (const told of [placed.body, (await buyer.get(`/${id}`)).body, (await buyer.get()).body] as object[])
      expect(JSON.stringify(told)).not.toContain('Slot');
    expect(JSON.stringify(await service.emitted(id))).not.toContain('Slot');
  });

  it('let a buyer who has none free have the order that another request of theirs places at this moment', async () => {
    const { id: userId } = randomUser();
    const { context } = service;
    const { id: ticketId } = await service.ticket();
    const insert = context.orders.insert.bind(context.orders);
    // The other request is faster, and takes the only slot.
    const spy = jest.spyOn(context.orders, 'insert').mockImplementationOnce(async (state, events, at) => {
      await insert(state, events, at);
      throw new DuplicateKeyError('another document has the same key');
    });
    const { order, isNew } = await placeOrder(context, { ticketId, userId, isUnconfirmed: true });
    spy.mockRestore();
    expect([order._id, isNew]).toEqual([`${ticketId}-1`, false]);
  });
});

describe('a buyer without a confirmed address', () => {
  let limited: OrdersUnderTest;
  beforeAll(async () => {
    limited = await startOrders({ rateLimits: true });
  });
  afterAll(() => limited.stop());
  let network = 0;
  const from = () => `2001:db8:77:${++network}::1`;

  it('holds one ticket at a time, even for requests that two instances handle at once', async () => {
    const { id: userId } = randomUser();
    const instances = [limited.context, limited.startInstance().context];
    const tickets = await Promise.all(Array.from({ length: 6 }, () => limited.ticket()));
    const outcomes = await Promise.allSettled(
      tickets.flatMap(({ id: ticketId }) =>
        instances.map((context) => placeOrder(context, { ticketId, userId, isUnconfirmed: true })),
      ),
    );
    const placed = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value.order._id] : []));
    expect(new Set(placed).size).toBe(1);
    for (const one of outcomes)
      if (one.status === 'rejected')
        expect(one.reason).toMatchObject({ status: 409, problems: [{ code: 'unconfirmed-holds', limit: 1 }] });
    expect(await limited.models.orders.countDocuments({ userId })).toBe(1);
  });

  it('is refused a second ticket until the first hold ends, and none once the address is confirmed', async () => {
    const address = from();
    const buyer = await limited.buyer();
    const order = async (who: typeof buyer) => who.order((await limited.ticket()).id).set('X-Forwarded-For', address);
    const first = await order(buyer);
    expect(first.status).toBe(201);
    const refusedAnswer = await order(buyer);
    expect(refusedAnswer.status).toBe(409);
    expect(firstProblem(refusedAnswer)).toMatchObject({ code: 'unconfirmed-holds', limit: 1 });
    await buyer.cancel((first.body as OrderView).id).expect(200);
    expect((await order(buyer)).status).toBe(201);

    const confirmed = await limited.buyer({ id: buyer.id, confirmed: true });
    expect((await order(confirmed)).status).toBe(201);
    expect((await order(confirmed)).status).toBe(201);
    expect(firstProblem(await order(confirmed))).toMatchObject({ code: 'too-many-holds', limit: 3 });
  });

  it('gets the order that already holds the ticket for them', async () => {
    const address = from();
    const buyer = await limited.buyer();
    const { id } = await limited.ticket();
    await buyer.order(id).set('X-Forwarded-For', address).expect(201);
    await buyer.order(id).set('X-Forwarded-For', address).expect(200);
  });
});

describe('the holds of a network', () => {
  let limited: OrdersUnderTest;
  beforeAll(async () => {
    limited = await startOrders({ rateLimits: true });
  });
  afterAll(() => limited.stop());

  it('are eight at once for thirty buyers of 29 tickets, also for concurrent requests', async () => {
    const tickets = await Promise.all(Array.from({ length: 29 }, () => limited.ticket()));
    const buyers = await Promise.all(Array.from({ length: 30 }, () => limited.buyer()));
    const hold = async (index: number, address: string) => {
      const buyer = buyers[index] ?? (await limited.buyer());
      return buyer.order(tickets[index % 29]?.id ?? '').set('X-Forwarded-For', address);
    };
    const answers = await Promise.all(buyers.map((_, index) => hold(index, `2001:db8:1:2::${index + 1}`)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(8);
    // The last buyer wants the ticket of the first.
    const refused = answers.slice(1, 29).filter(({ status }) => status !== 201);
    expect(new Set(refused.map((answer) => firstProblem(answer)?.['code']))).toEqual(new Set(['network-holds']));

    // Another network is not affected.
    const index = answers.findIndex(({ status }, buyer) => buyer > 0 && status === 409);
    expect((await hold(index, '2001:db8:1:3::1')).status).toBe(201);

    // A hold that ends makes room for one more.
    const ended = answers.findIndex(({ status }) => status === 201);
    await buyers[ended]?.cancel((answers[ended]?.body as OrderView).id).expect(200);
    const others = answers.flatMap(({ status }, other) => (status === 409 && other !== index ? [other] : []));
    expect((await hold(others[0] ?? 0, '2001:db8:1:2::7')).status).toBe(201);
    expect((await hold(others[1] ?? 0, '2001:db8:1:2::7')).status).toBe(409);
  });

  it('are not used up by an order that another buyer was faster to place', async () => {
    const network = '192.0.2.77';
    for (let time = 0; time < 9; time++) {
      const { id } = await limited.ticket();
      const [first, second] = [randomUser(), randomUser()];
      const outcomes = await Promise.allSettled([
        placeOrder(limited.context, { ticketId: id, userId: first.id }),
        placeOrder(limited.startInstance().context, { ticketId: id, userId: second.id, network }),
      ]);
      const placed = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value.order._id] : []));
      expect(placed).toHaveLength(1);
      await limited.models.orders.updateOne(
        { _id: placed[0] ?? '' },
        { $set: { status: 'cancelled' }, $unset: { networkSlot: 1, buyerSlot: 1 } },
      );
    }
  });
});

describe('a buyer who holds several tickets without paying', () => {
  it('pauses for all tickets after the fourth, and twice as long after each further one, until one is paid', async () => {
    const buyer = await service.buyer();
    const wait = (seconds: number) => {
      service.setNow(new Date(service.now().getTime() + seconds * 1000));
    };
    const hold = async () => buyer.order((await service.ticket()).id);
    const holdAndLetGo = async () => {
      await buyer.cancel(((await hold()).body as OrderView).id).expect(200);
    };
    for (let count = 0; count < 4; count++) await holdAndLetGo();
    for (const pause of [600, 1200, 2400]) {
      const refused = await hold();
      expect([refused.status, refused.headers['retry-after']]).toEqual([409, String(pause)]);
      expect(firstProblem(refused)).toMatchObject({ code: 'holds-paused', retryAfter: pause });
      wait(pause - 1);
      await buyer.order((await service.ticket()).id).expect(409);
      wait(1);
      await holdAndLetGo();
    }
    wait(4800);
    const ticket = await service.ticket();
    const { id } = (await buyer.order(ticket.id).expect(201)).body as OrderView;
    await service.consume(heldBy(ticket, id));
    await service.consume(payment('payment:authorized', id));
    await service.consume(payment('payment:captured', id));
    for (let count = 0; count < 3; count++) await holdAndLetGo();
    await buyer.order((await service.ticket()).id).expect(201);
  });
});
