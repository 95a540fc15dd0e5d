import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { keyboardProblems } from './accessibility.ts';
import { buy, hold, launchBrowser, listTicket, poll, signUp, translate, visit } from './browser.ts';
import type { Person, Visit } from './browser.ts';
import { startMarketplace } from '../support/stack.ts';
import type { Marketplace } from '../support/stack.ts';

let stack: Marketplace;
let browser: Browser;
let seller: Person;
let open: Visit[] = [];

beforeAll(async () => {
  stack = await startMarketplace({ client: true });
  browser = await launchBrowser();
  seller = await signUp(stack.url, 'seller');
});

afterAll(async () => {
  await browser.close();
  await stack.end();
});

afterEach(async () => {
  await Promise.all(open.map((one) => one.close()));
  open = [];
});

/** Opens a page and marks it: the mark is gone when the page has been loaded again. */
async function opened(path: string, as?: Person): Promise<Page> {
  const one = await visit(browser, stack.url, as ? { as } : {});
  open.push(one);
  await one.page.goto(path);
  await one.page.evaluate('window.stillHere = true');
  return one.page;
}

const isStillHere = (page: Page) => page.evaluate('window.stillHere === true');
const offline = (page: Page, isOffline = true) => page.context().setOffline(isOffline);
const line = (page: Page) => page.locator('.connection-line p');
const seconds = async (page: Page) => {
  const [minutes = 0, rest = 0] = (await page.getByRole('timer').innerText()).split(':').map(Number);
  return minutes * 60 + rest;
};

/** Waits until screen readers are told this, which happens a moment after it is shown. */
const announced = (page: Page, text: string) => page.getByRole('status').filter({ hasText: text }).waitFor();

/** Answers forms as a server with another build does. */
const deployAnother = (page: Page) =>
  page.route('**/*', (route) =>
    route.request().headers()['next-action'] === undefined
      ? route.continue()
      : route.fulfill({ status: 404, headers: { 'x-nextjs-action-not-found': '1' }, body: 'Server action not found.' }),
  );

describe('the page of an order', () => {
  it('stays while the connection is lost, tells so, and catches up after its return', async () => {
    const buyer = await signUp(stack.url, 'buyer');
    const order = await hold(buyer, await listTicket(seller, { title: 'Tunnel' }));
    const page = await opened(`/orders/${order.id}`, buyer);
    const before = await seconds(page);
    await offline(page);
    await line(page).getByText('Connection lost.').waitFor();
    await poll(
      () => seconds(page),
      (now) => now <= before - 4,
    );
    await page.getByRole('button', { name: /^Pay £/ }).waitFor();
    await buyer.api('POST', '/api/payments', { orderId: order.id, paymentMethod: 'pm_card_visa' });
    await offline(page, false);
    await page.getByRole('heading', { name: 'Receipt' }).waitFor();
    expect(await line(page).count()).toBe(0);
    expect(await isStillHere(page)).toBe(true);
  });

  it('stays while the page server is restarted, and shows afterwards what has happened', async () => {
    const buyer = await signUp(stack.url, 'buyer');
    const order = await hold(buyer, await listTicket(seller, { title: 'Restart' }));
    const page = await opened(`/orders/${order.id}`, buyer);
    await stack.process('client').stop();
    await buyer.api('DELETE', `/api/orders/${order.id}`);
    await line(page).getByText('Connection lost.').waitFor();
    expect(await page.getByRole('timer').innerText()).toMatch(/^1[0-5]:/);
    // A link stays without effect: its page could not be loaded.
    await page.getByRole('link', { name: 'My orders' }).first().click();
    await stack.process('client').start();
    await page.getByRole('heading', { name: 'You cancelled this order' }).waitFor();
    // What is shown now is not watched.
    await line(page).waitFor({ state: 'detached' });
    expect(await isStillHere(page)).toBe(true);
  });

  it('offers to reload once the server has another build', async () => {
    const buyer = await signUp(stack.url, 'buyer');
    const order = await hold(buyer, await listTicket(seller, { title: 'Another build' }));
    const page = await opened(`/orders/${order.id}`, buyer);
    await deployAnother(page);
    await buyer.api('DELETE', `/api/orders/${order.id}`);
    await page.evaluate("window.dispatchEvent(new Event('focus'))");
    await line(page).getByText('This page is out of date.').waitFor();
    await line(page).getByRole('button', { name: 'Reload' }).click();
    await page.getByRole('heading', { name: 'You cancelled this order' }).waitFor();
  });

  it('counts on from where it was when a visitor comes back to it, also in the tab’s title', async () => {
    const buyer = await signUp(stack.url, 'buyer');
    const order = await hold(buyer, await listTicket(seller, { title: 'Boomerang' }));
    const page = await opened(`/orders/${order.id}`, buyer);
    const before = await seconds(page);
    await poll(
      () => page.title(),
      (title) => /^1[0-5]:\d\d left · On hold: Boomerang/.test(title),
    );
    await page.getByRole('link', { name: 'My orders' }).first().click();
    await page.getByRole('heading', { name: 'My orders' }).waitFor();
    // The title follows the page a moment later.
    const title = await poll(
      () => page.title(),
      (now) => now.startsWith('My orders'),
    );
    expect(title).toMatch(/^My orders/);
    await page.waitForTimeout(3000);
    await page.goBack();
    await page.getByRole('timer').waitFor();
    expect(await seconds(page)).toBeLessThan(before - 2);
    expect(await isStillHere(page)).toBe(true);
  });
});

