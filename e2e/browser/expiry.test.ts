import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { axe, hold, launchBrowser, listTicket, signUp, visit } from './browser.ts';
import { startMarketplace } from '../support/stack.ts';
import type { Marketplace } from '../support/stack.ts';

let stack: Marketplace;
let browser: Browser;

beforeAll(async () => {
  stack = await startMarketplace({ client: true, env: { HOLD_SECONDS: '6', EXPIRY_GRACE_SECONDS: '1' } });
  browser = await launchBrowser();
}, 240_000);

afterAll(async () => {
  await browser.close();
  await stack.end();
}, 60_000);

describe.each([
  { how: 'with scripts', scripts: true },
  { how: 'without scripts', scripts: false },
])('a hold that runs out while its page is open $how', ({ scripts }) => {
  it('says that no money moved and whether the ticket can be had again', async () => {
    const buyer = await signUp(stack.url, 'buyer');
    const ticket = await listTicket(await signUp(stack.url, 'seller'), { title: 'Five seconds' });
    const order = await hold(buyer, ticket);
    const { page, complaints, close } = await visit(browser, stack.url, { as: buyer, scripts });
    try {
      await page.goto(`/orders/${order.id}`);
      expect(await page.getByRole('timer').innerText()).toMatch(/^00:0\d$/);
      // It counts on over a reload, by the server.
      await page.reload();
      expect(await page.getByRole('timer').innerText()).toMatch(/^00:0\d$/);

      await page.getByRole('heading', { name: 'The hold ran out' }).waitFor();
      expect(await page.locator('main').innerText()).toContain('No money was taken.');
      await page.getByText('listed again').or(page.getByText('being listed')).first().waitFor();
      await page.getByRole('link', { name: 'See the ticket' }).click();
      await page.getByRole('button', { name: 'Hold it for 6 seconds' }).waitFor();
      if (scripts) expect(await axe(page)).toEqual([]);
      expect(complaints).toEqual([]);
    } finally {
      await close();
    }
  });
});
