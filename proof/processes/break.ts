import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { visitors } from '../../e2e/support/http.ts';
import { startLoad } from '../../e2e/support/load.ts';
import { checkInvariants, readAll, unsettled } from '../../e2e/support/invariants.ts';
import type { Everything } from '../../e2e/support/invariants.ts';
import type { Fault } from './faults.ts';
import { startHistory } from './history.ts';
import type { History } from './history.ts';
import { startMarketplace } from './marketplace.ts';
import { isPoison } from './tap.ts';

const RECOVERY_LIMIT_MS = 60_000;
/** What is left for the last fault to be over and for everything to rest. */
const END_MS = 90_000;

export interface Verdict {
  invariant: string;
  /** What was looked at, in words with counts. */
  lookedAt: string;
  broken: string[];
}

export interface Broken {
  history: History;
  verdicts: Verdict[];
  seconds: number;
}

type Visitors = ReturnType<typeof visitors>;

/** A purchase from the listing to the sale, as often as it takes; gives whether it came about in time. */
async function buyOne([seller, buyer]: [Person, Person]): Promise<boolean> {
  const deadline = Date.now() + RECOVERY_LIMIT_MS;
  while (Date.now() < deadline) {
    const { status, body: ticket } = await seller.list();
    const order = status === 201 ? await buyer.order(ticket.id) : undefined;
    if (order?.status === 201) {
      for (let look = 0; look < 40 && Date.now() < deadline; look++) {
        const seen = await buyer.see(order.body.id);
        if (seen.body.status === 'complete') return true;
        if (seen.body.status === 'cancelled') break;
        if (seen.body.status === 'awaiting:payment') await buyer.pay(order.body.id);
        await delay(50);
      }
    }
    await delay(50);
  }
  return false;
}

type Person = Awaited<ReturnType<Visitors['signUp']>>;

/** Meddles with what is another's; gives what was let through. */
async function meddle(market: Visitors, [seller, buyer]: [Person, Person]) {
  const stranger = await market.signUp();
  const ticket = (await seller.list()).body;
  await delay(500);
  const order = (await buyer.order(ticket.id)).body;
  await delay(500);
  const answers = {
    'reads an order': (await stranger.see(order.id)).status,
    'cancels an order': (await stranger.cancel(order.id)).status,
    'pays an order': (await stranger.pay(order.id)).status,
    'edits a ticket': (await stranger.edit(ticket.id, { title: 'Mine', price: { amount: 1, currency: 'usd' } })).status,
  };
  return Object.entries(answers).map(([what, status]) => ({ what, isRefused: status === 403 || status === 404 }));
}

