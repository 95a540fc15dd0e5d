import { afterEach, describe, expect, it } from '@jest/globals';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { follow, readable } from './log.ts';

const now = new Date(2026, 0, 2, 12, 0, 1);
const time = now.toISOString();

describe('readable', () => {
  it('shows time, process, level, message and facts', () => {
    const line = JSON.stringify({
      level: 'info',
      time,
      service: 'orders',
      name: 'orders',
      status: 201,
      path: '/a b',
      msg: 'answered',
    });
    expect(readable('orders-1', line)).toBe('12:00:01 orders-1     info  answered  status=201  path="/a b"');
  });

  it('understands levels that are numbers', () => {
    expect(readable('x', JSON.stringify({ level: 50, time: now.getTime(), msg: 'm' }))).toBe(
      '12:00:01 x            error m',
    );
  });

  it('keeps quiet about what is below the threshold', () => {
    expect(readable('x', JSON.stringify({ level: 'debug', time, msg: 'm' }), 'info')).toBeUndefined();
    expect(readable('x', JSON.stringify({ level: 'fatal', time, msg: 'm' }), 'warn')).toMatch('fatal m');
  });

  it('shows where an error happened, and only what caused a warning', () => {
    const err = { message: 'no', stack: 'Error: no\n    at f' };
    expect(readable('x', JSON.stringify({ level: 'error', time, err, msg: 'm' }))).toMatch(
      / error m\n {9}Error: no\n {13}at f$/,
    );
    expect(readable('x', JSON.stringify({ level: 'warn', time, err, msg: 'm' }))).toMatch(/ warn {2}m {2}error="no"$/);
  });

  it('passes on what is not JSON, or not quite', () => {
    expect(readable('nats', 'Listening', 'info', now)).toBe('12:00:01 nats         info  Listening');
    expect(readable('x', '{"broken', 'info', now)).toMatch('{"broken');
    expect(readable('x', '{"level":{},"time":"never"}', 'info', now)).toBe('12:00:01 x            info  ');
    expect(readable('x', '  ')).toBeUndefined();
  });
});

describe('follow', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ticketing-log-'));
  let end = (): void => undefined;
  afterEach(() => {
    end();
    rmSync(folder, { recursive: true, force: true });
  });

  it('passes on complete appended lines, also after the file was truncated', async () => {
    const logFile = path.join(folder, 'a.log');
    const lines: string[] = [];
    const until = async (count: number) => {
      const deadline = Date.now() + 5_000;
      while (lines.length < count && Date.now() < deadline) await sleep(10);
    };
    writeFileSync(logFile, 'before\n');
    end = follow([{ name: 'a', logFile }], (name, line) => lines.push(`${name}: ${line}`), { everyMs: 5 });

    appendFileSync(logFile, 'one\ntw');
    await until(1);
    expect(lines).toEqual(['a: one']);
    appendFileSync(logFile, 'o\n');
    await until(2);
    writeFileSync(logFile, 'new\n');
    await until(3);
    expect(lines).toEqual(['a: one', 'a: two', 'a: new']);
  });
});
