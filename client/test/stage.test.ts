import { describe, expect, it } from '@jest/globals';
import type { Answer, Http } from '../src/api/http.ts';
import type { Order, Payment, Ticket } from '../src/api/types.ts';
import {
  AVAILABILITY_TEXTS,
  availabilityOf,
  contentOf,
  endOfPayment,
  readOrderNews,
  stageOf,
} from '../src/app/orders/[id]/_components/stage.ts';

const paymentThat = (status: Payment['status']) => ({ ok: true, data: { status } }) as Answer<Payment>;
const noPayment = { ok: false, status: 404 } as Answer<Payment>;
const noAnswer = { ok: false, status: 503 } as Answer<Payment>;

describe('the stage of an order that was read as awaiting payment', () => {
  it.each([
    ['there is no payment', noPayment],
    ['the last card was declined', paymentThat('declined')],
  ])('asks to pay when %s', (_, payment) => {
    expect(stageOf({ status: 'awaiting:payment' }, payment)).toBe('pay');
  });

  it('waits for the bank while the bank waits for the buyer', () => {
    expect(stageOf({ status: 'awaiting:payment' }, paymentThat('authenticating'))).toBe('confirming');
  });

  it.each([
    ['payments is down', noAnswer],
    ['payments refuses to be read so often', { ok: false, status: 429 } as Answer<Payment>],
    ['the payment was not read', undefined],
  ])('neither asks to pay nor to let go when %s', (_, payment) => {
    expect(stageOf({ status: 'awaiting:payment' }, payment)).toBe('unclear');
  });

  it.each(['requested', 'authorized', 'captured', 'voided', 'failed'] as const)(
    'does not ask to pay again when the payment, which is read later, is %s',
    (status) => {
      expect(stageOf({ status: 'awaiting:payment' }, paymentThat(status))).toBe('paying');
    },
  );
});

describe('the ticket of an order that has ended', () => {
  const ticketThat = (data: Partial<Ticket>) => ({ ok: true, data }) as Answer<Ticket>;

  it.each<[string, Answer<Ticket> | undefined, string]>([
    ['on sale', ticketThat({ status: 'listed' }), 'on-sale'],
    ['on hold', ticketThat({ status: 'held' }), 'on-hold'],
    ['listed for an event that has started', ticketThat({ status: 'listed', isClosed: true }), 'closed'],
    ['on hold for an event that has started', ticketThat({ status: 'held', isClosed: true }), 'closed'],
    ['sold', ticketThat({ status: 'sold', isClosed: true }), 'sold'],
    ['removed', { ok: false, status: 410 } as Answer<Ticket>, 'removed'],
    ['not readable', { ok: false, status: 503 } as Answer<Ticket>, 'unknown'],
    ['not read', undefined, 'unknown'],
  ])('is offered again only when it can be held: %s', (_, ticket, availability) => {
    expect(availabilityOf(ticket)).toBe(availability);
  });
});

describe('what an order that has ended tells its buyer', () => {
  it('never promises the ticket, which a buyer may have to wait for', () => {
    expect(AVAILABILITY_TEXTS['on-sale']).toBe('It’s back on sale.');
  });

  it.each([
    ['authorized', 'expired', 'Your payment reached us too late to complete this order. Your bank may show'],
    ['authorized', 'buyer', 'Your bank may show'],
    ['authenticating', 'expired', 'Your bank had no confirmation from you.'],
    ['declined', 'expired', ''],
  ] as const)(
    'is of a payment that is %s, of an order that ended as %s, no more than is known',
    (status, reason, text) => {
      const payment = { status: 'declined', attempts: [{ status }] } as unknown as Payment;
      const shown = endOfPayment({ reason }, payment);
      expect(shown.slice(0, text.length)).toBe(text);
      expect(shown === '').toBe(text === '');
    },
  );
});

const AT = '2026-12-04T19:30:00.000Z';
const later = (seconds: number) => new Date(Date.parse(AT) + seconds * 1000).toISOString();

const orderThat = (changes: Partial<Order>): Order => ({
  ...({ id: '0123456789abcdef01234567-1', version: 2, status: 'awaiting:payment' } as Order),
  expiresAt: later(900),
  serverNow: later(1),
  history: [{ status: 'created', at: AT }],
  ...changes,
});

describe('the content of an order’s page', () => {
  const rendered = contentOf(orderThat({}), noPayment);

  it('is the same while only time passes', () => {
    expect(contentOf(orderThat({ serverNow: later(600) }), noPayment)).toBe(rendered);
  });

  it.each<[string, Partial<Order>, Answer<Payment> | undefined]>([
    ['the order', { version: 3 }, noPayment],
    ['the stage, as its payment is in progress', {}, paymentThat('authorized')],
    ['whether its payment is known, as payments is down', {}, noAnswer],
  ])('changes with %s', (_, changes, payment) => {
    expect(contentOf(orderThat(changes), payment)).not.toBe(rendered);
  });

  it('changes when the ticket has not been reserved after the usual time', () => {
    const at = (seconds: number) => contentOf(orderThat({ status: 'created', serverNow: later(seconds) }), undefined);
    expect(at(9)).toBe(at(1));
    expect(at(11)).not.toBe(at(9));
  });

  it('does not depend on payments once the order is not waiting for it', () => {
    const paying = { status: 'capturing' } as const;
    expect(contentOf(orderThat(paying), noAnswer)).toBe(contentOf(orderThat(paying), undefined));
  });
});

describe('news of an order', () => {
  /** An API with these answers; it records the paths. */
  function api(order: Answer<Order>, payment: Answer<Payment> = noPayment) {
    const paths: string[] = [];
    const http: Http = (_method, path) => {
      paths.push(path);
      return Promise.resolve((path.startsWith('/api/payments') ? payment : order) as Answer<never>);
    };
    return { http, paths };
  }
  const success = (order: Order): Answer<Order> => ({ ok: true, status: 200, data: order });
  const failure = (status: number) => ({ ok: false, status }) as Answer<Order>;
  const { id } = orderThat({});

  it('have the content that the page would have, and the time left', async () => {
    const order = orderThat({});
    expect(await readOrderNews(api(success(order)).http, id)).toEqual({
      content: contentOf(order, noPayment),
      msLeft: 899_000,
    });
  });

  it('include the payment only while the order waits for it', async () => {
    const waiting = api(success(orderThat({})));
    await readOrderNews(waiting.http, id);
    expect(waiting.paths).toEqual([`/api/orders/${id}`, `/api/payments/${id}`]);
    const capturing = api(success(orderThat({ status: 'capturing' })));
    await readOrderNews(capturing.http, id);
    expect(capturing.paths).toEqual([`/api/orders/${id}`]);
  });

  it.each([
    [401, 'not visible'],
    [404, 'not visible'],
    [503, 'unknown'],
    [429, 'unknown'],
  ])('for status %i are "%s"', async (status, news) => {
    expect(await readOrderNews(api(failure(status)).http, id)).toBe(news);
  });
});
