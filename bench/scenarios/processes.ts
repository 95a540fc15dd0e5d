import type { Candidate } from '../candidate.ts';
import type { Comparison } from '../comparison.ts';
import { alternate, caseOf } from '../harness.ts';
import { buyFor } from './purchases.ts';

const MORE = [2, 3];

/** Purchases by 32 buyers with two and three processes of each service, beside one of each, all of this checkout. */
export async function processes({ quick, rounds, seconds, start, record }: Comparison): Promise<void> {
  const started: Candidate[] = [];
  try {
    // Pages play no part in it.
    for (const count of [1, ...MORE])
      started.push(await start(`${count} of each service`, { processes: count, env: { CLIENT: 'off' } }));
    const measure = (candidate: Candidate) => () => buyFor(candidate, quick ? seconds : seconds / 2);
    const [one = [], ...others] = await alternate(rounds, started.map(measure));
    for (const [index, count] of MORE.entries())
      record(
        caseOf('processes', `32 buyers, ${count} of each service`, others[index] ?? [], {
          name: 'one of each',
          rounds: one,
        }),
      );
  } finally {
    for (const candidate of started) await candidate.stop();
  }
}
