import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@ticketing/core/testing';
import { ProviderFailed } from '../src/provider/provider.ts';
import { stripeProvider } from '../src/provider/stripe.ts';
import { fakeProvider } from './fake-provider.ts';
import type { Fault, ProviderCall } from './fake-provider.ts';
import { providerContract } from './provider.contract.ts';
import { startSandbox } from './sandbox-server.ts';

const cards = {
  pays: 'pm_card_visa',
  alsoPays: 'pm_card_mastercard',
  declined: 'pm_card_chargeDeclined',
  needsAuthentication: 'pm_card_authenticationRequired',
  dropsAuthorization: 'pm_sandbox_captureFails',
  unknown: 'pm_unknown',
};

const declines = [
  ['pm_card_chargeDeclined', 'generic_decline'],
  ['pm_card_chargeDeclinedLostCard', 'generic_decline'],
  ['pm_card_chargeDeclinedStolenCard', 'generic_decline'],
  ['pm_card_chargeDeclinedInsufficientFunds', 'insufficient_funds'],
  ['pm_card_chargeDeclinedVelocityLimitExceeded', 'limit_exceeded'],
  ['pm_card_chargeDeclinedExpiredCard', 'expired_card'],
  ['pm_card_chargeDeclinedIncorrectCvc', 'incorrect_cvc'],
  ['pm_card_chargeDeclinedProcessingError', 'processing_error'],
] as const;

let sandbox: Awaited<ReturnType<typeof startSandbox>>;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.stop());

providerContract('of the tests', () => {
  const fake = fakeProvider();
  return Promise.resolve({
    provider: fake.provider,
    ...{ cards, declines },
    plan: (call, _orderId, fault) => Promise.resolve(fake.plan(call, fault)),
    authenticate(orderId, _intentId, outcome) {
      fake.authenticate(orderId, outcome);
      return Promise.resolve();
    },
    count: (orderId) => Promise.resolve({ intents: fake.of(orderId).length, captures: fake.ledger(orderId).captures }),
  });
});

/** The SDK repeats a request after a lost connection, so the repetition must fail too. */
const SANDBOX_FAULTS: Record<Fault, { fault: string; times: number; delayMs?: number }> = {
  'fails-before-acting': { fault: 'timeout-before-acting', times: 2, delayMs: 0 },
  'fails-after-acting': { fault: 'timeout-after-acting', times: 2, delayMs: 0 },
  'spends-the-key': { fault: 'error-500', times: 1 },
  'spends-the-key-after-acting': { fault: 'error-500-after-acting', times: 1 },
};

/** The sandbox's name of each call. */
const OPERATIONS: Record<ProviderCall, string> = {
  authorize: 'create',
  retrieve: 'retrieve',
  find: 'search',
  confirm: 'confirm',
  capture: 'capture',
  cancel: 'cancel',
};

providerContract('Stripe, at the sandbox', () =>
  Promise.resolve({
    provider: stripeProvider({ SANDBOX_URL: sandbox.url }),
    ...{ cards, declines },
    plan: (call, orderId, fault) => sandbox.plan({ operation: OPERATIONS[call], orderId, ...SANDBOX_FAULTS[fault] }),
    authenticate: (_orderId, intentId, outcome) => sandbox.authenticate(intentId, outcome),
    async count(orderId) {
      const { paymentIntents, captured } = await sandbox.ledger(orderId);
      return { intents: paymentIntents.length, captures: captured.count };
    },
  }),
);

describe('the payment provider Stripe', () => {
  const unknown = { name: ProviderFailed.name, spentKey: undefined };
  const authorize = (orderId: string, { url = sandbox.url, timeLimitMs = 5000 } = {}) =>
    stripeProvider({ SANDBOX_URL: url }, { timeLimitMs }).authorize(
      { orderId, amount: 2000, currency: 'usd', paymentMethod: cards.pays },
      `authorize:${orderId}`,
    );

  it('has another name than the sandbox, because their intents are different', () => {
    expect(stripeProvider({ SANDBOX_URL: sandbox.url }).name).toBe('sandbox');
    expect(stripeProvider({ STRIPE_SECRET_KEY: 'sk_test_never_used' }).name).toBe('stripe');
  });

  it.each([
    ['less than the minimum', 10, 'usd'],
    ['more than the maximum', 100_000_000, 'usd'],
    ['a fraction that the currency does not have', 150_050, 'isk'],
    ['an unknown currency', 2000, 'xyz'],
  ])('refuses for good to authorise %s, and leaves no intent', async (_, amount, currency) => {
    const orderId = `refused-${amount}-${currency}`;
    const payment = { orderId, amount, currency, paymentMethod: cards.pays };
    const provider = stripeProvider({ SANDBOX_URL: sandbox.url });
    await expect(provider.authorize(payment, `authorize:${orderId}`)).rejects.toMatchObject({
      reason: 'amount-refused',
    });
    expect(await sandbox.ledger(orderId)).toMatchObject({ paymentIntents: [] });
  });

  it('reports an unknown outcome when the server does not respond within the time limit', async () => {
    await sandbox.plan({ operation: 'create', fault: 'timeout-before-acting', orderId: 'silent', times: 2 });
    await expect(authorize('silent', { timeLimitMs: 200 })).rejects.toMatchObject(unknown);
  });

  it('reports an unknown outcome when no server is up', async () => {
    await expect(authorize('down', { url: 'http://127.0.0.1:1' })).rejects.toMatchObject(unknown);
  });

  it('reports an unknown outcome of a call that is rate limited', async () => {
    await sandbox.plan({ operation: 'create', fault: 'rate-limited', orderId: 'limited', times: 2 });
    await expect(authorize('limited')).rejects.toMatchObject(unknown);
  });

  it('reports an unknown outcome while another call with the key is in flight', async () => {
    // Longer than the other call takes with its repetition.
    await sandbox.plan({ operation: 'create', fault: 'slow', orderId: 'in-flight', delayMs: 6000 });
    const first = authorize('in-flight', { timeLimitMs: 60_000 });
    await eventually(() => sandbox.hits('in-flight'), Boolean);
    await expect(authorize('in-flight', { timeLimitMs: 60_000 })).rejects.toMatchObject(unknown);
    expect(await first).toMatchObject({ state: 'authorized' });
  });
});
