/** `make simulate`: RUNS runs of the simulation from seed FROM on, or the story of the one run SEED. */
import path from 'node:path';
import { missedPaths, runBatch, startWorker } from './simulation/batch.ts';
import type { Batch } from './simulation/batch.ts';
import { paths } from './simulation/paths.ts';

const root = path.join(import.meta.dirname, '..');
/** So much of a long story is shown. */
const LAST_LINES = 150;

function describe({ runs, steps, simulatedHours, seconds, workers, taken }: Batch): string {
  const rate = (runs / seconds).toFixed(1);
  const counts = paths.map((one) => `${String(taken[one]).padStart(8)}  ${one}`);
  return [
    `${runs} runs in ${seconds.toFixed(1)} s (${rate} a second, ${workers} workers): ${steps} steps, ${simulatedHours.toFixed(1)} simulated hours.`,
    'Runs that took each path:',
    ...counts,
  ].join('\n');
}

async function tell(seed: string): Promise<string | undefined> {
  const worker = startWorker(root);
  try {
    const answer = await worker.ask({ story: seed });
    if (!('story' in answer)) return undefined;
    const { story, outcome } = answer;
    if (process.env['SEED'] === undefined && story.length > LAST_LINES)
      console.log(`(${story.length - LAST_LINES} earlier lines left out)`);
    console.log((process.env['SEED'] === undefined ? story.slice(-LAST_LINES) : story).join('\n'));
    return outcome.violation;
  } finally {
    worker.stop();
  }
}

async function shrinkAndTell(seed: string, violation: string): Promise<void> {
  console.log(`\nSeed ${seed} breaks an invariant:\n  ${violation}\nLooking for a shorter story ...`);
  const worker = startWorker(root);
  const answer = await worker.ask({ shrink: seed, violation });
  worker.stop();
  const shortest = 'seed' in answer ? answer.seed : seed;
  console.log(`\nmake simulate SEED=${shortest}`);
  await tell(shortest);
  console.log(`\nThe whole story of the run that failed first: make simulate SEED=${seed}`);
}

async function main(): Promise<void> {
  const { SEED, RUNS = '200', FROM } = process.env;
  if (SEED !== undefined && SEED !== '') {
    const violation = await tell(SEED);
    console.log(violation === undefined ? 'No invariant is broken.' : `Broken: ${violation}`);
    if (violation !== undefined) process.exitCode = 1;
    return;
  }
  // Other seeds each time, unless told: what was never tried may fail.
  const from = FROM === undefined || FROM === '' ? (Date.now() % 1_000_000) * 1000 : Number(FROM);
  const batch = await runBatch({ root, runs: Number(RUNS), from });
  console.log(describe(batch));
  if (batch.failure) {
    process.exitCode = 1;
    await shrinkAndTell(batch.failure.seed, batch.failure.violation);
    return;
  }
  const missed = missedPaths(batch);
  if (missed.length > 0) {
    process.exitCode = 1;
    console.log(`\nNo invariant is broken, but these paths were never taken:\n  ${missed.join('\n  ')}`);
    return;
  }
  console.log(`\nNo invariant is broken (seeds ${from} to ${from + batch.runs - 1}).`);
}

await main();
