import { consumedBy } from '../bus-rights.ts';
import type { ProcessState } from '../stack/status.ts';
import type { BusFault } from './armed-faults.ts';
import { DELAY_MS } from './faulty-bus.ts';
import type { Market } from './market.ts';

/** A line about what a fault shows, and the invariants of docs/invariants.md that must hold all the same. */
export type Expectation = { watch: string; holds: readonly string[] };

/** A button of the lab. `act` resolves to what has happened, in a sentence. */
export type Fault = Expectation & {
  /** Unique among all. */
  id: string;
  button: string;
  act: (market: Market) => Promise<string>;
};

/** A button beside each process. It is there in these states. */
export type ProcessFault = {
  id: string;
  button: string;
  states: readonly ProcessState[];
  act: (market: Market, name: string) => Promise<string>;
};

/** A button for an event and a service that consumes it. */
export type MessageFault = Expectation & { id: BusFault; button: string; done: string };

const running: readonly ProcessState[] = ['ready', 'not ready'];

export const processFaults: readonly ProcessFault[] = [
  {
    ...{ id: 'pause', button: 'Pause', states: running },
    act(market, name) {
      market.signal(name, 'SIGSTOP');
      return Promise.resolve(`${name} is paused (SIGSTOP): its connections stay open, and nothing answers`);
    },
  },
  {
    ...{ id: 'go-on', button: 'Go on', states: ['paused'] },
    act(market, name) {
      market.signal(name, 'SIGCONT');
      return Promise.resolve(`${name} goes on (SIGCONT)`);
    },
  },
  {
    ...{ id: 'kill', button: 'Kill', states: [...running, 'paused'] },
    act(market, name) {
      market.signal(name, 'SIGKILL');
      return Promise.resolve(`${name} is killed (SIGKILL); its supervisor starts it again after a second or more`);
    },
  },
  {
    ...{ id: 'stop', button: 'Stop', states: running },
    async act(market, name) {
      await market.control('stop', name);
      return `${name} is stopped (SIGTERM) and stays down`;
    },
  },
  {
    ...{ id: 'start', button: 'Start', states: ['down'] },
    async act(market, name) {
      await market.control('start', name);
      return `${name} is ready`;
    },
  },
];

/** What to watch while a process of a service is paused or down. */
export const processExpectations: Readonly<Record<string, Expectation>> = {
  auth: {
    watch:
      'Nobody can sign in or up. Other services check sessions by themselves, so they still take orders and payments of visitors who are signed in.',
    holds: ['I6', 'I10'],
  },
  tickets: {
    watch: 'The list of tickets has a message with a link to try again; orders that are placed stay “created”.',
    holds: ['I6', 'I9'],
  },
  orders: {
    watch: 'Holding a ticket fails with a message; once orders is back, trying again works and takes no second ticket.',
    holds: ['I1', 'I6'],
  },
  payments: {
    watch: 'Paying fails or its outcome is open; the page of the order shows it once payments is back.',
    holds: ['I2', 'I3'],
  },
  expiration: {
    watch:
      'Nothing on the pages: orders itself ends a hold a few seconds late. The metric timers_overdue, on its return.',
    holds: ['I4'],
  },
  client: { watch: 'The pages are down; the API under /api goes on.', holds: ['I6'] },
  router: { watch: 'The whole site is down; what services do by themselves goes on.', holds: ['I4', 'I6'] },
  mongodb: {
    watch:
      'Requests get a 503 with Retry-After; the log has “MongoDB is unavailable”. Nothing that was acknowledged is lost.',
    holds: ['I6', 'I7'],
  },
  redis: { watch: 'The log of expiration; orders are cancelled in time by the sweep in orders.', holds: ['I4'] },
  nats: {
    watch:
      'A new order stays “created”. The metrics bus_connected (0) and outbox_documents; both recover with the bus.',
    holds: ['I7', 'I8'],
  },
  sandbox: {
    watch: 'Paying: the outcome is open. In the log of payments “a step of a payment failed”, until it succeeds.',
    holds: ['I2', 'I3'],
  },
  'mail-catcher': { watch: 'Mails wait in auth, and arrive once it is back. The metric mails_total.', holds: ['I6'] },
};

