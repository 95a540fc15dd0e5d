import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { createConnection, mongo } from 'mongoose';
import type { Connection } from 'mongoose';
import { freePort } from '../../scripts/stack/ports.ts';
import { mongodb } from './mongod.ts';

type Doc = { _id: string; version: number; status?: string; outbox?: { at: string }[] };

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
  connection = await createConnection(url, { maxPoolSize: 16, serverSelectionTimeoutMS: 1_000 }).asPromise();
  return { docs: connection.collection<Doc>('docs'), stopped: once(started, 'exit') };
}

describe('mongodb', () => {
  it('uses MONGO_URL unchanged', async () => {
    const MONGO_URL = 'mongodb://127.0.0.1:1';
    expect(await mongodb({ MONGO_URL })).toEqual({ source: 'MONGO_URL', url: MONGO_URL });
  });

  it('refuses to start beside data that only the other kind can read', async () => {
    const found = await mongodb({ MONGOMS_SYSTEM_BINARY: '/usr/bin/mongod' });
    if (!('launch' in found)) throw new Error('There is no program to test.');
    mkdirSync(path.join(folder, 'stand-in'));
    expect(() => found.launch(1, folder)).toThrow(
      `${path.join(folder, 'stand-in')} was written by another kind of MongoDB than /usr/bin/mongod`,
    );
    mkdirSync(path.join(folder, 'mongod'));
    expect(found.launch(1, folder).args).toContain(path.join(folder, 'mongod'));
  });
});