describe('a form that can’t be sent', () => {
  it('keeps every field of a new listing while offline with what to do, and is sent when back', async () => {
    const page = await opened('/tickets/new', await signUp(stack.url, 'owner'));
    const typed = {
      Event: 'Aida',
      Price: '80',
      Venue: 'Arena',
      City: 'Verona',
      'Date and start time': '2031-06-01T21:00',
    };
    const field = (label: string) => page.getByRole('textbox', { name: label }).or(page.getByLabel(label)).first();
    for (const [label, value] of Object.entries(typed)) await field(label).fill(value);
    await page.getByLabel('Currency').selectOption('eur');
    await page.getByLabel('Venue time zone').selectOption('Europe/Rome');
    await offline(page);
    await page.getByRole('button', { name: 'List ticket' }).click();
    await page.getByText('You’re offline. Nothing was sent').waitFor();
    for (const [label, value] of Object.entries(typed)) expect(await field(label).inputValue()).toBe(value);
    expect(await page.getByLabel('Currency').inputValue()).toBe('eur');
    expect(await page.getByLabel('Venue time zone').inputValue()).toBe('Europe/Rome');
    await offline(page, false);
    await page.getByRole('button', { name: 'List ticket' }).click();
    await page.getByText('Your ticket is on sale now.').waitFor();
    expect(await page.locator('main').innerText()).toContain('Aida');
  });

  it('keeps what was typed through the reload that another build needs', async () => {
    const page = await opened('/tickets/new', await signUp(stack.url, 'owner'));
    await page.getByLabel('Event', { exact: true }).fill('Tosca');
    await page.getByLabel('Price', { exact: true }).fill('75');
    await deployAnother(page);
    await page.getByRole('button', { name: 'List ticket' }).click();
    await page.getByText('This site was updated').waitFor();
    expect(await page.getByLabel('Event', { exact: true }).inputValue()).toBe('Tosca');
    await page.getByRole('button', { name: 'Reload this page' }).click();
    await poll(
      // While it is replaced, a page can't be asked.
      () => isStillHere(page).catch(() => true),
      (here) => here === false,
    );
    await poll(
      () => page.getByLabel('Event', { exact: true }).inputValue(),
      (value) => value === 'Tosca',
    );
    expect(await page.getByLabel('Event', { exact: true }).inputValue()).toBe('Tosca');
    expect(await page.getByLabel('Price', { exact: true }).inputValue()).toBe('75');
  });

  it('keeps a chosen file while offline, and is sent when back', async () => {
    const owner = await signUp(stack.url, 'owner');
    const ticket = await listTicket(owner, { title: 'Norma' });
    const page = await opened(`/tickets/${ticket.id}/delivery`, owner);
    const buffer = Buffer.from(`%PDF-1.7\n${ticket.id}\n%%EOF\n`);
    await page.getByLabel('Add a file').setInputFiles({ name: 'norma.pdf', mimeType: 'application/pdf', buffer });
    await offline(page);
    await page.getByRole('button', { name: 'Add file' }).click();
    await page.getByText('You’re offline. Nothing was sent').waitFor();
    expect(await isStillHere(page)).toBe(true);
    await offline(page, false);
    await page.getByRole('button', { name: 'Add file' }).click();
    await page.getByRole('link', { name: 'norma.pdf' }).waitFor();
  });

  it('stays, while offline, when a buyer pays, cancels, signs in or signs out', async () => {
    const buyer = await signUp(stack.url, 'buyer');
    const order = await hold(buyer, await listTicket(seller, { title: 'Unplugged' }));
    const page = await opened(`/orders/${order.id}`, buyer);
    await page.getByText('Mastercard (succeeds)').click();
    await offline(page);
    await page.getByRole('button', { name: /^Pay £/ }).click();
    await page.getByText('You’re offline. Nothing was sent').waitFor();
    expect(await page.getByLabel(/^Mastercard/).isChecked()).toBe(true);
    await page.getByText('Cancel hold').click();
    await page.getByRole('button', { name: 'Yes, cancel it' }).click();
    await poll(
      () => page.getByText('You’re offline. Nothing was sent').count(),
      (count) => count === 2,
    );
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('You’re still signed in').waitFor();
    expect(await isStillHere(page)).toBe(true);
    await offline(page, false);
    await page.getByText('You’re still signed in').waitFor({ state: 'detached' });

    const guest = await opened('/auth/signin');
    await offline(guest);
    await guest.getByLabel('Email address').fill(buyer.email);
    await guest.getByLabel('Password').fill(buyer.password);
    await guest.getByRole('button', { name: 'Sign in' }).click();
    await guest.getByText('You’re offline. Nothing was sent').waitFor();
    expect(await guest.getByLabel('Password').inputValue()).toBe(buyer.password);
  });
});

