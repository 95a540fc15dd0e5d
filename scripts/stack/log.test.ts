import { afterEach, describe, expect, it } from '@jest/globals';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createFormatter, follow } from './log.ts';

const time = new Date(2026, 0, 2, 12, 0, 1).toISOString();
const format = createFormatter('info');

describe('the formatter', () => {
  it('shows process, time, level, message and fields on one line', () => {
    const entry = {
      level: 'info',
      time,
      service: 'orders',
      name: 'orders',
      status: 201,
      path: '/a b',
      msg: 'answered',
    };
    expect(format('orders-1', JSON.stringify(entry))).toBe(
      'orders-1     [12:00:01] INFO: answered {"status":201,"path":"/a b"}',
    );
  });

  it('accepts numeric levels', () => {
    expect(format('x', JSON.stringify({ level: 50, time, msg: 'm' }))).toBe('x            [12:00:01] ERROR: m');
  });

  it('omits lines below the threshold', () => {
    expect(format('x', JSON.stringify({ level: 'debug', time, msg: 'm' }))).toBeUndefined();
    expect(format('x', JSON.stringify({ level: 20, time, msg: 'm' }))).toBeUndefined();
    expect(createFormatter('warn')('x', JSON.stringify({ level: 'fatal', time, msg: 'm' }))).toMatch('FATAL: m');
  });

  it('shows the stack of an error, and only the message of the cause of a warning', () => {
    const err = { type: 'Error', message: 'no', stack: 'Error: no\n    at f' };
    expect(format('x', JSON.stringify({ level: 'error', time, err, msg: 'm' }))).toMatch(/ERROR: m[^]*at f/);
    expect(format('x', JSON.stringify({ level: 'warn', time, err, msg: 'm' }))).toBe(
      'x            [12:00:01] WARN: m {"error":"no"}',
    );
  });

  it('passes on lines that are not JSON as info, and omits empty ones', () => {
    expect(format('nats', 'Listening')).toMatch(/^nats {9}\[[\d:]{8}\] INFO: Listening$/);
    expect(format('x', '{"broken')).toMatch('{"broken');
    expect(createFormatter('warn')('nats', 'Listening')).toBeUndefined();
    expect(format('x', '  ')).toBeUndefined();
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
      const deadline = Date.now() + 60_000;
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