describe('the mongod of this machine', () => {
  it('keeps every acknowledged write over SIGTERM', async () => {
    const first = await start();
    const ids = Array.from({ length: 500 }, (_, i) => `id-${i}`);
    await Promise.all(ids.map((_id) => first.docs.insertOne({ _id, version: 0 })));
    server?.kill('SIGTERM');
    await first.stopped;
    await connection?.close();

    const second = await start();
    expect(await second.docs.countDocuments()).toBe(ids.length);
    expect(await second.docs.findOne({ _id: 'id-499' })).toEqual({ _id: 'id-499', version: 0 });
    await expect(second.docs.insertOne({ _id: 'id-499', version: 1 })).rejects.toThrow('duplicate key');
  });

  it('keeps every kind of value over a restart', async () => {
    const values = {
      ...{ text: 'Zürich 😀', whole: 7, large: 2 ** 40, part: 1.5, yes: true, nothing: null, at: new Date(5) },
      ...{
        list: [1, 'two', { three: [] }],
        inner: { deeper: { deepest: '' } },
        bytes: new mongo.Binary(Buffer.from('bytes')),
      },
    };
    const first = await start();
    await first.docs.insertOne({ _id: 'all', version: 0, ...values });
    const before = await first.docs.findOne({ _id: 'all' });
    server?.kill('SIGTERM');
    await first.stopped;
    await connection?.close();

    const second = await start();
    const after = await second.docs.findOne({ _id: 'all' });
    expect(after).toEqual(before);
    expect(after).toMatchObject({ text: 'Zürich 😀', large: 2 ** 40, at: new Date(5), list: values.list });
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

  it('matches the whole of a query that begins with a unique key', async () => {
    const { docs } = await start();
    await docs.insertOne({ _id: 'a', version: 3 });
    expect(await docs.findOne({ _id: 'a', version: 2 })).toBeNull();
    expect((await docs.updateOne({ _id: 'a', version: 2 }, { $set: { version: 9 } })).matchedCount).toBe(0);
    expect(await docs.findOne({ version: 3, _id: 'a' })).not.toBeNull();
    expect(await docs.find({ _id: { $in: ['a', 'b'] }, version: { $gt: 2 } }).toArray()).toHaveLength(1);
  });

  it('keeps a field unique through changes, removals and a restart', async () => {
    const first = await start();
    await first.docs.createIndex({ status: 1 }, { unique: true }, {});
    await first.docs.insertMany(['a', 'b', 'c'].map((_id) => ({ _id, version: 0, status: `of ${_id}` })));
    await first.docs.updateOne({ _id: 'a' }, { $set: { status: 'other' } });
    await first.docs.deleteOne({ _id: 'b' });
    await first.docs.insertMany([
      { _id: 'd', version: 0, status: 'of a' },
      { _id: 'b', version: 1, status: 'of b' },
    ]);
    server?.kill('SIGTERM');
    await first.stopped;
    await connection?.close();

    const { docs } = await start();
    await expect(docs.insertOne({ _id: 'e', version: 0, status: 'of a' })).rejects.toThrow('duplicate key');
    await expect(docs.updateOne({ _id: 'c' }, { $set: { status: 'other' } })).rejects.toThrow('duplicate key');
    expect(await docs.findOne({ status: 'of b', version: 1 })).toEqual({ _id: 'b', version: 1, status: 'of b' });
    expect(await docs.findOne({ status: 'of b', version: 0 })).toBeNull();
  });

  it('finds by an index what a scan finds, after every kind of change', async () => {
    const { docs } = await start();
    await docs.createIndex({ status: 1, version: 1 }, {}, {});
    await docs.createIndex({ 'outbox.at': 1 }, { sparse: true }, {});
    const ids = Array.from({ length: 60 }, (_, i) => `id-${i}`);
    await docs.insertMany(ids.map((_id, version) => ({ _id, version, status: version % 3 === 0 ? 'held' : 'listed' })));
    await docs.updateMany({ version: { $lt: 30 } }, { $push: { outbox: { $each: [{ at: '1' }, { at: '2' }] } } });
    await docs.updateOne({ _id: 'id-0' }, { $pull: { outbox: { at: '1' } } });
    await docs.updateOne({ _id: 'id-1' }, { $set: { outbox: [] } });
    await docs.updateOne({ _id: 'id-3' }, { $set: { status: 'sold' } });
    await docs.updateOne({ _id: 'id-6' }, { $unset: { status: 1 } });
    await docs.deleteOne({ _id: 'id-9' });

    expect(await docs.countDocuments({ status: 'held' })).toBe(17);
    expect(await docs.countDocuments({ status: { $in: ['held', 'sold', 'other'] } })).toBe(18);
    expect(await docs.countDocuments({ $and: [{ status: 'held' }, { version: { $gte: 30 } }] })).toBe(10);
    expect(await docs.countDocuments({ status: { $ne: 'held' } })).toBe(42);
    expect(await docs.countDocuments({ status: { $exists: false } })).toBe(1);
    expect(await docs.countDocuments({ 'outbox.at': { $lt: '2' } })).toBe(27);
    expect(await docs.countDocuments({ 'outbox.at': { $lt: '9', $gt: '1' } })).toBe(28);
    expect(await docs.countDocuments({ 'outbox.at': { $exists: true } })).toBe(28);
    const page = await docs.find({ status: 'held' }).sort({ version: -1 }).limit(2).toArray();
    expect(page.map(({ _id }) => _id)).toEqual(['id-57', 'id-54']);
  });

  it('returns a page of matches in the order of ids', async () => {
    const { docs } = await start();
    const ids = Array.from({ length: 60 }, (_, i) => `id-${String(i).padStart(2, '0')}`);
    await docs.insertMany(ids.toReversed().map((_id, version) => ({ _id, version })));
    const page = async (filter: object, direction: 1 | -1) =>
      (await docs.find(filter).sort({ _id: direction }).limit(3).toArray()).map(({ _id }) => _id);
    expect(await page({}, 1)).toEqual(['id-00', 'id-01', 'id-02']);
    expect(await page({ version: { $gt: 1 } }, -1)).toEqual(['id-57', 'id-56', 'id-55']);
    expect(await page({ _id: { $lt: 'id-02' } }, -1)).toEqual(['id-01', 'id-00']);
    expect(await page({ version: 99 }, -1)).toEqual([]);
  });

  it('returns a page in the order of ids by an index with many matches', async () => {
    const { docs } = await start();
    await docs.createIndex({ status: 1, _id: -1 }, {}, {});
    const all = Array.from({ length: 400 }, (_, i) => ({
      _id: `id-${String((i * 7) % 400).padStart(3, '0')}`,
      version: i % 5,
      status: i % 2 === 0 ? 'listed' : 'sold',
    }));
    await docs.insertMany(all);
    for (const changed of all.slice(0, 100)) {
      changed.status = changed.status === 'sold' ? 'listed' : 'sold';
      await docs.updateOne({ _id: changed._id }, { $set: { status: changed.status } });
    }
    const listed = all.filter(({ status, version }) => status === 'listed' && version > 1).map(({ _id }) => _id);
    const filter = { $and: [{ status: 'listed' }, { version: { $gt: 1 } }] };
    const page = async (from: object, direction: 1 | -1) =>
      (
        await docs
          .find({ ...filter, ...from })
          .sort({ _id: direction })
          .limit(50)
          .toArray()
      ).map(({ _id }) => _id);
    expect(await page({}, 1)).toEqual(listed.sort().slice(0, 50));
    expect(await page({}, -1)).toEqual(listed.sort().reverse().slice(0, 50));
    expect(await page({ _id: { $lt: 'id-100' } }, -1)).toEqual(listed.filter((id) => id < 'id-100').slice(0, 50));
    expect(await page({ status: 'withdrawn' }, 1)).toEqual([]);
  });
});
