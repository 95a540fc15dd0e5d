import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { visitors } from '../../e2e/support/http.ts';
import type { Answer, User } from '../../e2e/support/http.ts';
import { startLoad } from '../../e2e/support/load.ts';
import type { AcknowledgedCode } from '../../e2e/support/load.ts';
import { checkInvariants, readAll, unsettled } from '../../e2e/support/invariants.ts';
import type { Everything } from '../../e2e/support/invariants.ts';
import type { Fault } from './faults.ts';
import { startHistory } from './history.ts';
import type { History } from './history.ts';
import { startMarketplace } from './marketplace.ts';
import { isPoison } from './tap.ts';

const RECOVERY_LIMIT_MS = 60_000;
/** The time kept for the last fault to end and for everything to settle. */
const END_MS = 90_000;

export interface Verdict {
  invariant: string;
  /** What was checked, in words with counts. */
  checked: string;
  broken: string[];
}

export interface Broken {
  history: History;
  verdicts: Verdict[];
  seconds: number;
}

type Visitors = ReturnType<typeof visitors>;

/** Repeats a purchase, from the listing to the sale, until one succeeds. Returns whether one did in time. */
async function purchase([seller, buyer]: [Person, Person]): Promise<boolean> {
  const deadline = Date.now() + RECOVERY_LIMIT_MS;
  while (Date.now() < deadline) {
    const { status, body: ticket } = await seller.list();
    const order = status === 201 ? await buyer.order(ticket.id) : undefined;
    if (order?.status === 201) {
      for (let poll = 0; poll < 40 && Date.now() < deadline; poll++) {
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

/** Tries to use what belongs to others. Returns each attempt and whether it was refused. */
async function trespass(market: Visitors, [seller, buyer]: [Person, Person]) {
  const stranger = await market.signUp();
  const ticket = (await seller.list()).body;
  await delay(500);
  const order = (await buyer.order(ticket.id)).body;
  await delay(500);
  const statuses = {
    'reads an order': (await stranger.see(order.id)).status,
    'cancels an order': (await stranger.cancel(order.id)).status,
    'pays an order': (await stranger.pay(order.id)).status,
    'edits a ticket': (await stranger.edit(ticket.id, { title: 'Mine', price: { amount: 99, currency: 'usd' } }))
      .status,
  };
  return Object.entries(statuses).map(([attempt, status]) => ({
    attempt,
    // 409: payments has not learned of the hold yet, and so not of the buyer either.
    isRefused: status === 403 || status === 404 || (status === 409 && attempt === 'pays an order'),
  }));
}

type Load = Awaited<ReturnType<typeof startLoad>>;
/** The latest codes of the load, for each of which several users try to read it. */
const MAX_CODES = 300;

/**
 * Reads the codes that sellers have entered: as their sellers and the buyers of complete orders, who must get the same code, as every
 * buyer whose order of the ticket was cancelled, and as a stranger. Returns how many reads there were and which were wrong.
 */
async function readCodes(market: Visitors, { users, codes, readUnpaid }: Load, { orders }: Everything) {
  const stranger = await market.signUp();
  const userOf = new Map(users.map((user) => [user.id, user]));
  const ordersOf = Map.groupBy(orders, ({ ticketId }) => ticketId);
  const broken = readUnpaid.map((ticketId) => `I13: a buyer reads the code of ticket ${ticketId} before paying`);
  let reads = 0;
  const check = async (user: User | undefined, { ticketId, code }: AcknowledgedCode, who: string, mayRead: boolean) => {
    if (!user) return;
    reads++;
    const { status, body } = await user.delivery(ticketId);
    const isRight = mayRead ? status === 200 && body.code === code : status === 404;
    if (!isRight) broken.push(`I13: ${who} of ticket ${ticketId} gets ${status} for its code`);
  };
  for (const one of codes.slice(-MAX_CODES)) {
    const ended = ordersOf.get(one.ticketId) ?? [];
    const paid = ended.filter(({ status }) => status === 'complete').map(({ userId }) => userId);
    const unpaid = new Set(ended.map(({ userId }) => userId).filter((userId) => !paid.includes(userId)));
    await check(userOf.get(one.sellerId), one, 'the seller', true);
    for (const userId of paid) await check(userOf.get(userId), one, 'the buyer', true);
    for (const userId of unpaid) await check(userOf.get(userId), one, 'a buyer who did not pay', false);
    await check(stranger, one, 'a stranger', false);
  }
  return { reads, broken };
}

/** Runs the whole stack under load for about `ms`, injects one fault after another, and checks every invariant at the end. */
export async function breakMarketplace(
  folder: string,
  { ms, faults, log }: { ms: number; faults: readonly Fault[]; log: (line: string) => void },
): Promise<Broken> {
  const began = Date.now();
  const market = await startMarketplace(path.join(folder, 'stack'));
  try {
    const { stack, tap } = market;
    const users = visitors(stack.url);
    const pair: [Person, Person] = [await users.signUp(), await users.signUp()];
    const history = startHistory(path.join(folder, 'history.jsonl'));
    const answers = startAnswers();
    const load = await startLoad(stack.url, {
      onAnswer(what, answer) {
        history.add(what, answer);
        answers.check(what, answer);
      },
    });
    const reads = readContinuously(stack.url, (answer) => {
      answers.check('read the list', answer);
    });
    const lostPoison: string[] = [];

    const inject = async ({ name, strike }: Fault) => {
      answers.during(name);
      const from = history.now();
      const failedBefore = reads.failed;
      await strike(market);
      const to = history.now();
      const hasRecovered = await purchase(pair);
      const recoveryMs = hasRecovered ? history.now() - to : undefined;
      history.addFault({ name, from, to, recoveryMs });
      log(
        `${name}: ${recoveryMs === undefined ? 'no purchase succeeded within a minute' : `a purchase succeeded after ${(recoveryMs / 1000).toFixed(1)} s`}`,
      );
      if (!(await tap.poison()))
        lostPoison.push(`I11: after "${name}" a poison message was not dead-lettered within 30 s`);
      if (name.startsWith('rolling restart')) reads.failedInRestart += reads.failed - failedBefore;
    };
    await delay(3000);
    // One after another, from the first again while there is time.
    for (let count = 0; Date.now() - began < ms - END_MS; count++) {
      const fault = faults[count % faults.length];
      if (fault) await inject(fault);
      await delay(1000);
    }
    await load.stop();
    await reads.stop();
    log('faults and load have ended; waiting until everything has settled');
    const verdicts = await judge();
    await history.close();
    return { history, verdicts, seconds: (Date.now() - began) / 1000 };

    async function judge(): Promise<Verdict[]> {
      const attempts = await trespass(users, pair);
      const { broken, counts, everything } = await checkInvariants(stack, {
        acknowledged: load.acknowledged,
        isPoison,
        withinMs: 90_000,
      });
      const codes = await readCodes(users, load, everything);
      const redelivered = await tap.republish();
      const changed = differences(everything, await readAll(stack));
      const of = (invariant: string) => broken.filter((line) => line.startsWith(`${invariant}:`));
      const { orders, tickets, payments, entries } = everything;
      const captured = entries.filter(({ type }) => type === 'captured').length;
      const acknowledged = load.acknowledged.tickets.length + load.acknowledged.orders.length;
      const slow = history.strikes.filter(({ recoveryMs = Infinity }) => recoveryMs > 30_000);
      return [
        { invariant: 'I1', checked: `${orders.length} orders of ${tickets.length} tickets`, broken: of('I1') },
        {
          invariant: 'I2',
          checked: `${counts.complete} complete and ${counts.cancelled} cancelled orders against ${entries.length} entries of the provider's ledger`,
          broken: of('I2'),
        },
        { invariant: 'I3', checked: `${captured} captures`, broken: of('I3') },
        {
          invariant: 'I4',
          checked: `${orders.length} orders, all ended; recovery after each of ${history.strikes.length} faults`,
          broken: [...of('I4'), ...slow.map(({ name }) => `I4: more than 30 s to recover after: ${name}`)],
        },
        { invariant: 'I5', checked: `the histories of ${orders.length} orders`, broken: of('I5') },
        { invariant: 'I6', checked: `${acknowledged} acknowledged tickets and orders`, broken: of('I6') },
        {
          invariant: 'I7',
          checked: `${tickets.length} tickets, ${payments.length} payments and their copies; every outbox is empty`,
          broken: of('I7'),
        },
        {
          invariant: 'I8',
          checked: `${redelivered} messages that were published again, in another order`,
          broken: changed.map((what) => `I8: a message that was published again changed ${what}`),
        },
        { invariant: 'I9', checked: `${tickets.length} tickets`, broken: of('I9') },
        {
          invariant: 'I10',
          checked: `${attempts.length} attempts to use what belongs to others`,
          broken: attempts.filter(({ isRefused }) => !isRefused).map(({ attempt }) => `I10: a stranger ${attempt}`),
        },
        {
          invariant: 'I11',
          checked: `${history.strikes.length} poison messages on each subject, and the events of ${orders.length + tickets.length} documents`,
          broken: [...of('I11'), ...lostPoison],
        },
        {
          invariant: 'I12',
          checked: `${reads.done} reads of the list; none may fail during a rolling restart`,
          broken:
            reads.failedInRestart > 0 ? [`I12: ${reads.failedInRestart} reads failed during a rolling restart`] : [],
        },
        {
          invariant: 'I13',
          checked: `${codes.reads} reads of codes by sellers, buyers and strangers`,
          broken: codes.broken,
        },
        {
          invariant: 'I14',
          checked: `${load.codes.length} codes that were saved, and ${load.answers()['deliver 409'] ?? 0} refused, most of which another listing had`,
          broken: of('I14'),
        },
        {
          invariant: 'HTTP',
          checked: `${answers.count} answers, ${answers.unavailable} of them a 503`,
          broken: [...answers.wrong].map(([what, times]) => `HTTP: ${times} times ${what}`),
        },
      ];
    }
  } finally {
    await market.end();
  }
}

/** The documents that differ from before, ignoring when they were written and the hint of the next order number. */
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

/** Checks every answer: no fault of a server is a 500, and a 503 tells the caller when to try again. */
function startAnswers() {
  let fault = 'the start';
  const answers = {
    count: 0,
    unavailable: 0,
    /** What must not be, and how often it was. */
    wrong: new Map<string, number>(),
    /** Names the fault that is being injected. */
    during(name: string): void {
      fault = name;
    },
    check(what: string, { status, headers }: Answer<unknown>): void {
      answers.count++;
      if (status === 503) answers.unavailable++;
      const isWrong = status === 500 || (status === 503 && !headers.has('retry-after'));
      if (!isWrong) return;
      const line = `${what}: ${status === 500 ? '500' : '503 without Retry-After'}, since "${fault}" began`;
      answers.wrong.set(line, (answers.wrong.get(line) ?? 0) + 1);
    },
  };
  return answers;
}

/**
 * Reads the list all the time, and calls `onAnswer` with each answer. A read may be retried, so a rolling restart must not
 * fail any.
 */
function readContinuously(url: string, onAnswer: (answer: Answer<unknown>) => void) {
  const { api } = visitors(url);
  const stopping = new AbortController();
  const reads = { done: 0, failed: 0, failedInRestart: 0 };
  const loop = (async () => {
    while (!stopping.signal.aborted) {
      const answer = await api('GET', '/tickets?limit=5');
      onAnswer(answer);
      if (answer.status !== 200) reads.failed++;
      reads.done++;
      await delay(50);
    }
  })();
  return Object.assign(reads, {
    async stop() {
      stopping.abort();
      await loop;
    },
  });
}
