import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createConnection } from 'mongoose';
import type { Connection } from 'mongoose';
import { mongodb } from '../../infra/local/mongod.ts';
import { mongoServices } from '../services.ts';
import { manage } from './managed-process.ts';
import type { ManagedProcess, ProcessSpec } from './managed-process.ts';
import { freePort } from './ports.ts';
import type { StackConfig } from './system.ts';
import { backingSpecs, operatorOf, operatorUrl, prepareBacking, serviceSpec } from './system.ts';

/** Each test starts servers, some twice. */
const LIMIT_MS = 180_000;
const UNAUTHORIZED = 13;

let folder: string;
let config: StackConfig;
let running: ManagedProcess[];
let connections: Connection[];
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'ticketing-mongo-users-'));
  mkdirSync(path.join(folder, 'logs'));
  const taken = new Set<number>();
  config = { folder, env: {}, port: () => freePort(taken) };
  [running, connections] = [[], []];
});
afterEach(async () => {
  await Promise.all(connections.map((one) => one.close()));
  await stop();
  rmSync(folder, { recursive: true, force: true });
});

async function connect(url: string): Promise<Connection> {
  const connection = await createConnection(url, { serverSelectionTimeoutMS: 60_000 }).asPromise();
  connections.push(connection);
  return connection;
}

async function run(specs: ProcessSpec[]): Promise<void> {
  const supervision = { restartAfterMs: () => undefined, log: () => undefined, changed: () => undefined };
  const started = specs.map((spec) => manage(spec, supervision));
  running.push(...started);
  await Promise.all(started.map((one) => one.start()));
}

const stop = async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
};

/** Starts MongoDB as `make start` does. Resolves to its URL with the login of an operator. */
async function start(nodes = 1): Promise<string> {
  const { MONGO_URL: _, ...env } = process.env;
  const found = await mongodb(env, nodes);
  if (!('launch' in found)) throw new Error('There is no program to test.');
  const specs = await backingSpecs(config, 'mongodb', found);
  await run(specs);
  const ports = specs.map(({ port }) => port);
  await found.cluster?.form?.(ports, operatorOf(config, 'mongodb'));
  const url = found.cluster?.url ? operatorUrl(config, 'mongodb', found.cluster.url(ports)) : (specs[0]?.url ?? '');
  await prepareBacking(config, 'mongodb', url);
  return url;
}

/** The URL that a service's processes get. */
async function urlFor(mongodbUrl: string, service: (typeof mongoServices)[number]): Promise<string> {
  const urls = { mongodb: mongodbUrl, nats: 'nats://127.0.0.1:1', redis: 'redis://127.0.0.1:1' };
  const neighbours = { sandbox: undefined, mail: undefined, router: 'http://127.0.0.1:1' };
  return (await serviceSpec(config, service, 1, urls, neighbours)).env['MONGO_URL'] ?? '';
}

const refused = { code: UNAUTHORIZED };

describe('the user of MongoDB that a service has', () => {
  it.each([
    ['one server', 1],
    ['a replica set', 3],
  ])(
    'reads and writes the database of its service on %s, and no other',
    async (_, nodes) => {
      const url = await start(nodes);
      for (const service of mongoServices) {
        const own = await connect(await urlFor(url, service));
        await own.collection<{ _id: string }>('things').insertOne({ _id: service });
        expect(await own.collection('things').countDocuments()).toBe(1);
        await own.collection('things').createIndex({ at: 1 }, {}, {});
        for (const other of [...mongoServices.filter((one) => one !== service), 'other']) {
          const foreign = own.useDb(`ticketing-${other}`).collection('things');
          await expect(foreign.findOne()).rejects.toMatchObject(refused);
          await expect(foreign.insertOne({})).rejects.toMatchObject(refused);
        }
        await expect(own.getClient().db('admin').command({ getLog: 'global' })).rejects.toMatchObject(refused);
      }
      const anonymous = await connect(url.replace(/\/\/[^@]*@/, '//').replace('authSource=local', ''));
      await expect(anonymous.useDb('ticketing-auth').collection('things').findOne()).rejects.toMatchObject(refused);
    },
    LIMIT_MS,
  );

  it(
    'finds the data of a folder from before there were users, and works after a second start',
    async () => {
      const { MONGO_URL: _, ...env } = process.env;
      const found = await mongodb(env);
      if (!('launch' in found)) throw new Error('There is no program to test.');
      const [spec] = await backingSpecs(config, 'mongodb', found);
      if (!spec) throw new Error('There is no process.');
      const isKeyFile = (argument: string, index: number) =>
        argument === '--keyFile' || spec.args[index - 1] === '--keyFile';
      await run([{ ...spec, args: spec.args.filter((argument, index) => !isKeyFile(argument, index)) }]);
      const before = await connect(`${spec.adminUrl}/ticketing-orders`);
      await before.collection<{ _id: string }>('orders').insertOne({ _id: 'kept' });
      await before.close();
      for (let time = 0; time < 2; time++) {
        await stop();
        const orders = await connect(await urlFor(await start(), 'orders'));
        expect(await orders.collection<{ _id: string }>('orders').findOne()).toEqual({ _id: 'kept' });
        await orders.close();
      }
    },
    LIMIT_MS,
  );
});
