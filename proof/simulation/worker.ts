/** A process of its own that runs the seeds it is sent and sends back what came of them. */
import { runOnce } from './run.ts';
import type { Outcome } from './run.ts';
import { shrink } from './shrink.ts';

/** What a worker is asked: to run seeds, to shrink a failing one, or to tell a seed's story. */
export type Question = { run: string[] } | { shrink: string; violation: string } | { story: string };
export type Answer = { outcomes: Outcome[] } | { seed: string } | { outcome: Outcome; story: string[] };

async function answer(question: Question): Promise<Answer> {
  if ('run' in question) {
    const outcomes: Outcome[] = [];
    for (const seed of question.run) outcomes.push(await runOnce(seed));
    return { outcomes };
  }
  if ('shrink' in question) return { seed: await shrink(question.shrink, question.violation) };
  const lines: string[] = [];
  const outcome = await runOnce(question.story, (ms, line) =>
    lines.push(`${(ms / 1000).toFixed(3).padStart(8)} s  ${line}`),
  );
  return { outcome, story: withNames(lines) };
}

/** Tickets get short names, in the order in which they turn up. */
function withNames(lines: string[]): string[] {
  const names = new Map<string, string>();
  return lines.map((line) =>
    line.replace(/\b[0-9a-f]{24}\b/g, (id) => {
      const name = names.get(id) ?? `T${names.size + 1}`;
      names.set(id, name);
      return name;
    }),
  );
}

process.on('message', (question: Question) => {
  void answer(question).then((found) => process.send?.(found));
});
