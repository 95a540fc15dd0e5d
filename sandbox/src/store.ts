import { createIdempotencyKeys } from './idempotency.ts';
import { openJournal } from './journal.ts';
import type { Journal, Position } from './journal.ts';
import type { LedgerEntry } from './ledger.ts';
import type { Intent } from './payment-intents.ts';

/** The response to one request. */
export type Answer = { status: number; body: object; requestId: string };

/** Everything that one request changed: one line of the journal, so that a crash can't split it. `at` is ISO 8601. */
export type Change = {
  at: string;
  intent?: Intent;
  ledger?: LedgerEntry[];
  answer?: Answer & { key: string; fingerprint: string };
};

export type Store = ReturnType<typeof openStore>;

/** Opens the sandbox's state, rebuilt from the journal in `directory`; changes are written to it first. Throws when it is broken. */
export function openStore(directory: string, now: () => number) {
  const intents = new Map<string, Intent>();
  const ledger: LedgerEntry[] = [];
  const keys = createIdempotencyKeys<Position>(now);

  const apply = ({ at, intent, ledger: entries = [], answer }: Change, position: Position) => {
    if (intent !== undefined) intents.set(intent.id, intent);
    ledger.push(...entries);
    if (answer !== undefined) keys.record(answer.key, answer.fingerprint, Date.parse(at), position);
  };
  const journal: Journal<Change> = openJournal(directory, apply);

  return {
    intents: intents as ReadonlyMap<string, Intent>,
    ledger: ledger as readonly LedgerEntry[],
    claim: keys.claim,
    commit: (change: Change): void => {
      apply(change, journal.append(change));
    },
    /** The answer at a position, read from the file because bodies would fill the memory. Throws if there is none. */
    answerAt: (position: Position): Answer => {
      const { answer } = journal.read(position);
      if (answer === undefined) throw new Error(`The journal has no answer at byte ${position.offset}`);
      return answer;
    },
    close: journal.close,
  };
}
