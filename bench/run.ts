import { mkdirSync, writeFileSync, existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../infra/local/tools.ts';
import { openBench } from './bench.ts';
import type { Bench } from './bench.ts';
import { judge } from './goals.ts';
import { page, table } from './report.ts';
import type { Results } from './report.ts';
import { backlog } from './scenarios/backlog.ts';
import { eventLag } from './scenarios/event-lag.ts';
import { expiry } from './scenarios/expiry.ts';
import { growth } from './scenarios/growth.ts';
import { list } from './scenarios/list.ts';
import { memory } from './scenarios/memory.ts';
import { order } from './scenarios/order.ts';
import { pages } from './scenarios/pages.ts';
import { purchase } from './scenarios/purchase.ts';
import { rush } from './scenarios/rush.ts';
import { signIn } from './scenarios/sign-in.ts';

/** Scenarios that take longer than a minute. */
const LONG = new Set(['expiry', 'memory', 'backlog', 'growth']);

/** In this order: the scenario that fills the stores comes last. */
const scenarios: Record<string, (bench: Bench) => Promise<void>> = {
  list,
  order,
  'event-lag': eventLag,
  purchase,
  rush,
  expiry,
  pages,
  'sign-in': signIn,
  memory,
  backlog,
  growth,
};

const folder = path.join(root, '.ticketing/bench');
const latest = path.join(folder, 'results.json');

async function main(): Promise<void> {
  const { quick, only: list = '' } = parseArgs({
    options: { quick: { type: 'boolean', default: false }, only: { type: 'string' } },
  }).values;
  const only = list.split(',').filter((name) => name !== '');
  const unknown = only.find((name) => scenarios[name] === undefined);
  if (unknown !== undefined)
    throw new Error(`There is no scenario ${unknown}; there are ${Object.keys(scenarios).join(', ')}.`);
  mkdirSync(folder, { recursive: true });

  const chosen = Object.keys(scenarios).filter((name) =>
    only.length > 0 ? only.includes(name) : !(quick && LONG.has(name)),
  );

  const before = existsSync(latest) ? (JSON.parse(readFileSync(latest, 'utf8')) as Results) : undefined;
  const startedAt = performance.now();
  const bench = await openBench(path.join(folder, 'stack'), quick);
  const results = (): Results => ({
    date: new Date().toISOString(),
    machine: `${os.cpus()[0]?.model ?? 'unknown'}, ${os.availableParallelism()} cores, ${Math.round(os.totalmem() / 2 ** 30)} GB, Node ${process.versions.node}`,
    quick,
    seconds: Math.round((performance.now() - startedAt) / 1000),
    cases: bench.cases,
  });
  try {
    for (const name of chosen) {
      const scenarioAt = performance.now();
      await scenarios[name]?.(bench);
      bench.log(`${name} took ${Math.round((performance.now() - scenarioAt) / 1000)} s`);
      // After each scenario, so that an interrupted run keeps its figures.
      writeFileSync(latest, `${JSON.stringify(results(), null, 2)}\n`);
      writeFileSync(path.join(folder, 'index.html'), page(results(), before));
    }
  } finally {
    await bench.close();
  }
  process.stdout.write(
    `\n${table(judge(bench.cases))}\n\n${path.relative(root, folder)}/index.html has all figures.\n`,
  );
}

// The processes that were started end with this one.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));
try {
  await main();
  process.exit(0);
} catch (error) {
  // Printed by hand: some of the driver's errors carry all their documents, which would be shown too.
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
}