/** Loads the page again as where no stream of changes gets through. */
async function withoutStream(page: Page): Promise<void> {
  await page.route('**/api/tickets/events*', (route) => route.abort());
  await page.reload();
}

describe('the list', () => {
  it('stays when a search is sent or a link is followed while offline, and tells so', async () => {
    await listTicket(seller, { title: 'Out of reach' });
    const page = await opened('/?q=reach');
    await offline(page);
    await page.getByLabel('Search', { exact: true }).fill('typed offline');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByRole('link', { name: 'Out of reach' }).click();
    await line(page).getByText('Connection lost.').waitFor();
    expect(await isStillHere(page)).toBe(true);
    await offline(page, false);
    await page.getByRole('button', { name: 'Search' }).click();
    await page.waitForURL(/q=typed/);
    expect(await isStillHere(page)).toBe(true);
  });

  it('shows by itself what happens to its tickets, moves nothing, and announces it', async () => {
    const buyer = await signUp(stack.url, 'buyer');
    const ticket = await listTicket(seller, { title: 'Watched by many' });
    const page = await opened('/?q=watched');
    const row = page.getByRole('listitem').filter({ hasText: 'Watched by many' });
    const place = await row.boundingBox();
    const order = await hold(buyer, ticket);
    await row.getByText('On hold').waitFor();
    await page.locator('[data-live="list"]', { hasText: '“Watched by many” is on hold.' }).waitFor();
    await buyer.api('DELETE', `/api/orders/${order.id}`);
    await row.getByText('Available again').waitFor();
    expect(await row.boundingBox()).toEqual(place);
    expect(await isStillHere(page)).toBe(true);
  });
});

