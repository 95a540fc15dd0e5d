import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { startTestStack } from '../support/stack.ts';
import { launchBrowser, poll, signUp, visit } from './browser.ts';
import type { Ticket } from './browser.ts';

let stack: Awaited<ReturnType<typeof startTestStack>>;
let browser: Browser;

beforeAll(async () => {
  stack = await startTestStack({ client: true });
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser.close();
  await stack.end();
});

describe('a form whose request is answered too late, with and without scripts', () => {
  it('shows that the outcome is unknown, and lists one ticket when it is sent again', async () => {
    const forms = await Promise.all([true, false].map(filledForm));
    const tickets = stack.process('tickets-1');
    await tickets.kill('SIGSTOP');
    try {
      await Promise.all(forms.map(expectUnknown));
    } finally {
      await tickets.kill('SIGCONT');
    }
    for (const { page, list, listings } of forms) {
      // The request that the process had received is carried out although nobody waits for its answer any more.
      const [first] = await poll(listings, (ids) => ids.length > 0);
      await list.click();
      await page.waitForURL(/\/tickets\/[0-9a-f]{24}\//);
      expect(page.url()).toContain(first);
      expect(await listings()).toEqual([first]);
    }
  });
});

/** The form of a new listing, filled in by a seller of its own. */
async function filledForm(scripts: boolean) {
  const seller = await signUp(stack.url, 'patient-seller');
  const { page } = await visit(browser, stack.url, { as: seller, scripts });
  await page.goto('/tickets/new');
  await page.getByLabel('Event', { exact: true }).fill('Once');
  await page.getByLabel('Price', { exact: true }).fill('45');
  return {
    page,
    list: page.getByRole('button', { name: 'List ticket' }),
    listings: async () =>
      (await seller.api<{ tickets: Ticket[] }>('GET', '/api/tickets/mine')).data.tickets.map(({ id }) => id),
  };
}

/** Sends the form, and expects that nothing is claimed and everything that was typed is kept. */
async function expectUnknown({ page, list }: Awaited<ReturnType<typeof filledForm>>): Promise<void> {
  // The page server itself waits for 20 s. Without scripts the click waits for its response.
  await list.click();
  await page.locator('.notice-bad').waitFor();
  expect(await page.locator('.notice-bad').innerText()).toContain('We don’t know yet whether your ticket was listed');
  expect(await page.getByRole('link', { name: 'Go to My listings' }).getAttribute('href')).toBe('/sell');
  expect(await page.getByLabel('Event', { exact: true }).inputValue()).toBe('Once');
}
