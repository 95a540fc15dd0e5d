import { describe, expect, it } from '@jest/globals';
import type { Answer, Http } from '../src/api/http.ts';
import { liveSales, myListings } from '../src/app/account/_lib/live-sales.ts';

const DOWN: Answer<never> = { ok: false, status: 503, problems: [], isOutcomeUnknown: true };
const success = (data: unknown): Answer<never> => ({ ok: true, status: 200, data: data as never });

/** An API with these listings and orders, in pages of one. */
const api = ({ tickets, orders }: { tickets?: object[]; orders?: object[] }): Http => {
  const pageOf = (name: string, items: object[] | undefined, path: string): Answer<never> => {
    if (items === undefined) return DOWN;
    const index = Number(new URL(path, 'http://x').searchParams.get('cursor') ?? 0);
    return success({
      [name]: items.slice(index, index + 1),
      next: index + 1 < items.length ? String(index + 1) : null,
    });
  };
  return (_method, path) =>
    Promise.resolve(
      path.startsWith('/api/tickets') ? pageOf('tickets', tickets, path) : pageOf('orders', orders, path),
    );
};

describe('what keeps an account from being deleted', () => {
  it.each([
    ['nothing', { tickets: [], orders: [] }, 'none'],
    ['nothing, once all is over', { tickets: [{ status: 'sold' }], orders: [{ status: 'complete' }] }, 'none'],
    ['nothing, when an event has started', { tickets: [{ status: 'listed', isClosed: true }], orders: [] }, 'none'],
    ['a ticket on sale', { tickets: [{ status: 'sold' }, { status: 'listed' }], orders: [] }, 'listings'],
    ['a ticket that a buyer holds', { tickets: [{ status: 'held', isClosed: true }], orders: [] }, 'listings'],
    ['a hold', { tickets: [], orders: [{ status: 'complete' }, { status: 'awaiting:payment' }] }, 'orders'],
    ['a service that is down', { tickets: [], orders: undefined }, 'unknown'],
  ] as const)('is %s', async (_what, { tickets, orders }, expected) => {
    expect(await liveSales(api({ tickets: [...tickets], ...(orders && { orders: [...orders] }) }))).toBe(expected);
  });
});

describe('the data of a visitor', () => {
  it('has every page of a list', async () => {
    for (const length of [9, 100]) {
      const tickets = Array.from({ length }, (_, index) => ({ id: String(index) }));
      expect(await myListings(api({ tickets }))).toEqual(tickets);
    }
  });

  it('is not taken for complete when there is more than can be read', async () => {
    const tickets = Array.from({ length: 101 }, () => ({ status: 'sold' }));
    expect(await myListings(api({ tickets }))).toBeUndefined();
    expect(await liveSales(api({ tickets, orders: [] }))).toBe('unknown');
  });
});