describe('the page of a ticket', () => {
  it('shows and announces by itself that someone is buying the ticket', async () => {
    const buyer = await signUp(stack.url, 'buyer');
    const ticket = await listTicket(seller, { title: 'Under your nose' });
    const page = await opened(`/tickets/${ticket.id}`);
    const order = await hold(buyer, ticket);
    await page.getByRole('heading', { name: 'On hold', exact: true }).waitFor();
    await announced(page, 'Someone is buying this ticket right now. It may come back.');
    expect(await isStillHere(page)).toBe(true);

    await page.getByRole('button', { name: 'Tell me when it’s back' }).click();
    await page.getByText('We’ll tell you here').waitFor();
    await page.goto('/auth/signin');
    await buyer.api('DELETE', `/api/orders/${order.id}`);
    await page.getByRole('link', { name: 'Under your nose is available again' }).waitFor();
    await page.reload();
    await page.getByRole('button', { name: 'Dismiss' }).click();
    await page.reload();
    expect(await page.getByText('is available again').count()).toBe(0);
  });

  it('leads to a bar with the time left, on other pages than that of the order, also without scripts', async () => {
    const buyer = await signUp(stack.url, 'buyer');
    const ticket = await listTicket(seller, { title: 'Still to pay' });
    const page = await opened(`/tickets/${ticket.id}`, buyer);
    const bar = page.getByRole('complementary', { name: 'Your hold' });
    await page.getByRole('button', { name: 'Hold for 15 minutes' }).click();
    await page.getByRole('heading', { name: 'Payment', exact: true }).waitFor();
    expect(await bar.count()).toBe(0);
    await page.getByRole('link', { name: 'Tickets', exact: true }).click();
    await bar.getByText(/^1[0-5]:\d\d$/).waitFor();
    const html = await page.evaluate<string>('fetch("/").then((response) => response.text())');
    expect(html).toMatch(/You hold <bdi>Still to pay<.*until .*UTC/s);
    await page.reload();
    await bar.getByRole('link', { name: 'Pay now' }).click();
    await page.getByText('Cancel hold').click();
    await page.getByRole('button', { name: 'Yes, cancel it' }).click();
    await page.getByRole('heading', { name: 'You cancelled this order' }).waitFor();
    await page.getByRole('link', { name: 'Tickets', exact: true }).click();
    await page.getByRole('heading', { name: 'On sale now' }).waitFor();
    expect(await bar.count()).toBe(0);
  });

  it('shows what has happened though it can’t be rendered at first', async () => {
    const ticket = await listTicket(seller, { title: 'Third time lucky' });
    const page = await opened(`/tickets/${ticket.id}`);
    let failures = 0;
    await page.route('**/*', (route) =>
      route.request().headers()['next-action'] !== undefined && failures++ < 2 ? route.abort() : route.continue(),
    );
    await hold(await signUp(stack.url, 'buyer'), ticket);
    await page.getByRole('heading', { name: 'On hold', exact: true }).waitFor();
    expect([failures, await isStillHere(page)]).toEqual([3, true]);
  });

  it('is not out of date for a visitor who comes back to it while it was being rendered', async () => {
    const ticket = await listTicket(seller, { title: 'Round trip' });
    const page = await opened(`/tickets/${ticket.id}`);
    const hangs = new Promise<void>((resolve) => {
      void page.route('**/*', (route) => {
        if (route.request().headers()['next-action'] === undefined) return route.continue();
        // Never answered.
        resolve();
        return page.unroute('**/*');
      });
    });
    await hold(await signUp(stack.url, 'buyer'), ticket);
    await hangs;
    await page.getByRole('link', { name: 'Tickets', exact: true }).click();
    await page.getByRole('heading', { name: 'On sale now' }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'On hold', exact: true }).waitFor();
    expect([await line(page).count(), await isStillHere(page)]).toEqual([0, true]);
  });

  it('stops offering the ticket when its event starts', async () => {
    const startsAt = new Date(Date.now() + 15_000).toISOString();
    const page = await opened(`/tickets/${(await listTicket(seller, { title: 'Curtain up', startsAt })).id}`);
    await page.getByRole('button', { name: 'Hold for 15 minutes' }).waitFor();
    await page.getByRole('heading', { name: 'Sales have ended' }).waitFor();
    await announced(page, 'Sales have ended: the event has started.');
    expect(await isStillHere(page)).toBe(true);
  });

  it('does not claim that another visitor holds the ticket while orders can’t be asked, and shows who does once it can', async () => {
    const buyer = await signUp(stack.url, 'buyer');
    const ticket = await listTicket(seller, { title: 'Whose is it' });
    await hold(buyer, ticket);
    await stack.process('orders-1').stop();
    let page: Page;
    try {
      page = await opened(`/tickets/${ticket.id}`, buyer);
      await page.getByText('We can’t tell right now whether it’s you who holds this ticket.').waitFor();
      expect(await page.getByText('Someone is buying').count()).toBe(0);
    } finally {
      await stack.process('orders-1').start();
    }
    await page.getByRole('heading', { name: 'You’re holding this ticket' }).waitFor();
  });

  it('shows by itself that the ticket is no longer on hold, and looks at once when asked', async () => {
    const buyer = await signUp(stack.url, 'buyer');
    const ticket = await listTicket(seller, { title: 'Second chance' });
    const order = await hold(buyer, ticket);
    const page = await opened(`/tickets/${ticket.id}`);
    await page.getByRole('link', { name: 'Check again' }).click();
    await page.getByText('It’s still on hold.').waitFor();
    await buyer.api('DELETE', `/api/orders/${order.id}`);
    await page.getByRole('button', { name: 'Hold for 15 minutes' }).waitFor();
    await announced(page, 'It’s no longer on hold. It’s available again.');
    expect(await isStillHere(page)).toBe(true);
  });

  it('shows buyers their own hold and their own purchase', async () => {
    const buyer = await signUp(stack.url, 'buyer');
    const [held, bought] = [await listTicket(seller, { title: 'Mine' }), await listTicket(seller, { title: 'Paid' })];
    await hold(buyer, held);
    const page = await opened(`/tickets/${held.id}`, buyer);
    await page.getByRole('heading', { name: 'You’re holding this ticket' }).waitFor();
    expect(await page.locator('.columns-action').innerText()).toMatch(/1[0-5]:\d\d left to pay/);
    await page.getByRole('link', { name: 'Pay £65.50' }).click();
    await page.getByRole('heading', { name: 'Payment', exact: true }).waitFor();
    await buy(buyer, bought);
    await page.goto(`/tickets/${bought.id}`);
    await page.getByRole('heading', { name: 'You bought this ticket' }).waitFor();
    await page.getByRole('link', { name: 'Go to your order' }).click();
    await page.getByRole('heading', { name: 'Receipt' }).waitFor();
    await page.getByRole('heading', { level: 1 }).getByRole('link', { name: 'Paid' }).click();
    await page.getByRole('heading', { name: 'You bought this ticket' }).waitFor();
  });

  it('tells a buyer who comes second why, with the focus on it, also after signing in for the hold', async () => {
    const [first, second] = [await signUp(stack.url, 'first'), await signUp(stack.url, 'second')];
    const tickets = [await listTicket(seller, { title: 'Photo finish' }), await listTicket(seller, { title: 'Gate' })];
    const [race, gate] = tickets;
    const page = await opened(`/tickets/${race?.id ?? ''}`, second);
    const guest = await opened(`/tickets/${gate?.id ?? ''}`);
    for (const visitor of [page, guest]) await withoutStream(visitor);
    for (const ticket of tickets) await hold(first, ticket);
    // The focus follows what is shown.
    const focused = (of: Page) =>
      poll(
        () => of.evaluate<string>('document.activeElement.innerText'),
        (shown) => shown.includes('Someone else got there first'),
      );

    await page.getByRole('button', { name: 'Hold for 15 minutes' }).click();
    await page.getByRole('heading', { name: 'On hold', exact: true }).waitFor();
    expect(await focused(page)).toContain('Someone else got there first');

    await guest.getByRole('button', { name: 'Hold for 15 minutes' }).click();
    await guest.getByLabel('Email address').fill(second.email);
    await guest.getByLabel('Password').fill(second.password);
    await guest.getByRole('button', { name: 'Sign in and hold' }).click();
    await guest.getByRole('heading', { name: 'On hold', exact: true }).waitFor();
    expect(await focused(guest)).toContain('Someone else got there first');
    // A reload does not tell it again.
    await guest.waitForURL(/\/tickets\/[0-9a-f]{24}$/);
  });
});

