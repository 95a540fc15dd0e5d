import { knobs, minimumOf, planOf, seedOf } from './plan.ts';
import type { Knob, Plan } from './plan.ts';
import { runOnce } from './run.ts';

/** How many seeds are tried with a smaller plan. */
const TRIES = 12;
const MAX_RUNS = 500;

/** `I1` in `I1: two orders are live`. */
const invariantOf = (violation: string): string => violation.split(':')[0] ?? violation;

/** Searches for a smaller run that breaks the same invariant: fewer actors, fewer kinds of faults, fewer steps. Returns its seed. */
export async function shrink(seed: string, violation: string): Promise<string> {
  const invariant = invariantOf(violation);
  let plan = planOf(seed);
  let best = { seed, steps: Infinity };
  let number = Number(seed.split('/')[0]);
  let runs = 0;

  async function breaks(candidate: Plan): Promise<boolean> {
    for (let tries = 0; tries < TRIES && runs < MAX_RUNS; tries++) {
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
    if (plan[knob] !== minimumOf(knob)) await breaks({ ...plan, [knob]: minimumOf(knob) });

  const smallest = number;
  for (let tries = 1; tries <= 40 && runs < MAX_RUNS + 40; tries++) {
    runs++;
    const outcome = await runOnce(seedOf(smallest + tries, plan));
    if (outcome.violation !== undefined && invariantOf(outcome.violation) === invariant && outcome.steps < best.steps)
      best = { seed: outcome.seed, steps: outcome.steps };
  }
  return best.seed;
}
