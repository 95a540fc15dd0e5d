/**
 * `make proof`: simulates, then injects faults into the real marketplace under load, for MINUTES in all; writes a report. With
 * FAULTS=bus-leader it kills leaders of a cluster of JetStream instead, one every EVERY seconds, at RATE purchases a second.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { lastCaught } from './bugs.ts';
import { breakMarketplace } from './processes/break.ts';
import { faults } from './processes/faults.ts';
import { loseLeaders } from './processes/lost-leaders.ts';
import { report } from './report.ts';
import { runBatch, unreached } from './simulation/batch.ts';

const root = path.join(import.meta.dirname, '..');
const folder = path.join(root, '.ticketing/proof');
/** The simulation's share of the time. */
const SIMULATED = 0.15;

/** The longest time from saving an event to handling it, for 99 of 100 events, while leaders are lost. */
const LAG_LIMIT_MS = 5000;

const log = (line: string) => {
  console.log(line);
};

/** A setting that is a number. Throws when it is less than `least`. */
function number(name: string, fallback: number, least: number): number {
  const value = Number(process.env[name] ?? fallback);
  if (!(value >= least)) throw new Error(`${name} must be ${least} or more.`);
  return value;
}

async function withoutLeaders(): Promise<void> {
  const { BUS, NATS_NODES } = process.env;
  if (BUS !== 'jetstream' || NATS_NODES !== '3')
    throw new Error('FAULTS=bus-leader needs a cluster: BUS=jetstream NATS_NODES=3.');
  const schedule = {
    minutes: number('MINUTES', 5, 1),
    everySeconds: number('EVERY', 20, 1),
    perSecond: number('RATE', 20, 1),
  };
  const { killed, begun, complete, failed, lag, broken } = await loseLeaders(path.join(folder, 'stack'), schedule, log);
  const isFast = lag.p99Ms < LAG_LIMIT_MS;
  log(`${killed} leaders killed; ${begun} purchases begun, ${complete} complete`);
  log(`failed requests: ${failed.size === 0 ? 'none' : ''}`);
  for (const [cause, times] of failed) log(`    ${times} times ${cause}`);
  const [p50, p99] = [lag.p50Ms, lag.p99Ms].map((ms) => `${Math.round(ms)} ms`);
  log(`lag of ${lag.events} events: p50 ${p50}, p99 ${p99}${isFast ? '' : `, over ${LAG_LIMIT_MS} ms`}`);
  log(`invariants: ${broken.length === 0 ? 'held' : 'BROKEN'}${broken.map((line) => `\n    ${line}`).join('')}`);
  if (failed.size > 0 || !isFast || broken.length > 0) process.exitCode = 1;
}

async function everyFault(): Promise<void> {
  // Starting, settling and one fault take three minutes.
  const minutes = number('MINUTES', 10, 3);
  const { ONLY = '' } = process.env;
  const chosen = faults.filter(({ name }) => name.includes(ONLY));
  if (chosen.length === 0) throw new Error(`No fault has "${ONLY}" in its name.`);
  const ms = minutes * 60_000;

  const from = (Date.now() % 1_000_000) * 1000;
  console.log(`simulated runs from seed ${from} on, for ${Math.round((ms * SIMULATED) / 1000)} s`);
  const batch = await runBatch({ root, runs: 1_000_000, from, withinMs: ms * SIMULATED });
  console.log(
    `${batch.runs} runs: ${batch.failure ? `seed ${batch.failure.seed} breaks ${batch.failure.violation}` : 'no invariant broken'}`,
  );

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
const { FAULTS = 'all' } = process.env;
if (FAULTS !== 'all' && FAULTS !== 'bus-leader') throw new Error('FAULTS must be all or bus-leader.');
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
await (FAULTS === 'all' ? everyFault() : withoutLeaders());
