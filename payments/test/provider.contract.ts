import { beforeAll, describe, expect, it } from '@jest/globals';
import { randomTicketId } from '@ticketing/core/testing';
import { CardDeclined, ProviderFailed, ProviderRefused } from '../src/provider/provider.ts';
import type { DeclineCode, Intent, PaymentProvider, RefusalReason } from '../src/provider/provider.ts';
import type { ProviderCall, Fault } from './fake-provider.ts';

/** A provider under test, with control over its bank and its failures. */
export interface ProviderUnderTest {
  provider: PaymentProvider;
  /** Payment methods by their outcome at the bank. */
  cards: Record<'pays' | 'alsoPays' | 'declined' | 'needsAuthentication' | 'dropsAuthorization' | 'unknown', string>;
  /** Payment methods that the bank declines, each with the code that the service records. */
  declines: readonly (readonly [paymentMethod: string, code: DeclineCode])[];
  /** Makes the next call of this kind for an order fail. */
  plan(call: ProviderCall, orderId: string, fault: Fault): Promise<unknown>;
  /** The buyer confirms the payment at the bank, or fails to; no browser of ours is involved. */
  authenticate(orderId: string, intentId: string, outcome: 'succeeded' | 'failed'): Promise<unknown>;
  /** The number of intents and of captures of an order at the provider. */
  count(orderId: string): Promise<{ intents: number; captures: number }>;
}

const KEYED = ['authorize', 'confirm', 'capture', 'cancel'] as const;
type Keyed = (typeof KEYED)[number];
const STATE_AFTER = {
  authorize: 'authorized',
  confirm: 'authorized',
  capture: 'captured',
  cancel: 'canceled',
} as const;

