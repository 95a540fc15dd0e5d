import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { MongoMemoryReplSet, MongoMemoryServer } from 'mongodb-memory-server';

declare global {
  var testMongo: MongoMemoryServer | MongoMemoryReplSet | undefined;
}

/** The path of a server's program, the same that `make start` uses. It is built first if it is missing. */
function program(script: string): string {
  const file = path.join(import.meta.dirname, '../../infra/local', script);
  return execFileSync(process.execPath, [file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
}

/**
 * Starts one MongoDB for all test files, with MONGO_NODES=3 a replica set; each file creates its own databases on it. A
 * TEST_MONGO_URL that is set already is used instead.
 */
export default async function setup(): Promise<void> {
  // Built here, because a build would exceed the time limit of a test.
  program('nats-streaming.ts');
  program('nats-server.ts');
  if (process.env['TEST_MONGO_URL']) return;
  process.env['MONGOMS_SYSTEM_BINARY'] = program('mongod.ts');
  process.env['MONGOMS_SYSTEM_BINARY_VERSION_CHECK'] = 'false';
  process.env['TEST_MONGO_URL'] = await start();
}

async function start(): Promise<string> {
  if (process.env['MONGO_NODES'] !== '3') {
    const server = await MongoMemoryServer.create({ instance: { ip: '127.0.0.1', launchTimeout: 60_000 } });
    globalThis.testMongo = server;
    return server.getUri();
  }
  const replicaSet = await MongoMemoryReplSet.create({ replSet: { count: 3, ip: '127.0.0.1' } });
  globalThis.testMongo = replicaSet;
  // The driver finds the others by the first.
  return replicaSet.servers[0]?.getUri() ?? '';
}
