import { describe, expect, it } from '@jest/globals';
import { envelope, eventId, events, isEnded, toEnvelope } from '@ticketing/common';
import type { EventData, EventName, DomainEvent, OrderData, TicketData } from '@ticketing/common';
import { withRequestId } from '@ticketing/runtime';

const instant = '2030-01-01T00:15:00.000Z';
const offer = { title: 'Concert', price: { amount: 2000, currency: 'usd' } };
const ticket: TicketData = {
  ...{ ...offer, id: 't1', version: 3, sellerId: 's1', status: 'held' },
  ...{ reservedUntil: instant, orderId: 't1-1', buyerId: 'u1', lastOrder: 1 },
};
const order: OrderData = {
  ...{ id: 't1-1', version: 1, ticketId: 't1', number: 1, userId: 'u1', status: 'created' },
  offer,
  expiresAt: instant,
};
const payment: EventData<'payment:captured'> = {
  ...{ id: 't1-1', version: 2, orderId: 't1-1', status: 'captured', amount: 2000, currency: 'usd' },
};

/** A valid example of each event; the compiler ensures that none is missing. */
const examples: { [Name in EventName]: EventData<Name> } = {
  'ticket:created': ticket,
  'ticket:updated': ticket,
  'ticket:refused': { id: 't1', version: 3, orderId: 't1-1', reason: 'ticket-changed' },
  'order:created': order,
  'order:claimed': order,
  'order:completed': order,
  'order:cancelled': { ...order, reason: 'expired' },
  'payment:authorized': payment,
  'payment:captured': payment,
  'payment:failed': payment,
  'payment:voided': payment,
  'session:ended': { id: 'u1', version: 2, sessions: [{ id: 's1', endsAt: instant }] },
  'expiration:complete': { id: 't1-1', version: 0, orderId: 't1-1', expiresAt: instant },
};
const ofHold = ['reservedUntil', 'orderId', 'buyerId', 'lastOrder'];
const OPTIONAL = new Set([
  ...['ticket:created', 'ticket:updated'].flatMap((name) => ofHold.map((field) => `${field} of ${name}`)),
  'reason of order:cancelled',
]);
const names = Object.keys(examples) as EventName[];

describe('the catalog', () => {
  it('has an example of every event', () => {
    expect(names.sort()).toEqual(Object.keys(events).sort());
  });

  it('names every event noun:past-tense', () => {
    for (const name of names) expect(name).toMatch(/^[a-z]+:[a-z]+$/);
  });
});

describe.each(names)('%s', (name) => {
  const example = examples[name] as Record<string, unknown>;
  const accepts = (data: unknown) => events[name].safeParse(data).success;

  it('accepts valid data and keeps all of its fields', () => {
    expect(events[name].parse(example)).toEqual(example);
  });

  it('rejects data when a field is null or of another type, or when a required one is missing', () => {
    for (const field of Object.keys(example)) {
      const accepted = accepts({ ...example, [field]: undefined });
      expect({ field, accepted }).toEqual({ field, accepted: OPTIONAL.has(`${field} of ${name}`) });
      for (const value of [null, [example[field]]])
        expect({ field, accepted: accepts({ ...example, [field]: value }) }).toEqual({ field, accepted: false });
    }
  });

  it('rejects data that is not an object', () => {
    for (const data of [undefined, null, 'text', 7, [], [example]]) expect(accepts(data)).toBe(false);
  });

  it('rejects a version that is negative, a fraction or text, and ids that are empty or too long', () => {
    for (const version of [-1, 0.5, '1', 2 ** 53]) expect(accepts({ ...example, version })).toBe(false);
    for (const id of ['', 'x'.repeat(101), 7]) expect(accepts({ ...example, id })).toBe(false);
  });
});

describe('amounts and instants', () => {
  it('are rejected when they are malformed', () => {
    const accepts = (changes: object) => events['order:created'].safeParse({ ...order, ...changes }).success;
    for (const amount of [0, -1, 19.99, '2000', 1e308])
      expect(accepts({ offer: { ...offer, price: { amount, currency: 'usd' } } })).toBe(false);
    for (const currency of ['USD', 'us', 'dollar', 7])
      expect(accepts({ offer: { ...offer, price: { amount: 2000, currency } } })).toBe(false);
    for (const expiresAt of ['tomorrow', '2030-02-30T00:00:00.000Z', '2030-01-01', 1_900_000_000])
      expect(accepts({ expiresAt })).toBe(false);
    for (const status of ['expired', 'Created', '']) expect(accepts({ status })).toBe(false);
  });
});

describe('the highest order number of a ticket', () => {
  it.each([0, -1, 1.5, '1'])('is rejected when it is %j', (lastOrder) => {
    expect(events['ticket:updated'].safeParse({ ...ticket, lastOrder }).success).toBe(false);
  });
});

describe('an event', () => {
  it('has an id made of the id of its document, its version and its name', () => {
    const event: DomainEvent = { name: 'order:created', data: order };
    expect(eventId(event)).toBe('t1-1:1:order:created');
  });

  it('is wrapped in an envelope with or without a request id', () => {
    const bare = { id: 'a:1:b', name: 'order:created', at: instant, data: order };
    expect(envelope.parse(bare)).toEqual(bare);
    expect(envelope.parse({ ...bare, requestId: 'r1' })).toEqual({ ...bare, requestId: 'r1' });
  });
});

describe('toEnvelope', () => {
  it('adds the id, the time and the id of the current request to an event', () => {
    const event: DomainEvent = { name: 'order:created', data: order };
    const bare = { id: 't1-1:1:order:created', name: 'order:created', at: instant, data: order };
    expect(toEnvelope(event, new Date(instant))).toEqual(bare);
    expect(withRequestId('request-1', () => toEnvelope(event, new Date(instant)))).toEqual({
      ...bare,
      requestId: 'request-1',
    });
  });
});

describe('an order', () => {
  it('has ended when it is complete or cancelled', () => {
    expect(events['order:created'].shape.status.options.filter(isEnded)).toEqual(['complete', 'cancelled']);
  });
});
