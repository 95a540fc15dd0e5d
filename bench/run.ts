import { mkdirSync, writeFileSync, existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../infra/local/tools.ts';
import { openBench } from './bench.ts';
import type { Bench } from './bench.ts';
import { openComparison } from './comparison.ts';
import type { Comparison } from './comparison.ts';
import { judge } from './goals.ts';
import type { Case } from './harness.ts';
import { page, table } from './report.ts';
import type { Results } from './report.ts';
import { backlog } from './scenarios/backlog.ts';
import { buses } from './scenarios/buses.ts';
import { counts } from './scenarios/counts.ts';
import { eventLag } from './scenarios/event-lag.ts';
import { expiry } from './scenarios/expiry.ts';
import { growth } from './scenarios/growth.ts';
import { largeList } from './scenarios/large-list.ts';
import { listPages } from './scenarios/list-pages.ts';
import { list } from './scenarios/list.ts';
import { memory } from './scenarios/memory.ts';
import { order } from './scenarios/order.ts';
import { orderable } from './scenarios/orderable.ts';
import { pages } from './scenarios/pages.ts';
import { phone } from './scenarios/phone.ts';
import { processes } from './scenarios/processes.ts';
import { purchase } from './scenarios/purchase.ts';
import { purchaseAtRest, purchases } from './scenarios/purchases.ts';
import { rush } from './scenarios/rush.ts';
import { signIn } from './scenarios/sign-in.ts';
import { streams } from './scenarios/streams.ts';
import { uploads } from './scenarios/uploads.ts';

/** Scenarios that take longer than a minute. */
const LONG = new Set(['expiry', 'memory', 'backlog', 'large-list', 'growth']);

/** Measured from outside, alone or in turns with another commit. In this order: the scenario that lists many tickets comes last. */
const fromOutside: Record<string, (comparison: Comparison) => Promise<void>> = {
  'purchase-at-rest': purchaseAtRest,
  counts,
  orderable,
  purchases,
  processes,
  buses,
  'list-pages': listPages,
};

/** Beside bare programs, with a hand in the stores. In this order: the scenario that fills the stores comes last. */
const besideBaselines: Record<string, (bench: Bench) => Promise<void>> = {
  list,
  order,
  'event-lag': eventLag,
  purchase,
  rush,
  expiry,
  pages,
  'sign-in': signIn,
  uploads,
  streams,
  phone,
  memory,
  backlog,
  'large-list': largeList,
  growth,
};

const folder = path.join(root, '.ticketing/bench');
const latest = path.join(folder, 'results.json');
const log = (text: string) => {
  process.stdout.write(`${text}\n`);
};

/** The command line: which scenarios, how long, and beside which commit. Throws when there is no such scenario. */
function readArguments() {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      against: { type: 'string' },
      processes: { type: 'string', default: '1' },
    },
  });
  const only = values.only.split(',').filter((name) => name !== '');
  const possible = Object.keys(values.against === undefined ? { ...fromOutside, ...besideBaselines } : fromOutside);
  const unknown = only.find((name) => !possible.includes(name));
  if (unknown !== undefined) {
    const which = values.against === undefined ? 'There is no scenario' : 'Another commit is not measured by';
    throw new Error(`${which} ${unknown}; there are ${possible.join(', ')}.`);
  }
  const chosen = possible.filter((name) => (only.length > 0 ? only.includes(name) : !(values.quick && LONG.has(name))));
  return { ...values, chosen, processes: Number(values.processes) };
}

async function main(): Promise<void> {
  const { quick, against, processes: processesOfEach, chosen } = readArguments();
  mkdirSync(folder, { recursive: true });
  const before = existsSync(latest) ? (JSON.parse(readFileSync(latest, 'utf8')) as Results) : undefined;
  const startedAt = performance.now();
  const cases: Case[] = [];
  const results = (): Results => ({
    date: new Date().toISOString(),
    machine: `${os.cpus()[0]?.model ?? 'unknown'}, ${os.availableParallelism()} cores, ${Math.round(os.totalmem() / 2 ** 30)} GB, Node ${process.versions.node}`,
    quick,
    seconds: Math.round((performance.now() - startedAt) / 1000),
    cases,
  });

  /** Runs the chosen ones of some scenarios with what they need, which is started only if there are any. */
  async function runAll<T extends { close: () => Promise<void> }>(
    scenarios: Record<string, (given: T) => Promise<void>>,
    open: () => T | Promise<T>,
  ): Promise<void> {
    const names = Object.keys(scenarios).filter((name) => chosen.includes(name));
    if (names.length === 0) return;
    const given = await open();
    try {
      for (const name of names) {
        const scenarioAt = performance.now();
        await scenarios[name]?.(given);
        log(`${name} took ${Math.round((performance.now() - scenarioAt) / 1000)} s`);
        // After each scenario, so that an interrupted run keeps its figures.
        writeFileSync(latest, `${JSON.stringify(results(), null, 2)}\n`);
        writeFileSync(path.join(folder, 'index.html'), page(results(), before));
      }
    } finally {
      await given.close();
    }
  }

  await runAll(fromOutside, () => openComparison({ quick, against, processes: processesOfEach, cases, log }));
  await runAll(besideBaselines, () => openBench(path.join(folder, 'stack'), { quick, cases }));
  log(`\n${table(judge(cases), chosen)}\n\n${path.relative(root, folder)}/index.html has all figures.`);
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
