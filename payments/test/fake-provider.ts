import { CardDeclined, ProviderFailed, ProviderRefused } from '../src/provider/provider.ts';
import type { DeclineCode, Intent, PaymentProvider } from '../src/provider/provider.ts';

export type ProviderCall = 'authorize' | 'retrieve' | 'find' | 'confirm' | 'capture' | 'cancel';
export type Fault = 'fails-before-acting' | 'fails-after-acting' | 'spends-the-key' | 'spends-the-key-after-acting';

type Outcome = { intent: Intent } | { error: Error };

export interface StoredIntent {
  id: string;
  orderId: string;
  amount: number;
  state: Intent['state'];
  /** Why the last card was declined. */
  declineCode?: DeclineCode | undefined;
  paymentMethod?: string;
  captures: number;
}

const DECLINE_CODES: Record<string, DeclineCode> = {
  pm_card_chargeDeclined: 'generic_decline',
  pm_card_chargeDeclinedLostCard: 'generic_decline',
  pm_card_chargeDeclinedStolenCard: 'generic_decline',
  pm_card_chargeDeclinedInsufficientFunds: 'insufficient_funds',
  pm_card_chargeDeclinedVelocityLimitExceeded: 'limit_exceeded',
  pm_card_chargeDeclinedExpiredCard: 'expired_card',
  pm_card_chargeDeclinedIncorrectCvc: 'incorrect_cvc',
  pm_card_chargeDeclinedProcessingError: 'processing_error',
};
const declineCodeOf = (paymentMethod: string): DeclineCode | undefined => DECLINE_CODES[paymentMethod];

/** The card behind every payment method. */
const CARD = { brand: 'visa', last4: '4242' };

