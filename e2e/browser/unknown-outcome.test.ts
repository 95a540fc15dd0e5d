import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { startTestStack } from '../support/stack.ts';
import { hold, launchBrowser, listTicket, poll, signUp, visit } from './browser.ts';
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
    await frozen('tickets-1', async () => {
      await Promise.all(forms.map(expectUnknown));
    });
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

describe('a page that can’t be loaded when its form has an answer, because its service is frozen', () => {
  it('keeps a listing’s forms without scripts with what was typed, and shows by itself that it was removed', async () => {
    const seller = await signUp(stack.url, 'patient-seller');
    const [changed, removed] = [await listTicket(seller), await listTicket(seller)];
    const open = async (path: string, scripts: boolean) => {
      const { page } = await visit(browser, stack.url, { as: seller, scripts });
      await page.goto(path);
      return page;
    };
    const removal = await open(`/tickets/${removed.id}`, true);
    const edit = await open(`/tickets/${changed.id}/edit`, false);
    const [delivery, files] = [await open(addressOf(changed), false), await open(addressOf(changed), false)];
    await removal.getByText('Remove listing').click();
    await edit.getByLabel('Event', { exact: true }).fill('Changed once');
    await delivery.locator('#delivery-code').fill('KEPT-1');
    const file = { name: 'kept.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7\nkept\n%%EOF\n') };
    await files.getByLabel('Add a file').setInputFiles(file);

    await frozen('tickets-1', async () => {
      await Promise.all([
        sent(removal, 'Yes, remove it for good', 'whether your listing was removed'),
        sent(edit, 'Save changes', 'whether your changes were saved'),
        sent(delivery, 'Save', 'whether your changes were saved'),
        sent(files, 'Add file', 'whether the file was added'),
      ]);
      expect(await edit.getByLabel('Event', { exact: true }).inputValue()).toBe('Changed once');
      expect(await delivery.locator('#delivery-code').inputValue()).toBe('KEPT-1');
    });
    await removal.getByRole('heading', { name: 'removed' }).waitFor();
    await edit.getByRole('button', { name: 'Save changes' }).click();
    await edit.getByRole('heading', { name: 'Changed once' }).waitFor();
  });

  it('keeps the page of an order that is cancelled, and shows by itself what came of it, also where it was not loaded', async () => {
    const buyer = await signUp(stack.url, 'patient-buyer');
    const order = await hold(buyer, await listTicket(await signUp(stack.url, 'seller')));
    const { page } = await visit(browser, stack.url, { as: buyer });
    const { page: late } = await visit(browser, stack.url, { as: buyer });
    await page.goto(`/orders/${order.id}`);
    await page.getByText('Cancel hold').click();
    await frozen('orders-1', async () => {
      await Promise.all([
        sent(page, 'Yes, cancel it', 'whether your order was cancelled'),
        late.goto(`/orders/${order.id}`).then(() => late.getByText('We can’t load your order').waitFor()),
      ]);
    });
    for (const one of [page, late]) await one.getByRole('heading', { name: 'You cancelled this order' }).waitFor();
  });
});

describe('what ends the session', () => {
  it('tells that nobody knows whether a visitor is signed out while auth is frozen, and then shows it by itself', async () => {
    const { page } = await visit(browser, stack.url, { as: await signUp(stack.url, 'leaving') });
    await page.goto('/tickets/new');
    await frozen('auth-1', async () => {
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByText('we don’t know yet whether that worked').waitFor();
      expect(await page.getByText('still signed in').count()).toBe(0);
    });
    await page.getByRole('heading', { name: 'Signed out' }).waitFor();
  });

  it('tells a visitor whose account is deleted when they ask for it once more', async () => {
    const person = await signUp(stack.url, 'deleted');
    const { page } = await visit(browser, stack.url, { as: person });
    await page.goto('/account');
    await page.getByText('Delete my account', { exact: true }).click();
    await page.locator('#delete-password').fill(person.password);
    await person.api('POST', '/api/users/deletion', { password: person.password });
    await page.getByRole('button', { name: 'Yes, delete my account for good' }).click();
    await page.getByRole('heading', { name: 'You’re signed out' }).waitFor();
    await page.getByText('it may be deleted').waitFor();
  });
});

const addressOf = ({ id }: Ticket): string => `/tickets/${id}/delivery`;

/** Does something while a process is frozen. */
async function frozen(name: string, work: () => Promise<void>): Promise<void> {
  const service = stack.process(name);
  await service.kill('SIGSTOP');
  try {
    await work();
  } finally {
    await service.kill('SIGCONT');
  }
}

/** Presses the button of a form, and waits until its page tells that nobody knows yet. */
async function sent(page: Page, button: string, unknown: string): Promise<void> {
  await page.getByRole('button', { name: button, exact: true }).click();
  await page.getByText(`We don’t know yet ${unknown}`).waitFor();
}

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
