import { fork } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { paths } from './paths.ts';
import type { Path } from './paths.ts';
import type { Outcome } from './run.ts';
import type { Answer, Question } from './worker.ts';

/** So many runs in a batch must have met every path. */
export const RUNS_FOR_ALL_PATHS = 1000;
const SEEDS_AT_ONCE = 5;

export interface Batch {
  runs: number;
  steps: number;
  simulatedHours: number;
  seconds: number;
  workers: number;
  /** The first run that broke an invariant. */
  failure: { seed: string; violation: string } | undefined;
  /** In how many runs each path was taken. */
  taken: Record<Path, number>;
}

/** A worker on the sources in `root`, which may be a copy with a mistake in it. */
export function startWorker(root: string) {
  const folder = path.join(root, 'proof/simulation');
  const child = fork(path.join(folder, 'worker.ts'), {
    cwd: root,
    execArgv: ['--conditions=source', `--import=${pathToFileURL(path.join(folder, 'hooks.ts')).href}`],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-4000)));
  const ask = (question: Question): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const ended = () => {
        reject(new Error(`a worker of the simulation died:\n${complaint}`));
      };
      child.once('exit', ended);
      child.once('message', (answer: Answer) => {
        child.off('exit', ended);
        resolve(answer);
      });
      child.send(question);
    });
  return { ask, stop: () => child.kill('SIGKILL') };
}

type Worker = ReturnType<typeof startWorker>;

/** Runs the seeds from `from` on, on all cores, until one fails or there have been `runs` of them. */
export async function runBatch({
  root,
  runs,
  from,
  workers: most = os.availableParallelism(),
  withinMs = Infinity,
}: {
  root: string;
  runs: number;
  from: number;
  workers?: number;
  /** Then no more are begun. */
  withinMs?: number;
}): Promise<Batch> {
  const count = Math.max(1, Math.min(most, Math.ceil(runs / SEEDS_AT_ONCE)));
  const taken = Object.fromEntries(paths.map((one) => [one, 0])) as Record<Path, number>;
  const batch: Batch = { runs: 0, steps: 0, simulatedHours: 0, seconds: 0, workers: count, failure: undefined, taken };
  let next = from;
  const began = performance.now();

  function add({ seed, violation, paths: met, steps, ms }: Outcome): void {
    batch.runs++;
    batch.steps += steps;
    batch.simulatedHours += ms / 3_600_000;
    for (const one of met) batch.taken[one]++;
    if (violation === undefined) return;
    if (!batch.failure || Number(seed) < Number(batch.failure.seed)) batch.failure = { seed, violation };
  }

  async function work(worker: Worker): Promise<void> {
    while (next < from + runs && !batch.failure && performance.now() - began < withinMs) {
      const first = next;
      next = Math.min(first + SEEDS_AT_ONCE, from + runs);
      const seeds = Array.from({ length: next - first }, (_, index) => String(first + index));
      const answer = await worker.ask({ run: seeds });
      if ('outcomes' in answer) answer.outcomes.forEach(add);
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

/** The paths that a batch should have met and has not; none where the batch is small. */
export const missedPaths = ({ runs, taken, failure }: Batch): Path[] =>
  failure || runs < RUNS_FOR_ALL_PATHS ? [] : paths.filter((one) => taken[one] === 0);
