/** `make simulate`: RUNS runs of the simulation from seed FROM on, or the trace of the run of SEED. */
import path from 'node:path';
import { runBatch, startWorker, unreached } from './simulation/batch.ts';
import type { Batch } from './simulation/batch.ts';
import { coveragePoints } from './simulation/coverage.ts';

const root = path.join(import.meta.dirname, '..');
/** How many lines are shown of the trace of a run that failed. */
const MAX_LINES = 150;

function describe({ runs, steps, simulatedHours, seconds, workers, coverage }: Batch): string {
  const rate = (runs / seconds).toFixed(1);
  const counts = coveragePoints.map((one) => `${String(coverage[one]).padStart(8)}  ${one}`);
  return [
    `${runs} runs in ${seconds.toFixed(1)} s (${rate} a second, ${workers} workers): ${steps} steps, ${simulatedHours.toFixed(1)} simulated hours.`,
    'Runs that reached each coverage point:',
    ...counts,
  ].join('\n');
}

/** Prints the trace of a run; the last lines only, unless SEED asks for this run. Returns the violation, if any. */
async function printTrace(seed: string): Promise<string | undefined> {
  const worker = startWorker(root);
  try {
    const result = await worker.run({ trace: seed });
    if (!('trace' in result)) return undefined;
    const { trace, outcome } = result;
    if (process.env['SEED'] === undefined && trace.length > MAX_LINES)
      console.log(`(${trace.length - MAX_LINES} earlier lines omitted)`);
    console.log((process.env['SEED'] === undefined ? trace.slice(-MAX_LINES) : trace).join('\n'));
    return outcome.violation;
  } finally {
    worker.stop();
  }
}

async function shrinkAndPrint(seed: string, violation: string): Promise<void> {
  console.log(`\nSeed ${seed} breaks an invariant:\n  ${violation}\nShrinking ...`);
  const worker = startWorker(root);
  const result = await worker.run({ shrink: seed, violation });
  worker.stop();
  const shortest = 'seed' in result ? result.seed : seed;
  console.log(`\nmake simulate SEED=${shortest}`);
  await printTrace(shortest);
  console.log(`\nThe full trace of the run that failed first: make simulate SEED=${seed}`);
}

async function main(): Promise<void> {
  const { SEED, RUNS = '200', FROM } = process.env;
  if (SEED !== undefined && SEED !== '') {
    const violation = await printTrace(SEED);
    console.log(violation === undefined ? 'No invariant is broken.' : `Broken: ${violation}`);
    if (violation !== undefined) process.exitCode = 1;
    return;
  }
  // New seeds each time, unless FROM is set: repeating the same ones would find nothing new.
  const from = FROM === undefined || FROM === '' ? (Date.now() % 1_000_000) * 1000 : Number(FROM);
  const batch = await runBatch({ root, runs: Number(RUNS), from });
  console.log(describe(batch));
  if (batch.failure) {
    process.exitCode = 1;
    await shrinkAndPrint(batch.failure.seed, batch.failure.violation);
    return;
  }
  const missed = unreached(batch);
  if (missed.length > 0) {
    process.exitCode = 1;
    console.log(`\nNo invariant is broken, but these coverage points were never reached:\n  ${missed.join('\n  ')}`);
    return;
  }
  console.log(`\nNo invariant is broken (seeds ${from} to ${from + batch.runs - 1}).`);
}

await main();
