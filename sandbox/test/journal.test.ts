import { spawn } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readConfig } from '../src/config.ts';
import { openJournal } from '../src/journal.ts';
import { httpAt, purchase, spawnSandbox, startSandbox, stripeErrorOf, temporaryFolder, until } from './harness.ts';

const read = (folder: string) => {
  const records: unknown[] = [];
  const journal = openJournal<unknown>(folder, (record) => records.push(record));
  return { records, journal };
};

describe('journal', () => {
  it('returns what was appended, also record by record', () => {
    const folder = temporaryFolder();
    const first = read(folder).journal;
    const items = [{ a: 'é' }, { b: 'x'.repeat(200_000) }, { c: '\n' }];
    const positions = items.map((item) => first.append(item));
    expect(positions.map((position) => first.read(position))).toEqual(items);
    first.close();
    const second = read(folder);
    expect(second.records).toEqual(items);
    second.journal.close();
  });

  it.each(['{"n":3', '{"n":3}', 'rubbish\n', '\u0000\u0000'])('removes an incomplete last line: %j', (torn) => {
    const folder = temporaryFolder();
    const file = join(folder, 'journal.jsonl');
    writeFileSync(file, `{"n":1}\n{"n":2}\n${torn}`);
    const first = read(folder);
    expect(first.records).toEqual([{ n: 1 }, { n: 2 }]);
    first.journal.append({ n: 4 });
    first.journal.close();
    expect(readFileSync(file, 'utf8')).toBe('{"n":1}\n{"n":2}\n{"n":4}\n');
  });

  it('refuses to open with a broken line before the last', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'journal.jsonl'), '{"n":1}\nrubbish\n{"n":2}\n');
    expect(() => read(folder)).toThrow(/can't be read at byte 8/);
  });
});

describe('a sandbox that was killed', () => {
  it('recovers intents, ledger and keys of every answered request', async () => {
    const directory = temporaryFolder();
    const first = await spawnSandbox(directory);
    const { orderId, params } = purchase({ payment_method: 'pm_card_visa', confirm: true });
    const created = await first.stripe.paymentIntents.create(params, { idempotencyKey: 'a' });
    const captured = await first.stripe.paymentIntents.capture(created.id, undefined, { idempotencyKey: 'c' });
    const before = await first.http.json('GET', '/ledger');
    first.child.kill('SIGKILL');
    await first.exited;
    appendFileSync(join(directory, 'journal.jsonl'), '{"at":"2026-11-23T10:00:00.000Z","intent":{"id":"pi_torn"');

    const second = await startSandbox({ directory });
    expect(await second.stripe.paymentIntents.retrieve(created.id)).toEqual(captured);
    expect(await second.http.json('GET', '/ledger')).toEqual(before);
    const replay = await second.stripe.paymentIntents.create(params, { idempotencyKey: 'a' });
    expect(replay).toEqual(created);
    expect(replay.lastResponse.headers).toMatchObject({ 'idempotent-replayed': 'true' });
    expect(await second.http.order(orderId)).toMatchObject({ authorized: { count: 1 }, captured: { count: 1 } });
  });

  it('recovers each request completely or not at all', async () => {
    const directory = temporaryFolder();
    const first = await spawnSandbox(directory);
    const sent = Array.from({ length: 60 }, () => purchase({ payment_method: 'pm_card_visa', confirm: true }));
    let answers = 0;
    const outcomes = sent.map(async ({ orderId, params }) => {
      try {
        const { id } = await first.stripe.paymentIntents.create(params, { idempotencyKey: orderId });
        // Killed with some requests answered and others in flight.
        if (++answers === 20) first.child.kill('SIGKILL');
        return id;
      } catch {
        return undefined;
      }
    });
    const answered = await Promise.all(outcomes);
    await first.exited;
    const second = await startSandbox({ directory });
    for (const [index, { orderId, params }] of sent.entries()) {
      const { authorized, paymentIntents } = await second.http.order(orderId);
      expect(paymentIntents).toHaveLength(authorized.count);
      const { id } = await second.stripe.paymentIntents.create(params, { idempotencyKey: orderId });
      if (paymentIntents[0] !== undefined) expect(id).toBe(paymentIntents[0].id);
      if (answered[index] !== undefined) expect(id).toBe(answered[index]);
      expect(await second.http.order(orderId)).toMatchObject({ authorized: { count: 1 } });
    }
  });
});

describe('a sandbox that is stopped', () => {
  it('answers the requests in flight and exits with 0', async () => {
    const directory = temporaryFolder();
    const { child, exited, stripe, http } = await spawnSandbox(directory);
    const { orderId, params } = purchase({ payment_method: 'pm_card_visa', confirm: true });
    await http.fault({ operation: 'create', fault: 'slow', delayMs: 60_000, orderId });
    await http.fault({ operation: 'search', fault: 'timeout-after-acting', delayMs: 60_000 });
    const slow = stripe.paymentIntents.create(params);
    const held = stripeErrorOf(stripe.paymentIntents.search({ query: "status:'canceled'" }));
    await until(async () => (await http.faultHits()).join() === '1,1');
    child.kill('SIGTERM');
    expect((await slow).status).toBe('requires_capture');
    expect((await held).type).toBe('StripeConnectionError');
    expect(await exited).toEqual({ code: 0, signal: null });
    const again = await startSandbox({ directory });
    expect(await httpAt(again.port).order(orderId)).toMatchObject({ authorized: { count: 1 } });
  });

  it('is no longer ready', async () => {
    const { http, stopping } = await startSandbox();
    expect(await http.json('GET', '/health/live')).toEqual({ status: 200, body: { status: 'ok' } });
    expect(await http.json('GET', '/health/ready')).toEqual({ status: 200, body: { status: 'ok' } });
    stopping.abort();
    expect((await http.json('GET', '/health/ready')).status).toBe(503);
  });
});

describe('settings', () => {
  it('have defaults for all but the port and the folder', () => {
    expect(readConfig({ PORT: '0', SANDBOX_DIR: '/data', HOST: '' })).toEqual({
      ...{ HOST: '127.0.0.1', PORT: 0, LOG_LEVEL: 'info', SANDBOX_DIR: '/data' },
    });
  });

  it('that are missing or wrong are listed all at once', () => {
    expect(() => readConfig({ PORT: '70000', LOG_LEVEL: 'loud' })).toThrow(
      /^PORT: must be.*\nLOG_LEVEL: must be.*\nSANDBOX_DIR: is required$/,
    );
  });

  it('that are wrong end the process with 1 and a line for each', async () => {
    const child = spawn(process.execPath, ['--conditions=source', 'src/main.ts'], {
      cwd: join(import.meta.dirname, '..'),
      env: { PORT: '1e3' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let message = '';
    child.stderr.on('data', (data: Buffer) => (message += data.toString()));
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(code).toBe(1);
    expect(message).toBe('sandbox: PORT: must be a whole number from 0 to 65535\nsandbox: SANDBOX_DIR: is required\n');
  });
});
