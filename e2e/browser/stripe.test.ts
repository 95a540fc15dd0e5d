import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { axe, hold, launchBrowser, listTicket, signUp, visit } from './browser.ts';
import { startMarketplace } from '../support/stack.ts';
import type { Marketplace } from '../support/stack.ts';

/*
 * Stripe's script needs the internet and its cards need an account. So this tests our side only, against a fake that
 * behaves as documented for Stripe.js, while the payments go to the sandbox.
 */
const STRIPE_JS = `window.Stripe = Object.assign((key) => ({
  elements: (options) => (window.elementsOptions = options, {
    create: () => ({
      mount: (place) => { place.innerHTML = '<label>Card number <input name="number" class="form-control"></label>'; },
      on: () => {},
      off: () => {},
      update: () => {},
      destroy: () => {},
    }),
    update: () => {},
    submit: async () => ({}),
  }),
  createToken: async () => ({}),
  confirmCardPayment: async () => ({}),
  createPaymentMethod: async () => {
    const number = document.querySelector('[name=number]').value;
    if (number === '') return { error: { message: 'Your card number is incomplete.' } };
    return { paymentMethod: { id: number } };
  },
  handleNextAction: async ({ clientSecret }) => {
    window.asked = clientSecret;
    return { error: { message: 'We are unable to authenticate your payment method.' } };
  },
  registerAppInfo: () => {},
  _registerWrapper: () => {},
}), { version: 'test' });`;

let stack: Marketplace;
let browser: Browser;

beforeAll(async () => {
  stack = await startMarketplace({ client: true, env: { STRIPE_PUBLISHABLE_KEY: 'pk_test_nobody' } });
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser.close();
  await stack.end();
});

async function openPayment(): Promise<{
  page: Page;
  complaints: string[];
  close: () => Promise<void>;
  loads: string[];
  orderId: string;
}> {
  const buyer = await signUp(stack.url, 'buyer');
  const ticket = await listTicket(await signUp(stack.url, 'seller'));
  const order = await hold(buyer, ticket);
  const { page, complaints, close } = await visit(browser, stack.url, { as: buyer });
  const loads: string[] = [];
  await page.route(/^https:/, async (route) => {
    loads.push(route.request().url());
    await route.fulfill({ contentType: 'text/javascript', body: STRIPE_JS });
  });
  await page.goto('/');
  expect(loads).toEqual([]);
  await page.goto(`/orders/${order.id}`);
  await page.getByLabel('Card number').waitFor();
  return { page, complaints, close, loads, orderId: order.id };
}

/** Confirms the payment of an order at the bank, in the bank's own app. */
async function confirmAtTheBank(orderId: string): Promise<void> {
  const { url } = stack.process('sandbox');
  const { paymentIntents } = (await (await fetch(`${url}/ledger/${orderId}`)).json()) as {
    paymentIntents: { id: string }[];
  };
  const answer = await fetch(`${url}/sandbox/payment_intents/${paymentIntents[0]?.id ?? 'none'}/authenticate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ outcome: 'succeeded' }),
  });
  expect(answer.status).toBe(200);
}

describe('the card form with a publishable key of Stripe', () => {
  it('loads Stripe on the payment page only, and pays with the payment method that it creates', async () => {
    const { page, complaints, close, loads } = await openPayment();
    expect(loads).toHaveLength(1);
    expect(loads[0]).toContain('https://js.stripe.com/');
    expect(await page.evaluate('window.elementsOptions')).toMatchObject({
      amount: 6550,
      currency: 'gbp',
      captureMethod: 'manual',
      paymentMethodCreation: 'manual',
    });
    expect(await axe(page)).toEqual([]);
    await page.getByRole('button', { name: 'Pay £65.50' }).click();
    await page.getByText('Your card number is incomplete.').waitFor();
    await page.getByLabel('Card number').fill('pm_card_visa');
    await page.getByRole('button', { name: 'Pay £65.50' }).click();
    await page.getByRole('heading', { name: 'Receipt' }).waitFor();
    expect(complaints.filter((text) => !text.includes('Stripe.js@test was loaded'))).toEqual([]);
    await close();
  });

  it('lets the bank authenticate the buyer, and keeps the hold when that fails', async () => {
    const { page, complaints, close } = await openPayment();
    await page.getByLabel('Card number').fill('pm_card_authenticationRequired');
    await page.getByRole('button', { name: 'Pay £65.50' }).click();
    await page.getByText('We are unable to authenticate your payment method.').waitFor();
    expect(await page.evaluate('window.asked')).toMatch(/_secret_/);
    await page.getByLabel('Card number').fill('pm_card_visa');
    await page.getByRole('button', { name: 'Pay £65.50' }).click();
    await page.getByRole('heading', { name: 'Receipt' }).waitFor();
    expect(complaints.filter((text) => !text.includes('Stripe.js@test was loaded'))).toEqual([]);
    await close();
  });

  it('is not on a page that is opened while the bank waits for the buyer, which shows the receipt once it is confirmed', async () => {
    const { page, close, orderId } = await openPayment();
    await page.getByLabel('Card number').fill('pm_card_authenticationRequired');
    await page.getByRole('button', { name: 'Pay £65.50' }).click();
    await page.getByText('We are unable to authenticate your payment method.').waitFor();
    await page.goto(`/orders/${orderId}`);
    await page.getByRole('heading', { name: 'Waiting for your bank' }).waitFor();
    expect(await page.getByLabel('Card number').count()).toBe(0);
    expect(await axe(page)).toEqual([]);
    await page.getByRole('link', { name: 'Use another card' }).click();
    await page.getByLabel('Card number').waitFor();
    await page.goto(`/orders/${orderId}`);
    await confirmAtTheBank(orderId);
    await page.getByRole('heading', { name: 'Receipt' }).waitFor();
    await close();
  });
});