describe('a hold that is cancelled in another tab', () => {
  it('leaves the bar when the visitor returns, and is shown as cancelled by the list of orders on the way back', async () => {
    const buyer = await signUp(stack.url, 'buyer');
    const order = await hold(buyer, await listTicket(seller, { title: 'Elsewhere' }));
    const page = await opened(`/orders/${order.id}`, buyer);
    await page.getByRole('link', { name: 'My orders' }).first().click();
    const row = page.locator('.ledger li');
    await row.getByRole('link', { name: 'Pay now' }).waitFor();
    await page.getByRole('link', { name: 'Tickets', exact: true }).click();
    await page.getByRole('heading', { name: 'On sale now' }).waitFor();
    const bar = page.getByRole('complementary', { name: 'Your hold' });
    await bar.waitFor();
    await buyer.api('DELETE', `/api/orders/${order.id}`);
    await page.evaluate("window.dispatchEvent(new Event('focus'))");
    await bar.waitFor({ state: 'detached' });
    await page.goBack();
    await row.getByText('You cancelled this order').waitFor();
    expect(await bar.count()).toBe(0);
  });
});

describe('what stays in view on a phone', () => {
  it('covers nothing that is focused, and nothing at the end of the page', async () => {
    const [buyer, other] = [await signUp(stack.url, 'buyer'), await signUp(stack.url, 'other')];
    const [held, awaited] = [await listTicket(seller), await listTicket(seller, { title: 'Back before long' })];
    const order = await hold(buyer, held);
    const taken = await hold(other, awaited);
    const page = await opened(`/tickets/${awaited.id}`, buyer);
    await page.setViewportSize({ width: 320, height: 640 });
    await page.getByRole('button', { name: 'Tell me when it’s back' }).click();
    await page.goto(`/orders/${order.id}`);
    expect(await keyboardProblems(page, 'Shift+Tab')).toEqual([]);
    await page.getByRole('link', { name: 'My orders' }).first().click();
    await page.getByRole('complementary', { name: 'Your hold' }).waitFor();
    expect(await keyboardProblems(page, 'Shift+Tab')).toEqual([]);
    await other.api('DELETE', `/api/orders/${taken.id}`);
    await page.getByText('is available again').waitFor();
    expect(await keyboardProblems(page)).toEqual([]);
    await page.evaluate('scrollTo(0, document.body.scrollHeight)');
    const reminder = await page.locator('.reminder').boundingBox();
    const footer = await page.locator('.site-footer').boundingBox();
    expect((reminder?.y ?? 0) + (reminder?.height ?? Infinity)).toBeLessThanOrEqual(footer?.y ?? 0);
  });
});

