import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { MongoMemoryServer } from 'mongodb-memory-server';

declare global {
  var testMongo: MongoMemoryServer | undefined;
}

/** The path of a server's program, from the same place that `make start` takes it from; built first if need be. */
function program(script: string): string {
  const file = path.join(import.meta.dirname, '../../infra/local', script);
  return execFileSync(process.execPath, [file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
}

/** One MongoDB for all test files; each makes databases of its own on it. */
export default async function setup(): Promise<void> {
  // Here, for no test's time limit has room for a build.
  program('nats-streaming.ts');
  process.env['MONGOMS_SYSTEM_BINARY'] = program('mongod.ts');
  process.env['MONGOMS_SYSTEM_BINARY_VERSION_CHECK'] = 'false';
  globalThis.testMongo = await MongoMemoryServer.create({ instance: { ip: '127.0.0.1' } });
  process.env['TEST_MONGO_URL'] = globalThis.testMongo.getUri();
}
