import { knobs, leastOf, planOf, seedOf } from './plan.ts';
import type { Knob, Plan } from './plan.ts';
import { runOnce } from './run.ts';

/** How many other numbers are tried with a smaller plan, and how many runs it may take in all. */
const TRIES = 12;
const MOST_RUNS = 500;

/** `I1` of `I1: two orders are live`: a smaller run must break the same invariant. */
const invariantOf = (violation: string): string => violation.split(':')[0] ?? violation;

/** Looks for a smaller run that breaks the same invariant: fewer people, fewer kinds of adversity, fewer steps. Gives its seed. */
export async function shrink(seed: string, violation: string): Promise<string> {
  const invariant = invariantOf(violation);
  let plan = planOf(seed);
  let best = { seed, steps: Infinity };
  let number = Number(seed.split('/')[0]);
  let runs = 0;

  async function breaks(candidate: Plan): Promise<boolean> {
    for (let tries = 0; tries < TRIES && runs < MOST_RUNS; tries++) {
      runs++;
      const other = seedOf(number + tries, candidate);
      const outcome = await runOnce(other);
      if (outcome.violation === undefined || invariantOf(outcome.violation) !== invariant) continue;
      number += tries;
      plan = candidate;
      best = { seed: other, steps: outcome.steps };
      return true;
    }
    return false;
  }

  for (const knob of Object.keys(knobs) as Knob[])
    if (plan[knob] !== leastOf(knob)) await breaks({ ...plan, [knob]: leastOf(knob) });

  const smallest = number;
  for (let tries = 1; tries <= 40 && runs < MOST_RUNS + 40; tries++) {
    runs++;
    const outcome = await runOnce(seedOf(smallest + tries, plan));
    if (outcome.violation !== undefined && invariantOf(outcome.violation) === invariant && outcome.steps < best.steps)
      best = { seed: outcome.seed, steps: outcome.steps };
  }
  return best.seed;
}
