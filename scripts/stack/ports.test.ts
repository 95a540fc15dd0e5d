import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { identityOf } from '../../infra/local/process-identity.ts';
import { freePort, markPort } from './ports.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'ticketing-marks-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('a port that is reserved', () => {
  it('is not reserved a second time while its process runs', () => {
    expect(markPort(20_000, folder)).toBe(true);
    expect(markPort(20_000, folder)).toBe(false);
    expect(markPort(20_001, folder)).toBe(true);
    expect(readFileSync(path.join(folder, '20000'), 'utf8')).toBe(`${process.pid} ${String(identityOf(process.pid))}`);
  });

  it('is free again once its process has ended, also when another one has its id', () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    writeFileSync(path.join(folder, '20000'), `${pid} an identity`);
    writeFileSync(path.join(folder, '20001'), `${process.pid} an earlier identity`);
    expect(markPort(20_000, folder)).toBe(true);
    expect(markPort(20_001, folder)).toBe(true);
  });

  it('is not chosen for another stack that starts at the same time', async () => {
    const ports = await Promise.all(Array.from({ length: 300 }, () => freePort(new Set())));
    expect(new Set(ports).size).toBe(300);
  });
});
