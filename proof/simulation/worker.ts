/** A worker process: runs the seeds that it receives and sends back their outcomes. */
import { runOnce } from './run.ts';
import type { Outcome } from './run.ts';
import { shrink } from './shrink.ts';

/** What a worker does: run seeds, shrink a failing one, or trace one. */
export type Job = { run: string[] } | { shrink: string; violation: string } | { trace: string };
export type Result = { outcomes: Outcome[] } | { seed: string } | { outcome: Outcome; trace: string[] };

async function perform(job: Job): Promise<Result> {
  if ('run' in job) {
    const outcomes: Outcome[] = [];
    for (const seed of job.run) outcomes.push(await runOnce(seed));
    return { outcomes };
  }
  if ('shrink' in job) return { seed: await shrink(job.shrink, job.violation) };
  const lines: string[] = [];
  const outcome = await runOnce(job.trace, (ms, line) =>
    lines.push(`${(ms / 1000).toFixed(3).padStart(8)} s  ${line}`),
  );
  return { outcome, trace: withShortNames(lines) };
}

/** Replaces the ids of tickets by short names, in the order of their appearance. */
function withShortNames(lines: string[]): string[] {
  const names = new Map<string, string>();
  return lines.map((line) =>
    line.replace(/\b[0-9a-f]{24}\b/g, (id) => {
      const name = names.get(id) ?? `T${names.size + 1}`;
      names.set(id, name);
      return name;
    }),
  );
}

process.on('message', (job: Job) => {
  void perform(job).then((result) => process.send?.(result));
});
