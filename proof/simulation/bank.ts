import { ProviderFailed } from '../../payments/src/provider/provider.ts';
import type { Intent, PaymentProvider } from '../../payments/src/provider/provider.ts';
import { fakeProvider } from '../../payments/test/fake-provider.ts';
import type { Fault, ProviderCall } from '../../payments/test/fake-provider.ts';
import type { World } from './world.ts';
import { currentProcess } from './scheduler.ts';

export interface Entry {
  orderId: string;
  type: 'authorized' | 'captured' | 'voided' | 'dropped';
  amount: number;
}

export type Bank = ReturnType<typeof createBank>;

const troubles: Fault[] = [
  'fails-before-acting',
  'fails-after-acting',
  'spends-the-key',
  'spends-the-key-after-acting',
];

const deaths = {
  create: 'a process dies after the provider made an intent, before its id is recorded',
  confirm: 'a process dies between authorising and saving it',
  capture: 'a process dies between capturing and saving it',
  cancel: 'a process dies between voiding and saving it',
} as const;

/** A crash after the provider acted and before that is written down is the one to be afraid of: so much likelier it is here. */
const PERIL = { create: 3, retrieve: 1, confirm: 8, capture: 8, cancel: 25 };

/** The payment provider and the banks behind it, with a ledger: the tests' own provider, on the run's time and with its troubles. */
export function createBank(world: World, wrote: (entry: Entry) => void) {
  const { scheduler, chances } = world;
  const fake = fakeProvider();
  const ledger: Entry[] = [];
  /** Intents made and, of those, how many for an answer that was a 500. */
  const intents = new Map<string, { orderId: string; amount: number }>();
  const spentCreates = new Map<string, number>();
  const spent = new Set<string>();

  function write(orderId: string, type: Entry['type'], amount: number): void {
    const entry = { orderId, type, amount };
    ledger.push(entry);
    world.tell(() => `the provider's ledger: ${orderId} ${type} ${amount}`);
    wrote(entry);
  }

  const states = (orderId: string) =>
    new Map(fake.of(orderId).map(({ id, state, captures }) => [id, { state, captures }]));

  /** Writes down what an act changed. */
  function noted<T>(orderId: string, act: () => T, gone: 'voided' | 'dropped' = 'voided'): T {
    const before = states(orderId);
    try {
      return act();
    } finally {
      for (const { id, state, captures, amount } of fake.of(orderId)) {
        intents.set(id, { orderId, amount });
        const was = before.get(id);
        if (captures > (was?.captures ?? 0)) write(orderId, 'captured', amount);
        if (state === was?.state) continue;
        if (state === 'authorized') write(orderId, 'authorized', amount);
        if (state === 'canceled' && was?.state === 'authorized') write(orderId, gone, amount);
      }
    }
  }

  const slow = () => (world.strikes('providerTrouble') ? chances.between(50, 12_000) : chances.between(2, 60));

  /** One call: the trouble that strikes it is chosen when it is made, and its outcome when it arrives. */
  function call<T>(name: ProviderCall, orderId: string, act: () => Promise<T>): Promise<T> {
    const process = currentProcess();
    const trouble = world.strikes('providerTrouble') ? chances.pick(troubles) : undefined;
    const outcome = scheduler.call(
      () => {
        if (name === 'retrieve' && trouble) throw new ProviderFailed('no answer', false);
        const takeBack = trouble && fake.plan(name, trouble);
        // The fake acts at once; only its answer is an invariant.
        const answer = noted(orderId, act);
        takeBack?.();
        world.tell(() => `${name} of ${orderId} at the provider${trouble ? ` (${trouble})` : ''}`);
        if (trouble === 'fails-after-acting') world.took('the provider does not answer after acting');
        if (trouble === 'spends-the-key-after-acting') world.took('the provider says 500 after acting');
        if (trouble?.startsWith('spends')) spent.add(orderId);
        if (name === 'retrieve' && spent.has(orderId)) world.took('an intent is looked at after a 500');
        if (name === 'create' && trouble?.startsWith('spends'))
          spentCreates.set(orderId, (spentCreates.get(orderId) ?? 0) + 1);
        // Handled where it is awaited, a while later.
        answer.catch(() => undefined);
        return answer;
      },
      slow,
      {
        before: () => world.mayCrash(process, `before it asks the provider to ${name}`),
        after() {
          const died = world.mayCrash(process, `after the provider was asked to ${name}`, PERIL[name]);
          if (died && name !== 'retrieve') world.took(deaths[name]);
        },
      },
    );
    return outcome;
  }

  const orderOf = (intentId: string) => intents.get(intentId)?.orderId ?? '';
  const provider: PaymentProvider = {
    ...fake.provider,
    create: (payment, key) => call('create', payment.orderId, () => fake.provider.create(payment, key)),
    retrieve: (id) => call('retrieve', orderOf(id), () => fake.provider.retrieve(id)),
    confirm: (id, method, key) => call('confirm', orderOf(id), () => fake.provider.confirm(id, method, key)),
    capture: (id, key) => call('capture', orderOf(id), () => fake.provider.capture(id, key)),
    cancel: (id, key) => call('cancel', orderOf(id), () => fake.provider.cancel(id, key)),
  };

  return {
    provider,
    ledger: ledger as readonly Entry[],
    of: fake.of,
    /** How many intents of an order answered with a 500 when they were to be made. */
    spentCreates: (orderId: string) => spentCreates.get(orderId) ?? 0,
    /** The buyer confirms to the bank, after which the intent is authorised. */
    authenticate(orderId: string): void {
      become(orderId, 'needs-authentication', 'authorized');
    },
    /** The bank takes an authorisation back. */
    drop(orderId: string): void {
      become(orderId, 'authorized', 'canceled', 'dropped');
    },
  };

  /** What the bank does by itself. */
  function become(orderId: string, from: Intent['state'], to: Intent['state'], gone?: 'dropped'): void {
    const act = () => {
      for (const intent of fake.of(orderId)) if (intent.state === from) intent.state = to;
    };
    noted(orderId, act, gone);
  }
}
