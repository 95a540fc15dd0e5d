import { execFileSync } from 'node:child_process';
import { MongoMemoryServer } from 'mongodb-memory-server';

declare global {
  var testMongo: MongoMemoryServer | undefined;
}

/** One MongoDB for all test files; each makes databases of its own on it. */
export default async function setup(): Promise<void> {
  // The same place that `make start` takes MongoDB from: a real one where there is one, else its stand-in.
  const script = new URL('../../infra/local/mongod.ts', import.meta.url).pathname;
  const binary = execFileSync(process.execPath, [script], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();
  process.env['MONGOMS_SYSTEM_BINARY'] = binary;
  process.env['MONGOMS_SYSTEM_BINARY_VERSION_CHECK'] = 'false';
  globalThis.testMongo = await MongoMemoryServer.create({ instance: { ip: '127.0.0.1' } });
  process.env['TEST_MONGO_URL'] = globalThis.testMongo.getUri();
}
