import { afterEach, describe, expect, it } from '@jest/globals';
import { MongoMemoryServer } from 'mongodb-memory-server';
import { Schema } from 'mongoose';
import { pino } from 'pino';
import { connectStore, createIndexes } from '@ticketing/core/mongo';
import type { Store } from '@ticketing/core/mongo';
import { eventually, silentLog } from '@ticketing/core/testing';
import { freePort, plainServer } from './servers.ts';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

function connect(url: string, log = silentLog): Store {
  const store = connectStore(url, log);
  undo.push(() => store.close());
  return store;
}

/** The URL of a new database on the tests' MongoDB, with more options. */
function urlOf(options = ''): string {
  const { host } = new URL(process.env['TEST_MONGO_URL'] ?? '');
  return `mongodb://${host}/store-connection${options}`;
}

describe('the store', () => {
  it('connects, passes its check, and creates its indexes', async () => {
    const store = connect(urlOf());
    const connection = await store.whenConnected;
    undo.push(() => connection.dropDatabase());
    await store.check();
    const things = connection.model('Thing', new Schema({ name: { type: String, index: true } }));
    await createIndexes([things], silentLog);
    expect(Object.keys(await things.collection.indexInformation())).toEqual(['_id_', 'name_1']);
  });

  it('logs one warning while it is down, and fails its check with the reason', async () => {
    const lines: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line: string) => lines.push(line) });
    const port = await freePort();
    const store = connect(`mongodb://127.0.0.1:${port}/things`, log);
    await eventually(
      () => store.check().catch(String),
      (reason) => reason === `Error: connect ECONNREFUSED 127.0.0.1:${port}`,
    );
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('MongoDB is unavailable; trying again (MONGO_URL)');
    expect(lines[0]).not.toContain('"stack"');
  });
});

it('a MongoDB with users refuses a URL without one: the start fails in one line, without the command', async () => {
  const instance = { ip: '127.0.0.1', launchTimeout: 60_000 };
  const server = await MongoMemoryServer.create({ instance, auth: { enable: true } });
  undo.push(() => server.stop());
  const connection = await connect(server.getUri('things')).whenConnected;
  const things = connection.model('Thing', new Schema({ name: { type: String, index: true } }));
  await expect(createIndexes([things], silentLog)).rejects.toThrow(
    /^MONGO_URL: MongoDB refuses to create indexes: (?:.* requires authentication|not authorized on things)$/,
  );
});

describe('a MongoDB with tls=true', () => {
  it('is connected to with TLS only', async () => {
    const plain = await plainServer();
    undo.push(() => plain.stop());
    const store = connect(`mongodb://user:S3CRET@127.0.0.1:${plain.port}/things?tls=true`);
    const [first] = await eventually(
      () => plain.received,
      ([one]) => one !== undefined && one.length > 0,
    );
    expect(first?.[0]).toBe(0x16);
    await expect(store.check()).rejects.toThrow();
  });

  it('is never connected to when the server does not support TLS', async () => {
    const store = connect(urlOf('?tls=true'));
    const reason = await eventually(
      () => store.check().catch(String),
      (text) => text !== 'Error: not connected yet',
    );
    expect(reason).toMatch(/^Error: .+/);
  });
});