/** The contract of `PaymentProvider`, which every provider must pass. `start` is called once. */
export function providerContract(name: string, start: () => Promise<ProviderUnderTest>): void {
  describe(`the payment provider ${name}`, () => {
    let under: ProviderUnderTest;
    let provider: PaymentProvider;
    let cards: ProviderUnderTest['cards'];
    beforeAll(async () => {
      under = await start();
      ({ provider, cards } = under);
    });

    const newOrder = () => `${randomTicketId()}-1`;
    let keys = 0;
    const newKey = () => `key-${randomTicketId()}-${++keys}`;
    const price = { amount: 2000, currency: 'usd' };

    const authorize = (orderId: string, card = cards.pays, key = newKey()) =>
      provider.authorize({ orderId, ...price, paymentMethod: card }, key);
    async function authorized(card = cards.pays) {
      const orderId = newOrder();
      return { orderId, ...(await authorize(orderId, card)) };
    }
    /** An order with an open intent, for its first card was declined. */
    async function opened() {
      const orderId = newOrder();
      const error: unknown = await authorize(orderId, cards.declined).catch((error: unknown) => error);
      const id = error instanceof CardDeclined ? error.intentId : undefined;
      if (id === undefined) throw new Error('the declined card left no intent');
      return { orderId, id };
    }
    const stateOf = async (id: string) => (await provider.retrieve(id)).state;

    /** An order that is ready for a call, and the call, which takes the key. */
    async function due(call: Keyed): Promise<{ orderId: string; id?: string; run: (key: string) => Promise<Intent> }> {
      if (call === 'authorize') {
        const orderId = newOrder();
        return { orderId, run: (key) => authorize(orderId, cards.pays, key) };
      }
      const { orderId, id } = call === 'confirm' ? await opened() : await authorized();
      const runs = {
        confirm: (key: string) => provider.confirm(id, cards.pays, key),
        capture: (key: string) => provider.capture(id, key),
        cancel: (key: string) => provider.cancel(id, key),
      };
      return { orderId, id, run: runs[call] };
    }
    const countAfter = (call: Keyed) => ({ intents: 1, captures: call === 'capture' ? 1 : 0 });

    const expectRefusal = (outcome: Promise<unknown>, reason: RefusalReason) =>
      expect(outcome).rejects.toMatchObject({ name: ProviderRefused.name, reason });
    const expectUnknown = (outcome: Promise<unknown>, { spentKey }: { spentKey: string | undefined }) =>
      expect(outcome).rejects.toMatchObject({ name: ProviderFailed.name, spentKey });

    it('has a name, and recognizes its payment method ids', () => {
      expect(provider.name).toMatch(/^[a-z][a-z-]*$/);
      for (const id of Object.values(cards)) expect(provider.isPaymentMethod(id)).toBe(true);
      for (const id of ['', '4242424242424242', 'pi_1', 'pm_', 'pm_a b', 'pm_a\n'])
        expect(provider.isPaymentMethod(id)).toBe(false);
    });

    describe('an intent', () => {
      it.each(KEYED)('reaches the next state by %s, and retrieve returns it in that state', async (call) => {
        const { orderId, run } = await due(call);
        const intent = await run(newKey());
        const card = { brand: 'visa', last4: '4242' };
        expect(intent).toEqual({
          id: expect.any(String),
          state: STATE_AFTER[call],
          ...(call === 'capture' && { card }),
        });
        expect(await provider.retrieve(intent.id)).toEqual(intent);
        expect(await under.count(orderId)).toEqual(countAfter(call));
      });

      it('can be canceled while it is open', async () => {
        const { id } = await opened();
        expect(await provider.cancel(id, newKey())).toEqual({ id, state: 'canceled' });
      });

      it('is found by its order, in its state, and no intent of another order is', async () => {
        const since = new Date(Date.now() - 60_000);
        const { orderId, id } = await authorized();
        await authorized();
        expect(await provider.find(orderId, since)).toEqual([{ id, state: 'authorized' }]);
        await provider.cancel(id, newKey());
        expect(await provider.find(orderId, since)).toEqual([{ id, state: 'canceled' }]);
        expect(await provider.find(newOrder(), since)).toEqual([]);
      });
    });

    describe('a payment method', () => {
      it('leaves the intent open for another card when the bank declines it', async () => {
        const { id } = await opened();
        expect(await stateOf(id)).toBe('open');
        const declined = provider.confirm(id, cards.declined, newKey());
        await expect(declined).rejects.toMatchObject({ name: CardDeclined.name, declineCode: 'generic_decline' });
        expect(await stateOf(id)).toBe('open');
        expect(await provider.confirm(id, cards.alsoPays, newKey())).toEqual({ id, state: 'authorized' });
      });

      it('that needs authentication results in a client secret, and is authorised once the buyer has authenticated', async () => {
        const { orderId, id } = await opened();
        const intent = await provider.confirm(id, cards.needsAuthentication, newKey());
        expect(intent).toEqual({ id, state: 'needs-authentication', clientSecret: expect.stringMatching(/./) });
        expect(await provider.retrieve(id)).toEqual(intent);
        await under.authenticate(orderId, id, 'succeeded');
        expect(await provider.retrieve(id)).toEqual({ id, state: 'authorized' });
      });

      it('that needs authentication leaves the intent open, with the reason, when the buyer fails to authenticate', async () => {
        const { orderId, id } = await opened();
        await provider.confirm(id, cards.needsAuthentication, newKey());
        await under.authenticate(orderId, id, 'failed');
        expect(await provider.retrieve(id)).toEqual({ id, state: 'open', declineCode: 'authentication_failed' });
        expect(await provider.confirm(id, cards.pays, newKey())).toEqual({ id, state: 'authorized' });
      });

      it('that is authenticated after the intent was canceled authorises nothing', async () => {
        const orderId = newOrder();
        const { id } = await authorize(orderId, cards.needsAuthentication);
        await provider.cancel(id, newKey());
        await under.authenticate(orderId, id, 'succeeded').catch(() => undefined);
        expect(await provider.retrieve(id)).toEqual({ id, state: 'canceled' });
      });

      it('that is declined tells a reason that the buyer can use, by authorize, confirm and retrieve alike', async () => {
        for (const [card, declineCode] of under.declines) {
          const { id } = await opened();
          const declined = { name: CardDeclined.name, declineCode };
          await expect(authorize(newOrder(), card)).rejects.toMatchObject(declined);
          await expect(provider.confirm(id, card, newKey())).rejects.toMatchObject(declined);
          expect(await provider.retrieve(id)).toEqual({ id, state: 'open', declineCode });
        }
      });

      it('that needs authentication results in a client secret for a new intent too', async () => {
        const intent = await authorize(newOrder(), cards.needsAuthentication);
        expect(intent).toMatchObject({ state: 'needs-authentication', clientSecret: expect.stringMatching(/./) });
        expect(await provider.retrieve(intent.id)).toEqual(intent);
      });

      it('that needs authentication can be replaced by another card', async () => {
        const { id } = await opened();
        await provider.confirm(id, cards.needsAuthentication, newKey());
        expect(await provider.confirm(id, cards.pays, newKey())).toEqual({ id, state: 'authorized' });
      });

      it('is refused when it is unknown to the provider, and the intent stays open', async () => {
        const { id } = await opened();
        await expectRefusal(provider.confirm(id, cards.unknown, newKey()), 'unknown-payment-method');
        expect(await stateOf(id)).toBe('open');
      });

      it('leaves no intent when it is unknown to the provider', async () => {
        const orderId = newOrder();
        await expectRefusal(authorize(orderId, cards.unknown), 'unknown-payment-method');
        expect(await under.count(orderId)).toEqual({ intents: 0, captures: 0 });
      });
    });

    describe('an unknown intent', () => {
      it('is refused by every call', async () => {
        await expectRefusal(provider.retrieve('pi_unknown'), 'unknown-intent');
        await expectRefusal(provider.confirm('pi_unknown', cards.pays, newKey()), 'unknown-intent');
        await expectRefusal(provider.capture('pi_unknown', newKey()), 'unknown-intent');
        await expectRefusal(provider.cancel('pi_unknown', newKey()), 'unknown-intent');
      });
    });

    describe('a call that the state of the intent does not allow', () => {
      it.each([
        ['capture before it is authorised', ['capture'], 'open'],
        ['confirm after it is authorised', ['confirm', 'confirm'], 'authorized'],
        ['capture twice', ['confirm', 'capture', 'capture'], 'captured'],
        ['confirm after capture', ['confirm', 'capture', 'confirm'], 'captured'],
        ['cancel after capture', ['confirm', 'capture', 'cancel'], 'captured'],
        ['confirm after cancel', ['cancel', 'confirm'], 'canceled'],
        ['capture after cancel', ['confirm', 'cancel', 'capture'], 'canceled'],
        ['cancel twice', ['cancel', 'cancel'], 'canceled'],
      ] as const)('is refused and changes nothing: %s', async (_, steps, state) => {
        const { orderId, id } = await opened();
        const run = {
          confirm: () => provider.confirm(id, cards.pays, newKey()),
          capture: () => provider.capture(id, newKey()),
          cancel: () => provider.cancel(id, newKey()),
        };
        for (const step of steps.slice(0, -1)) await run[step]();
        await expectRefusal(run[steps.at(-1) ?? 'capture'](), 'unexpected-state');
        expect(await stateOf(id)).toBe(state);
        expect(await under.count(orderId)).toEqual({ intents: 1, captures: state === 'captured' ? 1 : 0 });
      });

      it('is refused when the bank has dropped the authorisation, and the intent is canceled', async () => {
        const { orderId, id } = await authorized(cards.dropsAuthorization);
        await expectRefusal(provider.capture(id, newKey()), 'authorization-lost');
        expect(await stateOf(id)).toBe('canceled');
        expect(await under.count(orderId)).toEqual({ intents: 1, captures: 0 });
      });
    });

    describe('an idempotency key', () => {
      it.each(KEYED)('makes %s act once and return the same answer each time', async (call) => {
        const { orderId, run } = await due(call);
        const key = newKey();
        const first = await run(key);
        expect(await run(key)).toEqual(first);
        expect(await under.count(orderId)).toEqual(countAfter(call));
      });

      it.each(KEYED)('makes %s act once for concurrent calls', async (call) => {
        const { orderId, run } = await due(call);
        const key = newKey();
        const [first, ...others] = await Promise.all([run(key), run(key), run(key)]);
        expect(others).toEqual([first, first]);
        expect(await under.count(orderId)).toEqual(countAfter(call));
      });

      it('returns the first answer even after the intent has changed', async () => {
        const { id } = await opened();
        const key = newKey();
        const confirmed = await provider.confirm(id, cards.pays, key);
        await provider.capture(id, newKey());
        expect(await provider.confirm(id, cards.pays, key)).toEqual(confirmed);
        expect(await stateOf(id)).toBe('captured');
      });

      it('repeats a decline', async () => {
        const { id } = await opened();
        const key = newKey();
        for (let time = 0; time < 2; time++)
          await expect(provider.confirm(id, cards.declined, key)).rejects.toMatchObject({ name: CardDeclined.name });
        await provider.confirm(id, cards.pays, newKey());
        await expect(provider.confirm(id, cards.declined, key)).rejects.toMatchObject({ name: CardDeclined.name });
        expect(await stateOf(id)).toBe('authorized');
      });

      it('is refused for the same call with other arguments, and for another call', async () => {
        const orderId = newOrder();
        const key = newKey();
        const { id } = await authorize(orderId, cards.pays, key);
        await expectRefusal(authorize(orderId, cards.alsoPays, key), 'key-reused');
        await expectRefusal(provider.capture(id, key), 'key-reused');
        expect(await stateOf(id)).toBe('authorized');
        expect(await under.count(orderId)).toEqual({ intents: 1, captures: 0 });
      });

      it('is not spent by a call with an unknown payment method or intent', async () => {
        const { id } = await opened();
        const key = newKey();
        await expectRefusal(provider.confirm('pi_unknown', cards.pays, key), 'unknown-intent');
        await expectRefusal(provider.confirm(id, cards.unknown, key), 'unknown-payment-method');
        expect(await provider.confirm(id, cards.pays, key)).toEqual({ id, state: 'authorized' });
      });
    });

    describe('a call without an answer', () => {
      it.each(KEYED.flatMap((call) => [[call, 'fails-before-acting'] as const, [call, 'fails-after-acting'] as const]))(
        'has an unknown outcome, and acts once when it is repeated with the same key: %s that %s',
        async (call, fault) => {
          const { orderId, run } = await due(call);
          const key = newKey();
          await under.plan(call, orderId, fault);
          await expectUnknown(run(key), { spentKey: undefined });
          expect((await run(key)).state).toBe(STATE_AFTER[call]);
          expect(await under.count(orderId)).toEqual(countAfter(call));
        },
      );
    });

    describe('a 500', () => {
      it.each(KEYED)('before %s acts spends the key, and another key makes it act', async (call) => {
        const { orderId, run } = await due(call);
        const key = newKey();
        await under.plan(call, orderId, 'spends-the-key');
        await expectUnknown(run(key), { spentKey: key });
        await expectUnknown(run(key), { spentKey: key });
        expect((await run(newKey())).state).toBe(STATE_AFTER[call]);
        expect(await under.count(orderId)).toEqual(countAfter(call));
      });

      it.each(['confirm', 'capture', 'cancel'] as const)(
        'after %s has acted spends the key, and retrieve shows the new state',
        async (call) => {
          const { orderId, id = '', run } = await due(call);
          const key = newKey();
          await under.plan(call, orderId, 'spends-the-key-after-acting');
          await expectUnknown(run(key), { spentKey: key });
          await expectUnknown(run(key), { spentKey: key });
          expect(await stateOf(id)).toBe(STATE_AFTER[call]);
          expect(await under.count(orderId)).toEqual(countAfter(call));
        },
      );

      it('after authorize has acted hides the intent, which is found by its order', async () => {
        const { orderId, run } = await due('authorize');
        await under.plan('authorize', orderId, 'spends-the-key-after-acting');
        const key = newKey();
        await expectUnknown(run(key), { spentKey: key });
        const since = new Date(Date.now() - 60_000);
        expect(await provider.find(orderId, since)).toEqual([{ id: expect.any(String), state: 'authorized' }]);
      });
    });
  });
}
