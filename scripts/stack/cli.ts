import { existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { removeDamagedPrograms, root } from '../../infra/local/tools.ts';
import type { Stack } from '../stack.ts';
import { startStack } from '../stack.ts';
import { removeBuilds } from './build.ts';
import { readSettings } from './config.ts';
import { sendCommand } from './control.ts';
import { demoAccounts, fillWithDemoData } from './demo-data.ts';
import { createFormatter, follow } from './log.ts';
import type { Level } from './log.ts';
import { isRunning, readRecord, removeRecord, stopLeftovers } from './record.ts';
import { statusOf } from './status.ts';
import { backingNames, stopOrder } from './system.ts';

const folder = path.join(root, '.ticketing');
const demoMarker = path.join(folder, 'data/demo-data');

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
// The reader of the output may go away (EPIPE); the stack goes on.
process.stdout.on('error', () => undefined);

/** Prints the lines of a process's log from a level on. */
function linePrinter(threshold: Level): (source: string, line: string) => void {
  const format = createFormatter(threshold);
  return (source, line) => {
    const text = format(source, line);
    if (text !== undefined) print(text);
  };
}

const printLine = linePrinter('trace');
const log = (level: 'info' | 'warn' | 'error', msg: string): void => {
  printLine('stack', JSON.stringify({ level, time: new Date(), msg }));
};

async function start(): Promise<void> {
  const startedAt = Date.now();
  // What this process and those that it starts write is readable by its owner only.
  process.umask(0o077);
  const stopping = new AbortController();
  const { promise: stopRequested, resolve: requestStop } = Promise.withResolvers<string>();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      // The second signal stops at once: the exit kills all that was started.
      if (stopping.signal.aborted) process.exit(1);
      stopping.abort();
      requestStop(signal);
    });
  }

  const { ROUTER_PORT: routerPort = 3000, FOLLOW: threshold, DEMO_DATA: withDemoData } = readSettings(process.env);
  const stack = await startStack({ folder, routerPort, log, signal: stopping.signal }).catch((error: unknown) => {
    // An interrupted step fails with an error of its own.
    throw stopping.signal.aborted ? new Error('Stopped while starting.') : error;
  });
  try {
    const own = stack.processes.filter(({ service }) => !(backingNames as readonly string[]).includes(service));
    if (threshold !== 'off') follow(own, linePrinter(threshold));
    await Promise.race([withDemoData ? fillOnce(stack) : undefined, stopRequested]);
    if (!stopping.signal.aborted) print(welcome(stack, Date.now() - startedAt, threshold));
    log('info', `${await stopRequested}: stopping`);
  } finally {
    await stack.stop();
  }
  log('info', 'stopped');
  process.exit(0);
}

async function fillOnce(stack: Stack): Promise<void> {
  try {
    const count = await fillWithDemoData(stack.url);
    if (count === 0) return;
    writeFileSync(demoMarker, '');
    log('info', `listed ${count} demo tickets`);
  } catch (error) {
    log('warn', `demo data are incomplete: ${(error as Error).message}`);
  }
}

/** The text after a start: the address, demo accounts and commands. */
function welcome(stack: Stack, startMs: number, threshold: string): string {
  const sandbox = stack.processes.find(({ name }) => name === 'sandbox');
  const catcher = stack.processes.find(({ name }) => name === 'mail-catcher');
  const accounts = existsSync(demoMarker) ? demoAccounts : [];
  return [
    '',
    `The marketplace is ready at ${stack.url} (${(startMs / 1000).toFixed(1)} s)`,
    '',
    ...accounts.map(({ role, email, password }) => `  ${role.padEnd(14)} ${email}   password ${password}`),
    ...(sandbox ? [`  ${'captured money'.padEnd(14)} ${sandbox.url}/ledger`] : []),
    ...(catcher ? [`  ${'mails'.padEnd(14)} ${catcher.url} (caught here: none leaves this machine)`] : []),
    `  ${'processes'.padEnd(14)} make status; one alone: make stop NAME=nats, make start NAME=nats`,
    `  ${'failures'.padEnd(14)} make lab: a page with faults to inject, and what must hold`,
    `  ${'logs'.padEnd(14)} make logs, make logs NAME=orders; files in .ticketing/logs`,
    `  ${'stop'.padEnd(14)} Ctrl-C or make stop; data stay, make reset deletes them`,
    '',
    threshold === 'off' ? '' : `Following the log from level ${threshold}; FOLLOW=info make start shows more.`,
    '',
  ].join('\n');
}

async function stop(): Promise<void> {
  const record = readRecord(folder);
  if (!record) {
    print('The marketplace is not running.');
    return;
  }
  if (isRunning(record.supervisor)) {
    process.kill(record.supervisor.pid, 'SIGTERM');
    while (isRunning(record.supervisor)) await sleep(50);
  }
  // There are leftovers only if the supervisor was killed.
  await stopLeftovers(record, stopOrder);
  removeRecord(folder);
  print('The marketplace is stopped.');
}

/**
 * Restores the state after the installation of packages; the next start rebuilds what it needs. Compiling takes seconds.
 * Intact programs are kept, because getting them takes minutes and the network.
 */
async function reset(): Promise<void> {
  if (readRecord(folder)) await stop();
  for (const entry of ['data', 'logs', 'session-keys', 'delivery-keys'])
    rmSync(path.join(folder, entry), { recursive: true, force: true });
  await removeBuilds();
  await removeDamagedPrograms();
  print('All data of the marketplace on this machine are deleted, and all that was compiled.');
}

async function status(): Promise<void> {
  const record = readRecord(folder);
  if (!record) {
    print('The marketplace is not running: make start starts it.');
    return;
  }
  if (!isRunning(record.supervisor))
    print('Its supervisor was killed: make stop stops what is left, make start starts it again.');
  const processes = await statusOf(record.processes);
  const rows = processes.map(({ name, pid, url, state, megabytes }) => [
    name,
    pid === undefined ? '-' : String(pid),
    url,
    state,
    pid === undefined ? '' : `${megabytes} MB`,
  ]);
  const table = [['name', 'pid', 'url', 'state', 'memory'], ...rows];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...table.map((row) => (row[column] ?? '').length)));
  for (const row of table)
    print(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  const total = processes
    .filter((one) => !(backingNames as readonly string[]).includes(one.service) && one.service !== 'client')
    .reduce((sum, one) => sum + one.megabytes, 0);
  print(`\n${record.url}, since ${record.startedAt}; services, sandbox, mail catcher and router together ${total} MB`);
}

function logs(name: string): void {
  const record = readRecord(folder);
  if (!record) throw new Error('The marketplace is not running; the logs of its last run are in .ticketing/logs.');
  const chosen = record.processes.filter((one) => name === '' || one.name === name || one.service === name);
  if (chosen.length === 0) throw new Error(`There is no process ${name}.`);
  follow(chosen, printLine);
}

async function control(action: 'start' | 'stop', name: string): Promise<void> {
  const { ok, message } = await sendCommand(folder, { action, name });
  if (!ok) throw new Error(message);
  print(message);
}

try {
  const [command = '', name = ''] = parseArgs({ allowPositionals: true }).positionals;
  if (command === 'start' && name === '') await start();
  else if (command === 'stop' && name === '') await stop();
  else if (command === 'start' || command === 'stop') await control(command, name);
  else if (command === 'reset') await reset();
  else if (command === 'status') await status();
  else if (command === 'logs') logs(name);
  else throw new Error('usage: node scripts/stack/cli.ts start|stop|status|logs [name] | reset');
} catch (error) {
  print((error as Error).message);
  process.exit(1);
}
