import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { root } from '../../infra/local/tools.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'ticketing-clock-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a program with the clock of the lab and of the proof, 15 minutes ahead, and returns what it prints as JSON. */
function run(program: string): Record<string, unknown> {
  const shifts = path.join(folder, 'shifts.json');
  writeFileSync(shifts, JSON.stringify({ 'orders-1': 900_000 }));
  const source = `
    import mongoose from 'mongoose';
    const before = Date.now();
    const deadline = performance.now() + 60_000;
    while (Date.now() - before < 800_000 && performance.now() < deadline) await new Promise((done) => setTimeout(done, 20));
    console.log(JSON.stringify((${program})()));`;
  const clock = path.join(root, 'proof/processes/shifted-clock.ts');
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [`--import=${clock}`, '--input-type=module', '--eval', source],
    { cwd: root, encoding: 'utf8', env: { ...process.env, INSTANCE: 'orders-1', CLOCK_SHIFTS: shifts } },
  );
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe('a shifted clock', () => {
  it('is ahead in every way to read it, and changes neither given instants nor what libraries take for a date', () => {
    const { now, created, text, ...rest } = run(`() => ({
      now: Date.now(),
      created: new Date().getTime(),
      text: Date.parse(Date()),
      given: new Date('2026-11-27T10:00:00Z'),
      parts: new Date(Date.UTC(2026, 0, 2)).toISOString(),
      invalid: Number.isNaN(new Date(undefined).getTime()),
      name: Date.name,
      isDate: new Date() instanceof Date && structuredClone(new Date()) instanceof Date,
      schema: new mongoose.Schema({ at: Date }).path('at').instance,
    })`);
    for (const read of [now, created, text]) {
      const ahead = Number(read) - Date.now();
      expect(ahead).toBeGreaterThan(880_000);
      expect(ahead).toBeLessThanOrEqual(900_000);
    }
    expect(rest).toEqual({
      ...{ given: '2026-11-27T10:00:00.000Z', parts: '2026-01-02T00:00:00.000Z', invalid: true },
      ...{ name: 'Date', isDate: true, schema: 'Date' },
    });
  });
});
