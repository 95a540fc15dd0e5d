import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { MongoMemoryServer } from 'mongodb-memory-server';

declare global {
  var testMongo: MongoMemoryServer | undefined;
}

/** The path of a server's program, the same that `make start` uses. It is built first if it is missing. */
function program(script: string): string {
  const file = path.join(import.meta.dirname, '../../infra/local', script);
  return execFileSync(process.execPath, [file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
}

/** Starts one MongoDB for all test files; each creates its own databases on it. */
export default async function setup(): Promise<void> {
  // Built here, because a build would exceed the time limit of a test.
  program('nats-streaming.ts');
  process.env['MONGOMS_SYSTEM_BINARY'] = program('mongod.ts');
  process.env['MONGOMS_SYSTEM_BINARY_VERSION_CHECK'] = 'false';
  globalThis.testMongo = await MongoMemoryServer.create({ instance: { ip: '127.0.0.1' } });
  process.env['TEST_MONGO_URL'] = globalThis.testMongo.getUri();
}
