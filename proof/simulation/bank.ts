import { ProviderFailed } from '../../payments/src/provider/provider.ts';
import type { PaymentProvider } from '../../payments/src/provider/provider.ts';
import { fakeProvider } from '../../payments/test/fake-provider.ts';
import type { Fault, ProviderCall } from '../../payments/test/fake-provider.ts';
import { currentProcess } from './scheduler.ts';
import { shownTime } from './time.ts';
import type { World } from './world.ts';

export interface Entry {
  orderId: string;
  type: 'authorized' | 'captured' | 'voided' | 'dropped';
  amount: number;
}

export type Bank = ReturnType<typeof createBank>;

const faults: Fault[] = ['fails-before-acting', 'fails-after-acting', 'spends-the-key', 'spends-the-key-after-acting'];

const crashPoints = {
  authorize: 'a process crashes between authorising and saving it',
  confirm: 'a process crashes between authorising another card and saving it',
  capture: 'a process crashes between capturing and saving it',
  cancel: 'a process crashes between voiding and saving it',
} as const;

/** A crash between an act of the provider and its record is the most dangerous one, so it is made this much likelier. */
const CRASH_FACTOR = { authorize: 8, retrieve: 1, find: 1, confirm: 40, capture: 8, cancel: 25 };

/** The payment provider and the banks behind it, with a ledger: the fake provider of the payments tests, on the clock and with the faults of the run. */
export function createBank(world: World, onEntry: (entry: Entry) => void) {
  const { scheduler, chances } = world;
  const fake = fakeProvider();
  const ledger: Entry[] = [];
  const intents = new Map<string, { orderId: string; amount: number }>();
  const confirmedAt = new Map<string, number>();
  /** The orders with a call that was answered with a 500. */
  const spent = new Set<string>();

  function write(orderId: string, type: Entry['type'], amount: number): void {
    const entry = { orderId, type, amount };
    ledger.push(entry);
    world.trace(() => `the provider's ledger: ${orderId} ${type} ${amount}`);
    onEntry(entry);
  }

  const states = (orderId: string) =>
    new Map(fake.of(orderId).map(({ id, state, captures }) => [id, { state, captures }]));

  /** Acts, and records in the ledger what changed. */
  function recorded<T>(orderId: string, act: () => T, released: 'voided' | 'dropped' = 'voided'): T {
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
        if (state === 'canceled' && was?.state === 'authorized') write(orderId, released, amount);
      }
    }
  }

  const latency = () => (world.strikes('providerFailures') ? chances.between(50, 12_000) : chances.between(2, 60));

  /** One call to the provider. Its fault is chosen when it is made, its outcome when it arrives. */
  function call<T>(name: ProviderCall, orderId: string, act: () => Promise<T>): Promise<T> {
    const process = currentProcess();
    const fault = world.strikes('providerFailures') ? chances.pick(faults) : undefined;
    return scheduler.call(
      () => {
        const isRead = name === 'retrieve' || name === 'find';
        if (isRead && fault) throw new ProviderFailed('timed out');
        const removeFault = fault && fake.plan(name, fault);
        // The fake acts synchronously; only its result is a promise.
        const result = recorded(orderId, act);
        removeFault?.();
        world.trace(() => `${name} of ${orderId} at the provider${fault ? ` (${fault})` : ''}`);
        if (fault === 'fails-after-acting') world.reached('the provider times out after acting');
        if (fault === 'spends-the-key-after-acting') world.reached('the provider answers 500 after acting');
        if (fault?.startsWith('spends')) spent.add(orderId);
        if (name === 'retrieve' && spent.has(orderId)) world.reached('an intent is retrieved after a 500');
        if (name === 'find') world.reached('an intent that a 500 hid is searched by its order');
        // Handled where it is awaited, later.
        result.catch(() => undefined);
        return result;
      },
      latency,
      {
        before: () => world.mayCrash(process, `before it calls ${name} at the provider`),
        after() {
          const hasCrashed = world.mayCrash(process, `after it called ${name} at the provider`, CRASH_FACTOR[name]);
          if (hasCrashed && name !== 'retrieve' && name !== 'find') world.reached(crashPoints[name]);
        },
      },
    );
  }

  const orderOf = (intentId: string) => intents.get(intentId)?.orderId ?? '';
  const provider: PaymentProvider = {
    ...fake.provider,
    authorize: (payment, key) => call('authorize', payment.orderId, () => fake.provider.authorize(payment, key)),
    find: (orderId, since) => call('find', orderId, () => fake.provider.find(orderId, since)),
    retrieve: (id) => call('retrieve', orderOf(id), () => fake.provider.retrieve(id)),
    confirm: (id, method, key) => call('confirm', orderOf(id), () => fake.provider.confirm(id, method, key)),
    capture: (id, key) => call('capture', orderOf(id), () => fake.provider.capture(id, key)),
    cancel: (id, key) => call('cancel', orderOf(id), () => fake.provider.cancel(id, key)),
  };

  return {
    provider,
    ledger: ledger as readonly Entry[],
    of: fake.of,
    /** When the buyer of an order has confirmed its payment at the bank, by the clock of the run. */
    confirmedAt: confirmedAt as ReadonlyMap<string, number>,
    /** The buyer confirms a payment at the bank, which authorises the intent, or fails to. */
    authenticate(orderId: string, outcome: 'succeeded' | 'failed' = 'succeeded'): void {
      const before = ledger.length;
      recorded(orderId, () => {
        fake.authenticate(orderId, outcome);
      });
      if (ledger.length > before) confirmedAt.set(orderId, shownTime());
    },
    /** The bank drops an authorisation. */
    drop(orderId: string): void {
      const act = () => {
        for (const intent of fake.of(orderId)) if (intent.state === 'authorized') intent.state = 'canceled';
      };
      recorded(orderId, act, 'dropped');
    },
  };
}
