import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { axe, hold, launchBrowser, listTicket, poll, signUp, translate, visit } from './browser.ts';
import { startMarketplace } from '../support/stack.ts';
import type { Marketplace } from '../support/stack.ts';
import type { Order, Person } from './browser.ts';

/** So long that a busy machine shows a page twice before the hold ends, and not longer, because each test waits for its end. */
const HOLD_SECONDS = '20';

let stack: Marketplace;
let browser: Browser;

beforeAll(async () => {
  stack = await startMarketplace({ client: true, env: { HOLD_SECONDS, EXPIRY_GRACE_SECONDS: '1' } });
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser.close();
  await stack.end();
});

async function holding() {
  const buyer = await signUp(stack.url, 'buyer');
  const ticket = await listTicket(await signUp(stack.url, 'seller'), { title: 'Twenty seconds' });
  return { buyer, ticket, order: await hold(buyer, ticket) };
}

const untilCancelled = (buyer: Person, { id }: Order) =>
  poll(
    () => buyer.api<Order>('GET', `/api/orders/${id}`),
    ({ data }) => data.status === 'cancelled',
  );

describe.each([
  { how: 'with scripts', scripts: true },
  { how: 'without scripts', scripts: false },
])('a hold that expires while its page is open $how', ({ scripts }) => {
  it('shows that no money was taken and whether the ticket is available again', async () => {
    const { buyer, order } = await holding();
    const { page, complaints, close } = await visit(browser, stack.url, { as: buyer, scripts });
    try {
      await page.goto(`/orders/${order.id}`);
      expect(await page.getByRole('timer').innerText()).toMatch(/^00:[0-2]\d$/);
      // A reload continues the countdown, from the server's time.
      await page.reload();
      expect(await page.getByRole('timer').innerText()).toMatch(/^00:[0-2]\d$/);

      await page.getByRole('heading', { name: 'Your hold expired' }).waitFor();
      expect(await page.locator('main').innerText()).toContain('No money was taken.');
      await poll(
        async () => {
          await page.reload();
          return page.locator('main').innerText();
        },
        (now) => now.includes('It’s back on sale.'),
      );
      await page.getByRole('link', { name: 'View ticket' }).click();
      await page.getByRole('button', { name: 'Hold for 20 seconds' }).waitFor();
      if (scripts) expect(await axe(page)).toEqual([]);
      expect(complaints).toEqual([]);
    } finally {
      await close();
    }
  });
});

describe('a hold that ends while its buyer is on another page', () => {
  it('is not offered for payment by the list of orders on the way back', async () => {
    const { buyer, order } = await holding();
    const { page, close } = await visit(browser, stack.url, { as: buyer });
    try {
      await page.goto('/orders');
      const row = page.locator('.ledger li').first();
      await row.getByRole('link', { name: 'Pay now' }).waitFor();
      await page.getByRole('link', { name: 'Sell' }).first().click();
      await page.waitForURL(/\/sell/);
      await untilCancelled(buyer, order);
      await page.goBack();
      // The browser may show its copy of the page, which is as it was until its scripts run.
      await row.filter({ hasNotText: /Pay now|Pay by|On hold/ }).waitFor();
    } finally {
      await close();
    }
  });

  it('is over on pages that a browser has translated, and is followed by what came of it', async () => {
    const { buyer, ticket, order } = await holding();
    const visits = [await visit(browser, stack.url, { as: buyer }), await visit(browser, stack.url, { as: buyer })];
    try {
      const [own, list] = visits.map(({ page }) => page);
      await own?.goto(`/tickets/${ticket.id}`);
      await own?.getByText('left to pay.').waitFor();
      await list?.goto('/orders');
      await list?.getByRole('link', { name: 'Pay now' }).waitFor();
      for (const { page } of visits) await translate(page);
      await list?.getByText('The time to pay is over').waitFor();
      await own?.getByRole('heading', { name: 'Buy this ticket' }).waitFor();
      await untilCancelled(buyer, order);
      await list?.evaluate("window.dispatchEvent(new Event('focus'))");
      await list?.getByText('Your hold expired').waitFor();
      expect(visits.flatMap(({ complaints }) => complaints)).toEqual([]);
    } finally {
      for (const { close } of visits) await close();
    }
  });

  it('has an instant, not a time left, on the page of its ticket without scripts', async () => {
    const { buyer, ticket } = await holding();
    const { page, close } = await visit(browser, stack.url, { as: buyer, scripts: false });
    try {
      await page.goto(`/tickets/${ticket.id}`);
      expect(await page.locator('.columns-action').innerText()).toMatch(/Pay by \d\d:\d\d UTC\./);
    } finally {
      await close();
    }
  });

  it('is not offered for payment on the way back, and its page is refreshed once', async () => {
    const { buyer, order } = await holding();
    const { page, close } = await visit(browser, stack.url, { as: buyer });
    try {
      await page.goto(`/orders/${order.id}`);
      await page.getByRole('button', { name: /^Pay/ }).waitFor();
      await page.getByRole('link', { name: 'My orders' }).first().click();
      await page.getByRole('heading', { name: 'My orders' }).waitFor();
      await untilCancelled(buyer, order);
      let refreshes = 0;
      page.on('request', (request) => {
        if (request.method() === 'POST') refreshes++;
      });
      await page.goBack();
      await page.locator('.order-head').waitFor();
      expect(await page.getByRole('button', { name: /^Pay/ }).count()).toBe(0);
      await page.getByRole('heading', { name: 'Your hold expired' }).waitFor();
      await page.waitForTimeout(2000);
      expect(refreshes).toBe(1);
    } finally {
      await close();
    }
  });
});