/** Runs the whole stack under load for about so long, strikes it with one of the faults after another, and looks what came of it. */
export async function breakMarketplace(
  folder: string,
  { ms, faults, say }: { ms: number; faults: readonly Fault[]; say: (line: string) => void },
): Promise<Broken> {
  const began = Date.now();
  const market = await startMarketplace(path.join(folder, 'stack'));
  try {
    const { stack, tap } = market;
    const people = visitors(stack.url);
    const pair: [Person, Person] = [await people.signUp(), await people.signUp()];
    const history = startHistory(path.join(folder, 'history.jsonl'));
    const load = await startLoad(stack.url, { onAnswer: history.add });
    const reads = readOn(stack.url);
    const lostPoison: string[] = [];

    const strike = async ({ name, strike }: Fault) => {
      const from = history.now();
      const failedBefore = reads.failed;
      await strike(market);
      const to = history.now();
      const isBack = await buyOne(pair);
      const recoveryMs = isBack ? history.now() - to : undefined;
      history.struck({ name, from, to, recoveryMs });
      say(
        `${name}: ${recoveryMs === undefined ? 'no purchase within a minute' : `a purchase after ${(recoveryMs / 1000).toFixed(1)} s`}`,
      );
      if (!(await tap.poison())) lostPoison.push(`I11: after "${name}" a message was not set aside within 30 s`);
      if (name.startsWith('rolling restart')) reads.failedInRestart += reads.failed - failedBefore;
    };
    await delay(3000);
    // One after another, and once more from the first while there is time.
    for (let turn = 0; Date.now() - began < ms - END_MS; turn++) {
      const fault = faults[turn % faults.length];
      if (fault) await strike(fault);
      await delay(1000);
    }
    await load.stop();
    await reads.stop();
    say('no more faults and no more load; waiting for rest');
    const verdicts = await judge();
    await history.close();
    return { history, verdicts, seconds: (Date.now() - began) / 1000 };

    async function judge(): Promise<Verdict[]> {
      const meddling = await meddle(people, pair);
      const { broken, counts, everything } = await checkInvariants(stack, {
        acknowledged: load.acknowledged,
        isPoison,
        withinMs: 90_000,
      });
      const again = await tap.sayAgain();
      const changed = differences(everything, await readAll(stack));
      const of = (invariant: string) => broken.filter((line) => line.startsWith(`${invariant}:`));
      const { orders, tickets, payments, entries } = everything;
      const captured = entries.filter(({ type }) => type === 'captured').length;
      const acknowledged = load.acknowledged.tickets.length + load.acknowledged.orders.length;
      const slow = history.strikes.filter(({ recoveryMs = Infinity }) => recoveryMs > 30_000);
      return [
        { invariant: 'I1', lookedAt: `${orders.length} orders of ${tickets.length} tickets`, broken: of('I1') },
        {
          invariant: 'I2',
          lookedAt: `${counts.complete} complete and ${counts.cancelled} cancelled orders against ${entries.length} entries of the provider's ledger`,
          broken: of('I2'),
        },
        { invariant: 'I3', lookedAt: `${captured} captures`, broken: of('I3') },
        {
          invariant: 'I4',
          lookedAt: `${orders.length} orders, all ended; recovery after each of ${history.strikes.length} faults`,
          broken: [...of('I4'), ...slow.map(({ name }) => `I4: more than 30 s to recover after: ${name}`)],
        },
        { invariant: 'I5', lookedAt: `the histories of ${orders.length} orders`, broken: of('I5') },
        { invariant: 'I6', lookedAt: `${acknowledged} acknowledged tickets and orders`, broken: of('I6') },
        {
          invariant: 'I7',
          lookedAt: `${tickets.length} tickets, ${payments.length} payments and their copies, no outbox with anything left`,
          broken: of('I7'),
        },
        {
          invariant: 'I8',
          lookedAt: `${again} messages that came again, in another order`,
          broken: changed.map((what) => `I8: what came again changed ${what}`),
        },
        { invariant: 'I9', lookedAt: `${tickets.length} tickets`, broken: of('I9') },
        {
          invariant: 'I10',
          lookedAt: `${meddling.length} tries to use what is another's`,
          broken: meddling.filter(({ isRefused }) => !isRefused).map(({ what }) => `I10: a stranger ${what}`),
        },
        {
          invariant: 'I11',
          lookedAt: `${history.strikes.length} times a message on every subject that nobody can read, and the events of ${orders.length + tickets.length} documents`,
          broken: [...of('I11'), ...lostPoison],
        },
        {
          invariant: 'I12',
          lookedAt: `${reads.done} reads of the list, those during the rolling restarts without a failure`,
          broken:
            reads.failedInRestart > 0 ? [`I12: ${reads.failedInRestart} reads failed during a rolling restart`] : [],
        },
      ];
    }
  } finally {
    await market.end();
  }
}

/** What of the second is not as in the first, but for what says nothing: when it was written, the hint of the next order number. */
function differences(before: Everything, after: Everything): string[] {
  const kinds = ['tickets', 'orders', 'copies', 'payments', 'entries'] as const;
  const lines = kinds.flatMap((kind) => {
    const shown = (everything: Everything) =>
      everything[kind].map((one) => JSON.stringify({ ...one, changedAt: '', lastOrder: 0 })).sort();
    const was = new Set(shown(before));
    return shown(after)
      .filter((one) => !was.has(one))
      .map((one) => `${kind}: ${one}`);
  });
  return [...lines, ...unsettled(after)];
}

/** Reads the list all the time: a request that may be repeated, which a rolling restart must not lose. */
function readOn(url: string) {
  const { api } = visitors(url);
  const stopping = new AbortController();
  const reads = { done: 0, failed: 0, failedInRestart: 0 };
  const going = (async () => {
    while (!stopping.signal.aborted) {
      if ((await api('GET', '/tickets?limit=5')).status !== 200) reads.failed++;
      reads.done++;
      await delay(50);
    }
  })();
  return Object.assign(reads, {
    async stop() {
      stopping.abort();
      await going;
    },
  });
}