export const messageFaults: readonly MessageFault[] = [
  {
    id: 'drop',
    button: 'Drop',
    done: 'acknowledged and never handled, as if the bus had lost it',
    watch:
      'An order or a payment that waits for the answer sends its event again after 10 s, and goes on. Other events are lost until a resync (below).',
    holds: ['I4', 'I7'],
  },
  {
    id: 'repeat',
    button: 'Repeat',
    done: 'handled twice at once',
    watch: 'Nothing on the pages. The metric events_handled_total grows by two for one change.',
    holds: ['I3', 'I8'],
  },
  {
    id: 'delay',
    button: `Delay by ${DELAY_MS / 1000} s`,
    done: `delivered ${DELAY_MS / 1000} s late`,
    watch:
      'The page waits for about 5 s: then the bus, which has no acknowledgement, delivers the message again. The late one is a duplicate that changes nothing. The metric event_lag_seconds.',
    holds: ['I1', 'I8'],
  },
  {
    id: 'crash',
    button: 'Crash before the acknowledgement',
    done: 'handled by a process that is killed before it acknowledges',
    watch: 'The process is restarted, and the message is delivered again to a state that already has its effect.',
    holds: ['I6', 'I8'],
  },
];

/** A service and an event that it consumes. */
export type Delivery = { service: string; event: string };

/** Every event that each service consumes. */
export const deliveries = (): Delivery[] =>
  Object.entries(consumedBy()).flatMap(([service, events]) => events.map((event) => ({ service, event })));

/** Slower than usual, and within the 5 s that payments waits. */
const SLOW_MS = 3000;

export const providerFaults: readonly Fault[] = [
  {
    ...{ id: 'provider-slow', button: 'Slow: answers after 3 s' },
    watch: 'The button to pay works for seconds; a second click, or another tab, takes no second payment.',
    holds: ['I3'],
    async act(market) {
      await market.injectProviderFault({
        ...{ operation: 'any', fault: 'slow', delayMs: SLOW_MS, times: 'until-cleared' },
      });
      return 'the payment provider is slow, until it is well again';
    },
  },
  {
    ...{ id: 'provider-silent', button: 'Silent: acts and never answers' },
    watch:
      'Paying ends without an outcome after seconds. Make the provider well again: the order completes, with one capture in the ledger.',
    holds: ['I2', 'I3'],
    async act(market) {
      await market.injectProviderFault({ operation: 'any', fault: 'timeout-after-acting', times: 'until-cleared' });
      return 'the payment provider acts and never answers, until it is well again';
    },
  },
  {
    ...{ id: 'provider-declines', button: 'Decline the next card' },
    watch: 'The page tells that the card was declined; the ticket is still held, and paying again works.',
    holds: ['I2', 'I5'],
    async act(market) {
      await market.injectProviderFault({ operation: 'any', fault: 'declined', times: 1 });
      return 'the payment provider declines the next card';
    },
  },
  {
    ...{ id: 'provider-well', button: 'Well again' },
    watch: 'Payments that were open are finished within seconds; the metric payments_overdue is 0.',
    holds: ['I2'],
    async act(market) {
      await market.clearProviderFaults();
      return 'the payment provider is well again';
    },
  },
];

/** A hold of the default length ends by it. */
const JUMP_MS = 15 * 60_000;

export const clockFaults: readonly Fault[] = [
  {
    ...{ id: 'clock-jump', button: '15 minutes forward' },
    watch:
      'An order that waits for payment is cancelled as expired within seconds, its ticket is listed again, and paying for it takes no money.',
    holds: ['I2', 'I4', 'I9'],
    async act(market) {
      await market.advanceClocks(JUMP_MS);
      return 'the clocks of all services are 15 minutes further ahead; those of browsers and stores are not';
    },
  },
];

export const repairs: readonly Fault[] = [
  {
    ...{ id: 'resync', button: 'Resync' },
    watch:
      'Services publish what has changed in the last day again; copies that missed an event become equal to their source.',
    holds: ['I7', 'I8'],
    async act(market) {
      return `${await market.resync()} documents are published again`;
    },
  },
  {
    ...{ id: 'heal', button: 'End all faults' },
    watch: 'Within 30 s every order that is due has ended, and the processes that run are ready.',
    holds: ['I4'],
    async act(market) {
      await market.heal();
      return 'what was paused goes on, the payment provider is well, no fault waits for a message, the clocks are right';
    },
  },
];
