import { afterEach, describe, expect, it } from '@jest/globals';
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { ProcessRecord } from './record.ts';
import { identityOf } from '../../infra/local/process-identity.ts';
import { isRunning, readRecord, stopLeftovers, writeRecord } from './record.ts';

const children: ChildProcess[] = [];
const folder = mkdtempSync(path.join(os.tmpdir(), 'ticketing-record-'));

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Starts a process; a stubborn one ignores SIGTERM. `ended` resolves with its exit code and signal. */
async function start(name: string, stubborn = false): Promise<{ record: ProcessRecord; ended: Promise<unknown[]> }> {
  const program = `${stubborn ? "process.on('SIGTERM', () => {});" : ''} setInterval(() => {}, 1000); console.log('up')`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  await once(child.stdout, 'data');
  const pid = child.pid ?? 0;
  const record = { name, service: name, pid, identity: identityOf(pid), url: '', adminUrl: '', port: 0, logFile: '' };
  return { record, ended: once(child, 'exit') };
}

describe('stopLeftovers', () => {
  it('stops the recorded processes, by SIGKILL if they ignore SIGTERM', async () => {
    const polite = await start('polite');
    const stubborn = await start('stubborn', true);
    const processes = [polite.record, stubborn.record];
    // The polite one gets as long as it takes.
    expect(await stopLeftovers({ processes: [polite.record] }, [['polite'], ['stubborn']], 60_000)).toEqual(['polite']);
    expect(await stopLeftovers({ processes }, [['polite'], ['stubborn']], 100)).toEqual(['stubborn']);
    expect(await polite.ended).toEqual([null, 'SIGTERM']);
    expect(await stubborn.ended).toEqual([null, 'SIGKILL']);
    expect(processes.some(isRunning)).toBe(false);
  });

  it('does not stop another process that has a recorded id', async () => {
    const { record } = await start('other');
    const earlier = { ...record, identity: 'an earlier process with this id' };
    expect(await stopLeftovers({ processes: [earlier] }, [['other']])).toEqual([]);
    expect(isRunning(record)).toBe(true);
  });

  it('has nothing to do for processes that are down', async () => {
    const { record } = await start('gone');
    const down = { ...record, pid: null, identity: null };
    expect(await stopLeftovers({ processes: [down] }, [['gone']])).toEqual([]);
  });
});

describe('stack.json', () => {
  it('is replaced atomically, and counts as absent when it is damaged', () => {
    const file = mkdtempSync(path.join(os.tmpdir(), 'ticketing-record-'));
    try {
      expect(readRecord(file)).toBeUndefined();
      const record = {
        url: 'http://127.0.0.1:1',
        adminUrl: 'http://127.0.0.1:1',
        supervisor: { pid: 1, identity: null },
        startedAt: '',
        processes: [],
      };
      writeRecord(file, record);
      expect(readRecord(file)).toEqual(record);
      expect(readdirSync(file)).toEqual(['stack.json']);
      writeFileSync(path.join(file, 'stack.json'), '{"url":');
      expect(readRecord(file)).toBeUndefined();
    } finally {
      rmSync(file, { recursive: true, force: true });
    }
  });
});