describe('a page that a browser has translated', () => {
  it('goes on to the next state of a ticket, of an order and of a search, and keeps nothing of the last', async () => {
    const [buyer, other] = [await signUp(stack.url, 'buyer'), await signUp(stack.url, 'other')];
    const ticket = await listTicket(seller, { title: 'Lost in translation' });
    const page = await opened(`/tickets/${ticket.id}`, buyer);
    const panel = page.locator('.columns-action');
    await translate(page);
    const taken = await hold(other, ticket);
    await page.getByRole('heading', { name: 'On hold', exact: true }).waitFor();
    expect(await panel.innerText()).not.toContain('You don’t pay until you confirm');
    await translate(page);
    await other.api('DELETE', `/api/orders/${taken.id}`);
    await page.getByRole('heading', { name: 'Buy this ticket' }).waitFor();
    expect(await panel.innerText()).not.toContain('on hold until');
    await translate(page);
    await page.getByRole('button', { name: 'Hold for 15 minutes' }).click();
    await page.getByRole('heading', { name: 'Payment', exact: true }).waitFor();
    await translate(page);
    const orderId = new URL(page.url()).pathname.split('/').at(-1);
    await buyer.api('POST', '/api/payments', { orderId, paymentMethod: 'pm_card_visa' });
    await page.evaluate("window.dispatchEvent(new Event('focus'))");
    await page.getByRole('heading', { name: 'Receipt' }).waitFor();

    const own = await listTicket(seller, { title: 'Lost by its seller' });
    const order = await hold(other, own);
    const listing = await opened(`/tickets/${own.id}`, seller);
    await listing.getByRole('heading', { name: 'Your listing is on hold' }).waitFor();
    await translate(listing);
    await other.api('DELETE', `/api/orders/${order.id}`);
    await listing.getByRole('heading', { name: 'Your listing', exact: true }).waitFor();

    await page.goto('/?q=unobtainium');
    await translate(page);
    await page.getByRole('searchbox').fill('unicorn');
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await page.getByRole('heading', { name: 'No tickets match “unicorn”' }).waitFor();
    expect(open.flatMap(({ complaints }) => complaints)).toEqual([]);
  });
});

describe('signing in', () => {
  it('tells that cookies are blocked where they are', async () => {
    const person = await signUp(stack.url, 'regular');
    const page = await opened('/auth/signin');
    await page.route('**/api/users/signin', async (route) => {
      const answer = await route.fetch({ maxRedirects: 0 });
      await page.context().clearCookies();
      const { 'set-cookie': _, ...headers } = answer.headers();
      await route.fulfill({ response: answer, headers });
    });
    await page.getByLabel('Email address').fill(person.email);
    await page.getByLabel('Password').fill(person.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Your browser blocks cookies').waitFor();
  });

  it('has a header for guests when the session was lost on the page of an order', async () => {
    const buyer = await signUp(stack.url, 'buyer');
    const order = await hold(buyer, await listTicket(seller, { title: 'Lost session' }));
    const page = await opened(`/orders/${order.id}`, buyer);
    await page.context().clearCookies();
    await page.evaluate("window.dispatchEvent(new Event('focus'))");
    await page.waitForURL(/\/auth\/signin/);
    await page.getByRole('link', { name: 'Create account' }).waitFor();
    expect(await page.getByRole('button', { name: 'Sign out' }).count()).toBe(0);
  });
});
