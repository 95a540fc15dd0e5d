import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { createConnection } from 'mongoose';
import type { Connection } from 'mongoose';
import { freePort } from '../../scripts/stack/ports.ts';
import { mongodb } from './mongod.ts';

type Doc = { _id: string; version: number; status?: string };

let folder: string;
let server: ChildProcess | undefined;
let connection: Connection | undefined;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'ticketing-mongod-'));
});

afterEach(async () => {
  await connection?.close();
  server?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Starts the mongod that `make start` would run, and connects to it. */
async function start() {
  const { MONGO_URL: _, ...env } = process.env;
  const found = await mongodb(env);
  if (!('launch' in found)) throw new Error('There is no program to test.');
  const { command, args, url, readyLine } = found.launch(await freePort(new Set()), folder);
  const started = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  server = started;
  for await (const line of createInterface(started.stdout)) if (readyLine.test(line)) break;
  started.stdout.resume();
  // The driver ends its sessions at the server when it closes; with a stopped server the default would wait 30 s.
  connection = await createConnection(url, { maxPoolSize: 16, serverSelectionTimeoutMS: 5_000 }).asPromise();
  return { docs: connection.collection<Doc>('docs'), stopped: once(started, 'exit') };
}

describe('mongodb', () => {
  it('uses MONGO_URL unchanged', async () => {
    const MONGO_URL = 'mongodb://127.0.0.1:1';
    expect(await mongodb({ MONGO_URL })).toEqual({ source: 'MONGO_URL', url: MONGO_URL });
  });

  it('runs the program in MONGOMS_SYSTEM_BINARY, before the one on the PATH', async () => {
    const found = await mongodb({ MONGOMS_SYSTEM_BINARY: '/opt/mongod', PATH: process.env['PATH'] });
    if (!('launch' in found)) throw new Error('There is no program to test.');
    expect(found.launch(1, folder).command).toBe('/opt/mongod');
  });
});

describe('the mongod of this machine', () => {
  it.each(['SIGTERM', 'SIGKILL'] as const)('keeps every acknowledged write over %s', async (signal) => {
    const first = await start();
    const journaled = { writeConcern: { w: 'majority', journal: true } } as const;
    const acknowledged: string[] = [];
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      // Until the server is gone.
      for (let count = 0; ; count++) {
        const _id = `${writer}-${count}`;
        await first.docs.insertOne({ _id, version: count }, journaled);
        if (acknowledged.push(_id) === 300) server?.kill(signal);
      }
    });
    expect((await Promise.allSettled(writers)).map(({ status }) => status)).not.toContain('fulfilled');
    await first.stopped;
    await connection?.close();

    const second = await start();
    const kept = new Set((await second.docs.find().toArray()).map(({ _id }) => _id));
    expect(acknowledged.length).toBeGreaterThanOrEqual(300);
    expect(acknowledged.filter((_id) => !kept.has(_id))).toEqual([]);
  });

  it('lets exactly one of many concurrent compare-and-sets succeed', async () => {
    const { docs } = await start();
    for (let round = 0; round < 20; round++) {
      await docs.insertOne({ _id: `race-${round}`, version: 0 });
      const answers = await Promise.all(
        Array.from({ length: 10 }, () =>
          docs.findOneAndUpdate({ _id: `race-${round}`, version: 0 }, { $inc: { version: 1 } }),
        ),
      );
      expect(answers.filter((answer) => answer !== null)).toHaveLength(1);
    }
  });

  it('lets many clients create the same collection and its indexes at once', async () => {
    await start();
    for (let round = 0; round < 20; round++) {
      const docs = connection?.collection<Doc>(`made-${round}`);
      await Promise.all(
        Array.from({ length: 10 }, async (_, number) => {
          // As Mongoose does at the start of a process.
          await connection?.createCollection(`made-${round}`).catch((error: unknown) => {
            expect(error).toMatchObject({ code: 48 });
          });
          await docs?.createIndex({ status: 1, version: 1 }, {}, {});
          await docs?.insertOne({ _id: `id-${number}`, version: number, status: 'held' });
        }),
      );
      expect(await docs?.countDocuments({ status: 'held' })).toBe(10);
    }
  });
});
