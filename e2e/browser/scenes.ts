import type { Page } from 'playwright-core';
import { buy, hold, listTicket, signUp } from './browser.ts';
import type { Person } from './browser.ts';

/** A page in one of its states: its path, the visitor, and what to do on it first. */
export type Scene = {
  name: string;
  path: string;
  as?: Person;
  status?: number;
  act?: (page: Page) => Promise<void>;
};

const refused = (page: Page) => page.locator('.notice-bad').waitFor();

/** Every page in every state that can be created over HTTP on a running marketplace. */
export async function makeScenes(url: string): Promise<Scene[]> {
  const [seller, buyer, other] = await Promise.all(['seller', 'buyer', 'other'].map((name) => signUp(url, name)));
  if (!seller || !buyer || !other) throw new Error('no accounts');
  const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
  const details = {
    ...{ category: 'theatre', venue: 'Old Wharf Theatre', city: 'London', section: 'Stalls', row: 'F', seat: '12' },
    ...{ restrictions: 'Restricted view', faceValue: { amount: 7000, currency: 'gbp' } },
  };
  const listed = await listTicket(seller, {
    ...details,
    notes: 'Stalls, row F. The ticket comes by email; the name on it does not matter.',
  });
  await listTicket(seller, {
    title: 'An exceedingly long title for a festival weekend, with camping, parking, early entry and a locker',
    venue: 'A venue whose name is also much longer than anybody would ever want to print on a ticket',
    price: { amount: 24_950_000, currency: 'cop' },
    timeZone: 'America/Bogota',
  });
  await listTicket(seller, {
    title: 'City museums, pass for a year',
    venue: undefined,
    startsAt: undefined,
    timeZone: undefined,
  });
  const held = await listTicket(seller, {
    title: 'Riverside Jazz Night',
    price: { amount: 2800, currency: 'usd' },
    ...{ category: 'concert', venue: 'Pier 9', city: 'New York', section: 'General admission' },
    startsAt: inDays(5),
    timeZone: 'America/New_York',
  });
  const sold = await listTicket(seller, {
    title: 'The Magic Flute, premiere',
    price: { amount: 14_800, currency: 'eur' },
    ...details,
    faceValue: { amount: 16_500, currency: 'eur' },
  });
  await seller.api('PUT', `/api/tickets/${sold.id}/delivery`, {
    code: 'FOYER-7Q2M-41XK',
    instructions: 'Entrance B, from 18:30.',
  });
  const released = await listTicket(seller, { title: 'Swan Lake, box 4', price: { amount: 11_200, currency: 'eur' } });
  const withdrawn = await listTicket(seller, { title: 'Removed' });
  await seller.api('DELETE', `/api/tickets/${withdrawn.id}`);
  const holding = await hold(buyer, held);
  const bought = await buy(buyer, sold);
  const cancelled = await hold(buyer, released);
  await buyer.api('DELETE', `/api/orders/${cancelled.id}`);

  return [
    { name: 'list', path: '/' },
    { name: 'list-filtered', path: '/?q=hamlet&currency=gbp&min=5&max=1%2C000&sort=price' },
    { name: 'list-unreadable-filters', path: '/?min=abc&from=2026-13-45' },
    { name: 'list-no-match', path: '/?q=unobtainium&min=5' },
    { name: 'ticket', path: `/tickets/${listed.id}` },
    { name: 'ticket-own', path: `/tickets/${listed.id}`, as: seller },
    { name: 'ticket-held', path: `/tickets/${held.id}`, as: other },
    { name: 'ticket-held-own', path: `/tickets/${held.id}`, as: seller },
    { name: 'ticket-sold', path: `/tickets/${sold.id}` },
    { name: 'ticket-withdrawn', path: `/tickets/${withdrawn.id}`, status: 410 },
    {
      name: 'ticket-refused',
      path: `/tickets/${listed.id}`,
      as: other,
      act: (page) => refuseHold(page, listed.id, seller),
    },
    { name: 'new', path: '/tickets/new', as: seller },
    {
      name: 'new-refused',
      path: '/tickets/new',
      as: seller,
      async act(page) {
        await page.getByLabel('Price', { exact: true }).fill('a lot');
        await page.getByRole('button', { name: 'List ticket' }).click();
        await refused(page);
      },
    },
    { name: 'edit', path: `/tickets/${listed.id}/edit`, as: seller },
    { name: 'edit-held', path: `/tickets/${held.id}/edit`, as: seller },
    { name: 'edit-sold', path: `/tickets/${sold.id}/edit`, as: seller },
    { name: 'delivery', path: `/tickets/${listed.id}/delivery?news=listed`, as: seller },
    { name: 'delivery-sold', path: `/tickets/${sold.id}/delivery`, as: seller },
    { name: 'sell', path: '/sell', as: seller },
    { name: 'sell-empty', path: '/sell', as: other },
    { name: 'orders', path: '/orders', as: buyer },
    { name: 'orders-empty', path: '/orders', as: other },
    { name: 'order-to-pay', path: `/orders/${holding.id}`, as: buyer },
    {
      name: 'order-declined',
      path: `/orders/${holding.id}`,
      as: buyer,
      async act(page) {
        await page.getByText('Visa (declined)').click();
        await page.getByRole('button', { name: /^Pay \$/ }).click();
        await refused(page);
      },
    },
    { name: 'order-complete', path: `/orders/${bought.id}`, as: buyer },
    { name: 'order-cancelled', path: `/orders/${cancelled.id}`, as: buyer },
    { name: 'order-of-another', path: `/orders/${bought.id}`, as: other, status: 404 },
    { name: 'signin', path: `/auth/signin?next=/tickets/${listed.id}` },
    {
      name: 'signin-refused',
      path: '/auth/signin',
      async act(page) {
        await page.getByLabel('Email address').fill('visitor@example.com');
        await page.getByLabel('Password').fill('not the password');
        await page.getByRole('button', { name: 'Sign in' }).click();
        await refused(page);
      },
    },
    { name: 'signup', path: '/auth/signup' },
    { name: 'signout', path: '/auth/signout', as: buyer },
    { name: 'forgotten', path: '/auth/forgotten' },
    {
      name: 'forgotten-refused',
      path: '/auth/forgotten',
      async act(page) {
        await page.getByLabel('Email address').fill('not an address');
        await page.getByRole('button', { name: 'Send me a link' }).click();
        await refused(page);
      },
    },
    { name: 'forgotten-sent', path: '/auth/forgotten?sent=1' },
    { name: 'reset', path: '/auth/reset?token=of-a-mail' },
    {
      name: 'reset-refused',
      path: '/auth/reset?token=of-a-mail',
      async act(page) {
        await page.getByLabel('New password').fill('purple monkey dishwasher');
        await page.getByRole('button', { name: 'Change password' }).click();
        await refused(page);
      },
    },
    { name: 'reset-incomplete', path: '/auth/reset' },
    { name: 'confirm', path: '/auth/confirm?token=of-a-mail' },
    { name: 'confirm-unknown', path: '/auth/confirm?token=of-a-mail&outcome=unknown' },
    { name: 'confirm-ended', path: '/auth/confirm?outcome=ended' },
    { name: 'confirmed', path: '/auth/confirm?outcome=confirmed' },
    { name: 'account', path: '/account', as: buyer },
    {
      name: 'account-refused',
      path: '/account',
      as: buyer,
      async act(page) {
        await page.getByLabel('Current password').fill('not the password');
        await page.getByLabel('New password').fill('purple monkey dishwasher');
        await page.getByRole('button', { name: 'Change password' }).click();
        await refused(page);
      },
    },
    { name: 'account-deleted', path: '/auth/deleted' },
    { name: 'not-found', path: '/nothing/here.png', status: 404 },
  ];
}

/** Changes the price and then presses Hold, so that the page refuses. Each call changes the price again. */
async function refuseHold(page: Page, id: string, seller: Person): Promise<void> {
  const shown = await seller.api<{ price: { amount: number } }>('GET', `/api/tickets/${id}`);
  const price = { amount: shown.data.price.amount + 100, currency: 'gbp' };
  await seller.api('PUT', `/api/tickets/${id}`, {
    title: 'Hamlet, stalls row F',
    price,
    venue: 'Old Wharf Theatre, London',
    startsAt: new Date(Date.now() + 30 * 86_400_000).toISOString(),
    timeZone: 'Europe/London',
    notes: 'Stalls, row F. The ticket comes by email; the name on it does not matter.',
  });
  await page.getByRole('button', { name: /^Hold for/ }).click();
  await refused(page);
}
