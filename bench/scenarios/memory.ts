import { readFileSync } from 'node:fs';
import type { Bench } from '../bench.ts';
import type { Round } from '../harness.ts';
import { buy } from './purchase.ts';

/** What each process takes of memory at rest and after a load, and how long it takes until it is ready. */
export async function memory(bench: Bench): Promise<void> {
  const { processes } = bench.stack;
  const ours = processes.filter(({ service }) => !['mongodb', 'nats', 'redis', 'router'].includes(service));
  const starts: Round = {};
  for (const one of ours) {
    await one.stop();
    const startedAt = performance.now();
    await one.start();
    starts[`${one.service} ms`] = performance.now() - startedAt;
  }
  bench.keep('start', 'until ready', [starts]);

  const residentMb = (): Round =>
    Object.fromEntries(
      processes.map(({ service, pid }) => {
        const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
        return [`${service} MB`, Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024];
      }),
    );
  bench.keep('memory', 'at rest', [residentMb()]);
  await buy(bench);
  bench.keep('memory', 'after purchases by 32 buyers', [residentMb()]);
}
