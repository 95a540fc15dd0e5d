import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { eventually } from '@ticketing/core/testing';
import { mongo } from 'mongoose';
import { freePort } from '../../scripts/stack/ports.ts';
import { mongodb } from './mongod.ts';
import { adminCommand, primaryOf } from './replica-set.ts';

type Doc = { _id: number };

let folder: string;
let members: ChildProcess[];
let clients: mongo.MongoClient[];

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'ticketing-replica-set-'));
  members = [];
  clients = [];
});

afterEach(async () => {
  await Promise.all(clients.map((client) => client.close()));
  for (const member of members) member.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

async function program(nodes: number) {
  const { MONGO_URL: _, ...env } = process.env;
  const found = await mongodb(env, nodes);
  if (!('launch' in found)) throw new Error('There is no program to test.');
  return found;
}

/** Starts three members at new ports, forms the set, and connects to it. */
async function start() {
  const { launch, cluster } = await program(3);
  if (!cluster?.form || !cluster.url) throw new Error('Three nodes are no cluster.');
  const taken = new Set<number>();
  const ports = await Promise.all([1, 2, 3].map(() => freePort(taken)));
  members = await Promise.all(
    ports.map(async (port, index) => {
      const { command, args, readyLine } = launch(port, folder, index + 1);
      const member = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      for await (const line of createInterface(member.stdout)) if (readyLine.test(line)) break;
      member.stdout.resume();
      return member;
    }),
  );
  await cluster.form(ports);
  const client = new mongo.MongoClient(cluster.url(ports), {
    serverSelectionTimeoutMS: 30_000,
    socketTimeoutMS: 30_000,
  });
  clients.push(client);
  const journaled = { writeConcern: { w: 'majority', journal: true } } as const;
  return { ports, docs: client.db('test').collection<Doc>('docs', journaled) };
}

async function stop(): Promise<void> {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  const ended = members.map((member) => once(member, 'exit'));
  for (const member of members.splice(0)) member.kill('SIGTERM');
  await Promise.all(ended);
}

describe('a replica set of three', () => {
  it('is there again, with its data, after a restart at other ports', async () => {
    const first = await start();
    await first.docs.insertMany([{ _id: 1 }, { _id: 2 }]);
    await stop();

    const second = await start();
    expect(second.ports).not.toEqual(first.ports);
    expect(await second.docs.countDocuments()).toBe(2);
    await second.docs.insertOne({ _id: 3 });
    const { members: states } = (await adminCommand(second.ports[0] ?? 0, { replSetGetStatus: 1 })) as {
      members: { name: string }[];
    };
    expect(states.map(({ name }) => name)).toEqual(second.ports.map((port) => `127.0.0.1:${port}`));
    await stop();

    const third = await start();
    expect(await third.docs.countDocuments()).toBe(3);
  });

  it('keeps every acknowledged write when its primary is killed, and elects another', async () => {
    const { ports, docs } = await start();
    const primary = await primaryOf(ports);
    const acknowledged: number[] = [];
    let running = true;
    const writers = Array.from({ length: 4 }, async (_, writer) => {
      for (let _id = writer; running; _id += 4)
        await docs.insertOne({ _id }).then(
          () => acknowledged.push(_id),
          () => undefined,
        );
    });
    await eventually(
      () => acknowledged.length,
      (count) => count > 100,
    );
    members[ports.indexOf(primary ?? 0)]?.kill('SIGKILL');
    const next = await eventually(
      () => primaryOf(ports),
      (port) => port !== undefined && port !== primary,
    );
    const before = acknowledged.length;
    await eventually(
      () => acknowledged.length,
      (count) => count > before + 100,
    );
    running = false;
    await Promise.all(writers);
    expect(ports).toContain(next);
    const kept = new Set((await docs.find().toArray()).map(({ _id }) => _id));
    expect(acknowledged.filter((_id) => !kept.has(_id))).toEqual([]);
  });
});

describe('data of another number of nodes', () => {
  it('are refused in one line, in both directions', async () => {
    const [single, three] = [await program(1), await program(3)];
    single.launch(1, folder);
    expect(() => three.launch(1, folder, 1)).toThrow(
      `${folder} has the data of MONGO_NODES=1: start with that, or delete them with make reset.`,
    );
    rmSync(path.join(folder, 'mongod'), { recursive: true });
    three.launch(1, folder, 1);
    expect(() => single.launch(1, folder)).toThrow(`${folder} has the data of MONGO_NODES=3`);
  });
});
