import { CardDeclined, ProviderFailed, ProviderRefused } from '../src/provider/provider.ts';
import type { Intent, PaymentProvider } from '../src/provider/provider.ts';

type Call = keyof PaymentProvider;
export type Trouble = 'fails-before-acting' | 'fails-after-acting' | 'spends-the-key' | 'spends-the-key-after-acting';

/** A provider in memory that keeps the rules of the real one: an intent's states, and one act for each key. */
export function fakeProvider() {
  const intents = new Map<string, Intent & { orderId: string; amount: number; captures: number }>();
  const answers = new Map<string, { acted: Intent } | { error: Error }>();
  const troubles: { call: Call; trouble: Trouble }[] = [];
  const calls: string[] = [];

  const find = (id: string) => {
    const intent = intents.get(id);
    if (!intent) throw new ProviderRefused('no such intent', 'resource_missing');
    return intent;
  };
  const unexpected = () => new ProviderRefused('unexpected state', 'payment_intent_unexpected_state');

  /** Acts once for each key, and fails as it was told to. */
  function keyed(call: Call, key: string, act: () => Intent): Promise<Intent> {
    calls.push(key);
    const known = answers.get(key);
    if (known) return 'error' in known ? Promise.reject(known.error) : Promise.resolve(known.acted);
    const at = troubles.findIndex((planned) => planned.call === call);
    const trouble = at < 0 ? undefined : troubles.splice(at, 1)[0]?.trouble;
    if (trouble === 'fails-before-acting') return Promise.reject(new ProviderFailed('no answer', false));
    if (trouble === 'spends-the-key') {
      const error = new ProviderFailed('500', true);
      answers.set(key, { error });
      return Promise.reject(error);
    }
    let answer: { acted: Intent } | { error: Error };
    try {
      answer = { acted: { ...act() } };
    } catch (error) {
      answer = { error: error as Error };
    }
    if (trouble === 'spends-the-key-after-acting') answer = { error: new ProviderFailed('500', true) };
    answers.set(key, answer);
    if (trouble === 'fails-after-acting') return Promise.reject(new ProviderFailed('no answer', false));
    return 'error' in answer ? Promise.reject(answer.error) : Promise.resolve(answer.acted);
  }

  const provider: PaymentProvider = {
    create: ({ orderId, amount }, key) =>
      keyed('create', key, () => {
        const intent = { id: `pi_${intents.size + 1}`, state: 'open' as const, orderId, amount, captures: 0 };
        intents.set(intent.id, intent);
        return intent;
      }),
    retrieve: (id) => Promise.resolve({ ...find(id) }),
    confirm: (id, paymentMethod, key) =>
      keyed('confirm', key, () => {
        const intent = find(id);
        if (intent.state !== 'open' && intent.state !== 'needs-authentication') throw unexpected();
        if (paymentMethod === 'pm_unknown') throw new ProviderRefused('no such payment method', 'resource_missing');
        if (paymentMethod.includes('Declined')) throw new CardDeclined('Your card was declined.', 'generic_decline');
        intent.state = paymentMethod.includes('authentication') ? 'needs-authentication' : 'authorized';
        return intent;
      }),
    capture: (id, key) =>
      keyed('capture', key, () => {
        const intent = find(id);
        if (intent.state !== 'authorized') throw unexpected();
        intent.state = 'captured';
        intent.captures++;
        return intent;
      }),
    cancel: (id, key) =>
      keyed('cancel', key, () => {
        const intent = find(id);
        if (intent.state === 'captured' || intent.state === 'canceled') throw unexpected();
        intent.state = 'canceled';
        return intent;
      }),
  };

  return {
    provider,
    calls,
    /** The next call of this kind goes wrong. Gives a way to take that back while it has not happened. */
    plan(call: Call, trouble: Trouble) {
      const planned = { call, trouble };
      troubles.push(planned);
      return () => {
        const at = troubles.indexOf(planned);
        if (at >= 0) troubles.splice(at, 1);
      };
    },
    of: (orderId: string) => [...intents.values()].filter((intent) => intent.orderId === orderId),
    /** What the bank does by itself. */
    set(orderId: string, state: Intent['state']) {
      for (const intent of intents.values()) if (intent.orderId === orderId) intent.state = state;
    },
    /** What was taken from the buyer for an order, how often, and whether anything is still reserved. */
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
