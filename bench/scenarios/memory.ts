import { backingNames } from '../../scripts/stack/system.ts';
import type { Bench } from '../bench.ts';
import { memoryMb } from '../counters.ts';
import type { Round } from '../harness.ts';
import { buy } from './purchase.ts';

/** The memory of each process at rest and after a load, and how long its start takes. */
export async function memory(bench: Bench): Promise<void> {
  const { processes } = bench.stack;
  const ours = processes.filter(({ service }) => ![...backingNames, 'router'].includes(service));
  const starts: Round = {};
  for (const one of ours) {
    await one.stop();
    const startedAt = performance.now();
    await one.start();
    starts[`${one.service} ms`] = performance.now() - startedAt;
  }
  bench.record('start', 'until ready', [starts]);

  const residentMb = (): Round =>
    Object.fromEntries(processes.map(({ service, pid }) => [`${service} MB`, memoryMb(pid)]));
  bench.record('memory', 'at rest', [residentMb()]);
  await buy(bench);
  bench.record('memory', 'after purchases by 32 buyers', [residentMb()]);
}
