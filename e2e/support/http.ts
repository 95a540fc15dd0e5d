import { randomBytes } from 'node:crypto';
import { eventually } from './eventually.ts';

export interface Answer<T = Record<string, unknown>> {
  status: number;
  body: T;
  headers: Headers;
}

/** Sends a request with a visitor's cookie. A failed connection is a status of 0. */
export async function send<T = Record<string, unknown>>(
  url: string,
  method: string,
  body?: unknown,
  cookie?: string,
): Promise<Answer<T>> {
  try {
    const response = await fetch(url, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(cookie !== undefined && { cookie }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(35_000),
    });
    const text = await response.text();
    return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as T, headers: response.headers };
  } catch {
    return { status: 0, body: {} as T, headers: new Headers() };
  }
}

/** The Cookie header of a browser that has got this answer. */
export const cookieOf = ({ headers }: Answer<unknown>): string =>
  headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');

export interface Ticket {
  id: string;
  title: string;
  status: string;
  version: number;
  price: { amount: number; currency: string };
}

export interface Order {
  id: string;
  status: string;
  reason?: string;
  expiresAt: string;
  serverNow: string;
  history: { status: string; at: string; reason?: string }[];
}

export type User = Awaited<ReturnType<ReturnType<typeof visitors>['signUp']>>;

/** An amount of US cents. */
export const usd = (amount: number) => ({ amount, currency: 'usd' });

/** Clients of the marketplace at `url`. */
export function visitors(url: string) {
  const api = <T = Record<string, unknown>>(method: string, path: string, body?: unknown, cookie?: string) =>
    send<T>(`${url}/api${path}`, method, body, cookie);
  return {
    api,
    /** A new user; `cookie` is the session. */
    signUp: async () => {
      const credentials = { email: `${randomBytes(8).toString('hex')}@example.com`, password: 'a good long password' };
      const answer = await api<{ id: string }>('POST', '/users/signup', credentials);
      if (answer.status !== 201)
        throw new Error(`signing up answered ${answer.status}: ${JSON.stringify(answer.body)}`);
      const cookie = cookieOf(answer);
      const order = (ticketId: string) => api<Order>('POST', '/orders', { ticketId }, cookie);
      const pay = (orderId: string, paymentMethod = 'pm_card_visa') =>
        api('POST', '/payments', { orderId, paymentMethod }, cookie);
      return {
        id: answer.body.id,
        ...credentials,
        cookie,
        list: (listing: object = {}) =>
          api<Ticket>('POST', '/tickets', { title: 'Concert', price: usd(2000), ...listing }, cookie),
        edit: (id: string, listing: object) => api<Ticket>('PUT', `/tickets/${id}`, listing, cookie),
        order,
        /** Orders a ticket that may be so new that orders does not know it yet. */
        orderNew: (ticketId: string) =>
          eventually(
            () => order(ticketId),
            ({ status }) => status !== 404,
          ),
        /** Sets the code that the buyer of a ticket gets. */
        deliver: (ticketId: string, code: string) => api('PUT', `/tickets/${ticketId}/delivery`, { code }, cookie),
        delivery: (ticketId: string) =>
          api<{ code?: string }>('GET', `/tickets/${ticketId}/delivery`, undefined, cookie),
        see: (orderId: string) => api<Order>('GET', `/orders/${orderId}`, undefined, cookie),
        cancel: (orderId: string) => api<Order>('DELETE', `/orders/${orderId}`, undefined, cookie),
        pay,
        /** Pays for an order that may be so new that payments does not know it yet. */
        payNew: (orderId: string, paymentMethod?: string) =>
          eventually(
            () => pay(orderId, paymentMethod),
            ({ status }) => status !== 404,
          ),
      };
    },
    ticket: (id: string) => api<Ticket>('GET', `/tickets/${id}`),
  };
}
