import { speedUps } from '@ticketing/core/mongo';
import type { Bench } from '../bench.ts';
import type { Round } from '../harness.ts';

/** What is left out, by name: everything and, each alone, every speed-up. */
export const leftOut = { all: speedUps, ...Object.fromEntries(speedUps.map((one) => [one, [one] as const])) };

/** The cases of a scenario with all speed-ups, beside the same marketplace without all of them and without each. */
export async function compareSpeedUps(
  bench: Bench,
  scenario: string,
  cases: Record<string, (bench: Bench) => Promise<Round>>,
): Promise<void> {
  for (const [name, removed] of Object.entries(leftOut)) {
    if (bench.quick && name !== 'all') continue;
    await bench.without(removed, async (other) => {
      // V8 compiles hot code only after it has run often.
      for (const measure of Object.values(cases)) await measure({ ...other, seconds: 5 });
      for (const [load, measure] of Object.entries(cases))
        await bench.compare({
          scenario: `${scenario}, speed-ups`,
          name: `${load}, ${name}`,
          ours: () => measure(bench),
          baseline: { name: name === 'all' ? 'without them' : 'without it', measure: () => measure(other) },
        });
    });
  }
}
