import { fork } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { coveragePoints } from './coverage.ts';
import type { CoveragePoint } from './coverage.ts';
import type { Outcome } from './run.ts';
import type { Job, Result } from './worker.ts';

/** A batch of at least this many runs must reach every coverage point. */
const RUNS_FOR_FULL_COVERAGE = 1000;
const SEEDS_PER_JOB = 5;

export interface Batch {
  runs: number;
  steps: number;
  simulatedHours: number;
  seconds: number;
  workers: number;
  /** The first run that broke an invariant. */
  failure: { seed: string; violation: string } | undefined;
  /** How many runs reached each coverage point. */
  coverage: Record<CoveragePoint, number>;
}

/** Starts a worker on the sources in `root`, which may be a copy with a planted mistake. */
export function startWorker(root: string) {
  const folder = path.join(root, 'proof/simulation');
  const child = fork(path.join(folder, 'worker.ts'), {
    cwd: root,
    execArgv: ['--conditions=source', `--import=${pathToFileURL(path.join(folder, 'hooks.ts')).href}`],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-4000)));
  const run = (job: Job): Promise<Result> =>
    new Promise((resolve, reject) => {
      const onExit = () => {
        reject(new Error(`a worker of the simulation exited:\n${stderr}`));
      };
      child.once('exit', onExit);
      child.once('message', (result: Result) => {
        child.off('exit', onExit);
        resolve(result);
      });
      child.send(job);
    });
  return { run, stop: () => child.kill('SIGKILL') };
}

type Worker = ReturnType<typeof startWorker>;

/** Runs `runs` seeds from `from` on, on all cores, and stops after the first that breaks an invariant. */
export async function runBatch({
  root,
  runs,
  from,
  workers: maxWorkers = os.availableParallelism(),
  withinMs = Infinity,
}: {
  root: string;
  runs: number;
  from: number;
  workers?: number;
  /** No run is started later than this. */
  withinMs?: number;
}): Promise<Batch> {
  const count = Math.max(1, Math.min(maxWorkers, Math.ceil(runs / SEEDS_PER_JOB)));
  const coverage = Object.fromEntries(coveragePoints.map((one) => [one, 0])) as Record<CoveragePoint, number>;
  const batch: Batch = {
    runs: 0,
    steps: 0,
    simulatedHours: 0,
    seconds: 0,
    workers: count,
    failure: undefined,
    coverage,
  };
  let next = from;
  const began = performance.now();

  function add({ seed, violation, coverage, steps, ms }: Outcome): void {
    batch.runs++;
    batch.steps += steps;
    batch.simulatedHours += ms / 3_600_000;
    for (const one of coverage) batch.coverage[one]++;
    if (violation === undefined) return;
    if (!batch.failure || Number(seed) < Number(batch.failure.seed)) batch.failure = { seed, violation };
  }

  async function work(worker: Worker): Promise<void> {
    while (next < from + runs && !batch.failure && performance.now() - began < withinMs) {
      const first = next;
      next = Math.min(first + SEEDS_PER_JOB, from + runs);
      const seeds = Array.from({ length: next - first }, (_, index) => String(first + index));
      const result = await worker.run({ run: seeds });
      if ('outcomes' in result) result.outcomes.forEach(add);
    }
  }

  const workers = Array.from({ length: count }, () => startWorker(root));
  try {
    await Promise.all(workers.map(work));
  } finally {
    for (const worker of workers) worker.stop();
  }
  batch.seconds = (performance.now() - began) / 1000;
  return batch;
}

/** The coverage points that a batch should have reached and did not; none where the batch is small. */
export const unreached = ({ runs, coverage, failure }: Batch): CoveragePoint[] =>
  failure || runs < RUNS_FOR_FULL_COVERAGE ? [] : coveragePoints.filter((one) => coverage[one] === 0);