/** A provider in memory that passes the provider contract, with failures and lost authorisations on demand. */
export function fakeProvider() {
  const intents = new Map<string, StoredIntent>();
  const outcomes = new Map<string, { request: string; outcome: Outcome }>();
  const faults: { call: ProviderCall; fault: Fault }[] = [];
  const calls: string[] = [];

  const find = (id: string) => {
    const intent = intents.get(id);
    if (!intent) throw new ProviderRefused('no such intent', 'unknown-intent');
    return intent;
  };
  function view({ id, state, declineCode, paymentMethod }: StoredIntent): Intent {
    if (state === 'needs-authentication') return { id, state, clientSecret: `${id}_secret` };
    if (state === 'captured' && paymentMethod !== undefined) return { id, state, card: CARD };
    return state === 'open' && declineCode !== undefined ? { id, state, declineCode } : { id, state };
  }
  function assertKnown(paymentMethod: string): void {
    if (paymentMethod === 'pm_unknown') throw new ProviderRefused('no such payment method', 'unknown-payment-method');
  }
  function confirmed(intent: StoredIntent, paymentMethod: string): StoredIntent {
    intent.paymentMethod = paymentMethod;
    // A declined card leaves the intent open, even an intent that needed authentication.
    intent.state = 'open';
    intent.declineCode = declineCodeOf(paymentMethod);
    if (intent.declineCode !== undefined)
      throw new CardDeclined('Your card was declined.', intent.declineCode, intent.id);
    intent.state = paymentMethod.includes('authentication') ? 'needs-authentication' : 'authorized';
    return intent;
  }
  const unexpected = () => new ProviderRefused('unexpected state', 'unexpected-state');

  /** A rejected request was not executed, so its key can be used again. */
  const isExecuted = (outcome: Outcome) =>
    !('error' in outcome && outcome.error instanceof ProviderRefused && outcome.error.reason.startsWith('unknown-'));

  /** Acts once for each key, and fails as planned. */
  function keyed(call: ProviderCall, args: unknown[], key: string, act: () => StoredIntent): Promise<Intent> {
    calls.push(key);
    const request = JSON.stringify([call, ...args]);
    const known = outcomes.get(key);
    if (known && known.request !== request)
      return Promise.reject(new ProviderRefused('the key was used for another request', 'key-reused'));
    if (known) return settled(known.outcome);
    const at = faults.findIndex((planned) => planned.call === call);
    const fault = at < 0 ? undefined : faults.splice(at, 1)[0]?.fault;
    if (fault === 'fails-before-acting') return Promise.reject(new ProviderFailed('no answer'));
    const failure: Outcome = { error: new ProviderFailed('500', key) };
    let outcome = fault === 'spends-the-key' ? failure : outcomeOf(act);
    if (fault === 'spends-the-key-after-acting') outcome = failure;
    if (isExecuted(outcome)) outcomes.set(key, { request, outcome });
    return fault === 'fails-after-acting' ? Promise.reject(new ProviderFailed('no answer')) : settled(outcome);
  }

  function outcomeOf(act: () => StoredIntent): Outcome {
    try {
      return { intent: view(act()) };
    } catch (error) {
      return { error: error as Error };
    }
  }

  const settled = (outcome: Outcome): Promise<Intent> =>
    'error' in outcome ? Promise.reject(outcome.error) : Promise.resolve(outcome.intent);

  const provider: PaymentProvider = {
    name: 'fake',
    isPaymentMethod: (id) => /^pm_\w+$/.test(id),
    authorize: ({ orderId, amount, currency, paymentMethod }, key) =>
      keyed('authorize', [orderId, amount, currency, paymentMethod], key, () => {
        const intent: StoredIntent = { id: `pi_${intents.size + 1}`, orderId, amount, state: 'open', captures: 0 };
        assertKnown(paymentMethod);
        intents.set(intent.id, intent);
        return confirmed(intent, paymentMethod);
      }),
    retrieve: (id) => settled(outcomeOf(() => find(id))),
    find: (orderId) => Promise.resolve([...intents.values()].filter((one) => one.orderId === orderId).map(view)),
    confirm: (id, paymentMethod, key) =>
      keyed('confirm', [id, paymentMethod], key, () => {
        const intent = find(id);
        if (intent.state !== 'open' && intent.state !== 'needs-authentication') throw unexpected();
        assertKnown(paymentMethod);
        return confirmed(intent, paymentMethod);
      }),
    capture: (id, key) =>
      keyed('capture', [id], key, () => {
        const intent = find(id);
        if (intent.state !== 'authorized') throw unexpected();
        if (intent.paymentMethod?.includes('captureFails')) {
          intent.state = 'canceled';
          throw new ProviderRefused('the bank dropped the authorisation', 'authorization-lost');
        }
        intent.state = 'captured';
        intent.captures++;
        return intent;
      }),
    cancel: (id, key) =>
      keyed('cancel', [id], key, () => {
        const intent = find(id);
        if (intent.state === 'captured' || intent.state === 'canceled') throw unexpected();
        intent.state = 'canceled';
        return intent;
      }),
  };

  return {
    provider,
    calls,
    /** Makes the next call of this kind fail. Returns a function that removes the fault if it has not occurred yet. */
    plan(call: ProviderCall, fault: Fault) {
      const planned = { call, fault };
      faults.push(planned);
      return () => {
        const at = faults.indexOf(planned);
        if (at >= 0) faults.splice(at, 1);
      };
    },
    /** Forgets all idempotency keys, as a provider does after a day. */
    forgetKeys() {
      outcomes.clear();
    },
    of: (orderId: string) => [...intents.values()].filter((intent) => intent.orderId === orderId),
    /** Changes the state of an order's intents, as a bank does by itself. */
    set(orderId: string, state: Intent['state']) {
      for (const intent of intents.values()) if (intent.orderId === orderId) intent.state = state;
    },
    /** The buyer confirms the payment at the bank, or fails to, whether or not a browser of ours comes back. */
    authenticate(orderId: string, outcome: 'succeeded' | 'failed' = 'succeeded') {
      for (const intent of intents.values()) {
        if (intent.orderId !== orderId || intent.state !== 'needs-authentication') continue;
        intent.state = outcome === 'succeeded' ? 'authorized' : 'open';
        intent.declineCode = outcome === 'succeeded' ? undefined : 'authentication_failed';
      }
    },
    /** The captures of an order, their total amount, and the number of open authorisations. */
    ledger(orderId: string) {
      const of = [...intents.values()].filter((intent) => intent.orderId === orderId);
      return {
        captures: of.reduce((sum, { captures }) => sum + captures, 0),
        captured: of.reduce((sum, { amount, captures }) => sum + amount * captures, 0),
        authorized: of.filter(({ state }) => state === 'authorized').length,
      };
    },
  };
}
