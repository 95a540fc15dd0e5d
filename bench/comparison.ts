import type { Candidate, CandidateOptions } from './candidate.ts';
import { startCommit, startThisCheckout } from './candidate.ts';
import { alternate, call, caseOf, load } from './harness.ts';
import type { Case, Round } from './harness.ts';
import { linesOf } from './report.ts';
import { buyFor } from './scenarios/purchases.ts';

/** What the scenarios work with that are measured from outside, on this checkout alone or in turns with another commit. */
export interface Comparison {
  quick: boolean;
  rounds: number;
  /** How long one measurement of a round takes. */
  seconds: number;
  cases: Case[];
  /** This checkout and, if one was given, the other commit: warmed up, and started when they are first asked for. */
  candidates: () => Promise<readonly Candidate[]>;
  /** Another marketplace of this checkout, warmed up. The caller stops it. */
  start: (name: string, options: CandidateOptions) => Promise<Candidate>;
  /** Measures all candidates in turns, after one discarded round, and records a case. */
  compare: (what: {
    scenario: string;
    name: string;
    rounds?: number;
    measure: (candidate: Candidate) => Promise<Round>;
  }) => Promise<void>;
  /** Records a case. */
  record: (made: Case) => void;
  log: (text: string) => void;
}

export interface ComparisonOptions {
  quick: boolean;
  /** The other commit; absent, this checkout is measured alone. */
  against?: string | undefined;
  /** How many processes each service has, on both sides. */
  processes: number;
  cases: Case[];
  log: (text: string) => void;
}

/** Prepares a comparison. The caller closes it, which stops all that was started. */
export function openComparison(options: ComparisonOptions): Comparison & { close: () => Promise<void> } {
  const { quick, against, processes, cases, log } = options;
  const running = new Set<Candidate>();
  const close = async () => {
    await Promise.all([...running].map((candidate) => candidate.stop()));
  };
  const warmed = async (starting: Promise<Candidate>): Promise<Candidate> => {
    const startedAt = performance.now();
    const candidate = await starting;
    const stop = async () => {
      running.delete(one);
      await candidate.stop();
    };
    const one = { ...candidate, stop };
    running.add(one);
    log(`${one.name} is up after ${Math.round((performance.now() - startedAt) / 1000)} s`);
    await warmUp(one, quick);
    return one;
  };

  const startAll = async () => {
    const all = [await warmed(startThisCheckout('this checkout', { processes }))];
    if (against !== undefined) {
      log(`starting ${against}; the first time this installs and builds for minutes`);
      all.push(await warmed(startCommit(against, { processes })));
    }
    return all;
  };
  let started: Promise<readonly Candidate[]> | undefined;

  const comparison: Comparison = {
    ...{ quick, cases, log },
    rounds: quick ? 2 : 5,
    seconds: quick ? 2 : 6,
    candidates: () => (started ??= startAll()),
    start: (name, own) => warmed(startThisCheckout(name, own)),
    async compare({ scenario, name, rounds = comparison.rounds, measure }) {
      const candidates = await comparison.candidates();
      for (const candidate of candidates) await measure(candidate);
      const measures = candidates.map((candidate) => () => measure(candidate));
      const [ours = [], theirs] = await alternate(rounds, measures);
      const [, other] = candidates;
      comparison.record(caseOf(scenario, name, ours, other && theirs && { name: other.name, rounds: theirs }));
    },
    record(made) {
      cases.push(made);
      log(linesOf(made));
    },
  };
  return { ...comparison, close };
}

/** V8 compiles hot code only after it has run often: a purchase costs several times as much right after a start. */
async function warmUp(candidate: Candidate, quick: boolean): Promise<void> {
  const page = `${candidate.url}/`;
  const hasPages = (await call('GET', page)).status === 200;
  if (hasPages) await load({ url: page, connections: 8, amount: quick ? 40 : 200 });
  await buyFor(candidate, quick ? 5 : 15);
}
