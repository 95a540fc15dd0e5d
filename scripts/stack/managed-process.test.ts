import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ManagedProcess, ProcessSpec, Supervision } from './managed-process.ts';
import { manage } from './managed-process.ts';

let folder: string;
let managed: ManagedProcess | undefined;
let messages: string[];

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'ticketing-managed-'));
  messages = [];
});

afterEach(() => {
  managed?.destroy();
  rmSync(folder, { recursive: true, force: true });
});

function program(
  source: string,
  supervision: Partial<Supervision> = {},
  spec: Partial<ProcessSpec> = {},
): ManagedProcess {
  managed = manage(
    {
      name: 'it-1',
      service: 'it',
      command: process.execPath,
      args: ['-e', source],
      env: process.env,
      url: '',
      adminUrl: '',
      port: 0,
      logFile: path.join(folder, 'it.log'),
      isReady: (output) => Promise.resolve(output().includes('up')),
      readyWithinMs: 60_000,
      ...spec,
    },
    {
      restartAfterMs: () => 0,
      log: (_level, message) => messages.push(message),
      changed: () => undefined,
      ...supervision,
    },
  );
  return managed;
}

const lives = "console.log('up'); setInterval(() => {}, 1000);";

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`condition not met in time; messages: ${messages.join(' | ')}`);
    await sleep(10);
  }
}

describe('a managed process', () => {
  it('is restarted, with log messages, when it is killed from outside', async () => {
    const one = program(lives);
    await one.start();
    const first = one.pid;
    await one.kill('SIGKILL');
    await until(() => messages.includes(`it-1 is back (pid ${String(one.pid)})`));
    expect(one.pid).not.toBe(first);
    expect(messages[0]).toBe('it-1 was ended by SIGKILL; starting it again in 0 s');
  });

  it('counts the quick deaths that lengthen the wait for its restart', async () => {
    const counts: number[] = [];
    const restartAfterMs = (quickDeaths: number) => counts.push(quickDeaths);
    // Ready at once: it may be dead before anybody asks again.
    const one = program('process.exit(3)', { restartAfterMs }, { isReady: () => Promise.resolve(true) });
    await one.start();
    await until(() => counts.length >= 3);
    expect(counts.slice(0, 3)).toEqual([1, 2, 3]);
    expect(messages[0]).toMatch('it-1 ended with exit code 3');
  });

  it('stays down after a stop, which resolves with how it ended', async () => {
    // It stops as it is told from before it is ready.
    const one = program(`process.on('SIGTERM', () => process.exit(0)); ${lives}`);
    await one.start();
    expect(await one.stop()).toEqual({ code: 0, signal: null });
    expect(one.pid).toBeUndefined();
    expect(await one.stop()).toBeUndefined();
    expect(messages).toEqual([]);
  });

  it('can be started again after a stop, and appends to its log', async () => {
    const one = program(lives);
    await one.start();
    await one.stop();
    await one.start();
    await one.start();
    expect(readFileSync(one.logFile, 'utf8')).toBe('up\nup\n');
  });

  it('rejects its start with its name and last lines when it ends before it is ready', async () => {
    const one = program("console.error('PORT is wrong'); process.exit(1)", { restartAfterMs: () => undefined });
    await expect(one.start()).rejects.toThrow(/^it-1 ended before it was ready \(.*it\.log\):\nPORT is wrong$/);
  });

  it('rejects its start when it does not become ready in time', async () => {
    const isReady = async (output: () => string) => {
      // What it has printed by then is in the message.
      while (!output().includes('waiting')) await sleep(10);
      return false;
    };
    const one = program("console.log('waiting'); setInterval(() => {}, 1000)", {}, { isReady, readyWithinMs: 300 });
    await expect(one.start()).rejects.toThrow(/^it-1 was not ready within 0.3 s .*\nwaiting$/s);
  });

  it('rejects its start in one line with the reason when there is no such program, also while it is started again', async () => {
    const command = path.join(folder, 'nothing');
    const one = program('', {}, { command });
    await expect(one.start()).rejects.toThrow(new Error(`it-1 could not be started: spawn ${command} ENOENT`));
  });
});
