import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '@ticketing/core/testing';
import { openControl } from '../stack/control.ts';
import { identityOf } from '../../infra/local/process-identity.ts';
import { manage } from '../stack/managed-process.ts';
import type { ManagedProcess } from '../stack/managed-process.ts';
import { writeRecord } from '../stack/record.ts';
import type { Market } from './market.ts';
import { openMarket } from './market.ts';

let folder: string;
let processes: ManagedProcess[];
let control: Awaited<ReturnType<typeof openControl>>;
let market: Market;

/** A supervised program that prints the variables that the lab adds, and lives until it is stopped. */
function program(name: string, service: string): ManagedProcess {
  const source = "console.log('up', process.env.CLOCK_SHIFTS ?? 'plain'); setInterval(() => {}, 1000);";
  return manage(
    {
      ...{ name, service, command: process.execPath, args: ['-e', source], env: { PATH: process.env['PATH'] } },
      ...{ url: '', adminUrl: '', port: 1, logFile: path.join(folder, `${name}.log`) },
      isReady: (output) => Promise.resolve(output().includes('up')),
      readyWithinMs: 60_000,
    },
    { restartAfterMs: () => 0, log: () => undefined, changed: save },
  );
}

const save = () => {
  const supervisor = { pid: process.pid, identity: identityOf(process.pid) };
  const records = processes.map((one) => one.record());
  writeRecord(folder, { url: 'http://127.0.0.1:1', supervisor, startedAt: 'now', processes: records });
};

beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'ticketing-lab-'));
  processes = [];
  processes.push(program('orders-1', 'orders'), program('nats', 'nats'));
  control = await openControl(folder, async (command) => {
    const one = processes.find(({ name }) => name === command.name);
    await (command.action === 'start' ? one?.start(command.env) : one?.stop());
    return { ok: one !== undefined, message: '' };
  });
  await Promise.all(processes.map((one) => one.start()));
  market = openMarket(folder);
});

afterEach(async () => {
  control?.close();
  for (const one of processes) await one.kill('SIGCONT');
  await Promise.all(processes.map((one) => one.stop()));
  rmSync(folder, { recursive: true, force: true });
});

const stateOf = async (name: string) => (await market.processes()).find((one) => one.name === name)?.state;
const printed = (name: string) =>
  readFileSync(path.join(folder, `${name}.log`), 'utf8')
    .trim()
    .split('\n');

/** Kills a process of orders, and resolves when its supervisor has started another. */
async function killOrders(): Promise<void> {
  const before = processes[0]?.pid;
  market.signal('orders-1', 'SIGKILL');
  await eventually(
    () => processes[0]?.pid,
    (pid) => pid !== undefined && pid !== before,
  );
}

describe('the lab', () => {
  it('pauses a process and has it go on, with the same id', async () => {
    const { pid } = processes[1] ?? {};
    market.signal('nats', 'SIGSTOP');
    await eventually(
      () => stateOf('nats'),
      (state) => state === 'paused',
    );
    expect(await stateOf('orders-1')).not.toBe('paused');
    market.signal('nats', 'SIGCONT');
    await eventually(
      () => stateOf('nats'),
      (state) => state === 'not ready',
    );
    expect(processes[1]?.pid).toBe(pid);
  });

  it('kills a process, which its supervisor restarts, and stops one for good', async () => {
    await killOrders();
    await market.control('stop', 'orders-1');
    expect(await stateOf('orders-1')).toBe('down');
    expect(() => {
      market.signal('orders-1', 'SIGKILL');
    }).toThrow('orders-1 is down.');
    await market.control('start', 'orders-1');
    expect(await stateOf('orders-1')).not.toBe('down');
  });

  it('restarts services, and nothing else, with its modules for the first fault of the bus or the clocks, and without them when it leaves', async () => {
    const shifts = path.join(folder, 'lab/clock-shifts.json');
    market.signal('orders-1', 'SIGSTOP');
    await market.armBusFault('orders', 'ticket:updated', 'drop');
    await market.advanceClocks(900_000);
    await market.advanceClocks(900_000);
    expect(printed('orders-1')).toEqual(['up plain', `up ${shifts}`]);
    expect(JSON.parse(readFileSync(shifts, 'utf8'))).toEqual({ 'orders-1': 1_800_000 });
    expect(await market.inForce()).toEqual([
      'next message, orders ticket:updated: drop',
      'clocks of all services: 30 minutes ahead',
    ]);

    await killOrders();
    await eventually(
      () => printed('orders-1').at(-1),
      (line) => line === `up ${shifts}`,
    );

    await market.heal();
    expect(printed('orders-1').at(-1)).toBe(`up ${shifts}`);
    expect(JSON.parse(readFileSync(shifts, 'utf8'))).toEqual({ 'orders-1': 0 });
    expect(await market.inForce()).toEqual([]);
    await market.advanceClocks(900_000);
    await market.leave();
    expect(printed('orders-1').at(-1)).toBe('up plain');
    expect(printed('nats')).toEqual(['up plain']);
    expect(await market.inForce()).toEqual([]);
    expect(JSON.parse(readFileSync(shifts, 'utf8'))).toEqual({ 'orders-1': 0 });
  });

  it('clears what a lab that was killed has left', async () => {
    await market.armBusFault('orders', 'ticket:updated', 'drop');
    const next = openMarket(folder);
    expect(await next.inForce()).toEqual([]);
  });

  it('does nothing where no marketplace runs', async () => {
    const elsewhere = path.join(folder, 'elsewhere');
    mkdirSync(elsewhere);
    const none = openMarket(elsewhere);
    expect(() => none.url()).toThrow('The marketplace is not running: make start starts it.');
    await expect(none.advanceClocks(1)).rejects.toThrow('not running');
  });
});
