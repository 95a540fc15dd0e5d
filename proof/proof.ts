/** `make proof`: simulates, then injects faults into the real marketplace under load, for MINUTES in all; writes a report. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { lastCaught } from './bugs.ts';
import { breakMarketplace } from './processes/break.ts';
import { faults } from './processes/faults.ts';
import { report } from './report.ts';
import { runBatch, unreached } from './simulation/batch.ts';

const root = path.join(import.meta.dirname, '..');
const folder = path.join(root, '.ticketing/proof');
/** The simulation's share of the time. */
const SIMULATED = 0.15;

async function main(): Promise<void> {
  const minutes = Number(process.env['MINUTES'] ?? '10');
  if (!(minutes >= 3)) throw new Error('MINUTES must be 3 or more: starting, settling and one fault take that long.');
  const { ONLY = '' } = process.env;
  const chosen = faults.filter(({ name }) => name.includes(ONLY));
  if (chosen.length === 0) throw new Error(`No fault has "${ONLY}" in its name.`);
  const ms = minutes * 60_000;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });

  const from = (Date.now() % 1_000_000) * 1000;
  console.log(`simulated runs from seed ${from} on, for ${Math.round((ms * SIMULATED) / 1000)} s`);
  const batch = await runBatch({ root, runs: 1_000_000, from, withinMs: ms * SIMULATED });
  console.log(
    `${batch.runs} runs: ${batch.failure ? `seed ${batch.failure.seed} breaks ${batch.failure.violation}` : 'no invariant broken'}`,
  );

  const log = (line: string) => {
    console.log(line);
  };
  const broken = await breakMarketplace(folder, { ms: ms * (1 - SIMULATED), faults: chosen, log });
  const page = path.join(folder, 'report.html');
  writeFileSync(page, report({ batch, from, broken, planted: lastCaught() }));

  for (const { invariant, checked, broken: lines } of broken.verdicts)
    console.log(
      `${invariant.padEnd(4)} ${lines.length === 0 ? 'held  ' : 'BROKEN'} ${checked}${lines.map((line) => `\n    ${line}`).join('')}`,
    );
  const missed = unreached(batch);
  if (missed.length > 0) console.log(`Coverage points that the simulation never reached: ${missed.join('; ')}`);
  console.log(
    `${broken.history.operations.length} operations, ${broken.history.strikes.length} faults. The report: ${path.relative(root, page)}`,
  );
  if (batch.failure || missed.length > 0 || broken.verdicts.some(({ broken: lines }) => lines.length > 0))
    process.exitCode = 1;
}

// When this process exits, everything that it started is stopped.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));
await main();
