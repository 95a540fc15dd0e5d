// Keeps the file MEMBER while the server in the same pod is the primary or a secondary of its replica set: the probe of the pod looks
// for it. So a rollout restarts the next member only when this one has come back; a server that merely listens can't vote yet, and the
// set would be without a primary. It runs in the image of a service, for the driver; no login is needed to ask.
import { rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

const { mongo } = createRequire(`${process.cwd()}/`)('mongoose');
const { MEMBER } = process.env;
const url = 'mongodb://127.0.0.1:27017/?directConnection=true';
const connect = () => new mongo.MongoClient(url, { serverSelectionTimeoutMS: 2000 });

// The first process of a container ignores the signal otherwise.
process.once('SIGTERM', () => process.exit());
for (let client = connect(); ; await sleep(1000)) {
  try {
    const { isWritablePrimary, secondary } = await client.db('admin').command({ hello: 1 });
    if (isWritablePrimary || secondary) writeFileSync(MEMBER, '');
    else rmSync(MEMBER, { force: true });
  } catch {
    // The server starts or stops. A client that could not connect can't be used again.
    rmSync(MEMBER, { force: true });
    await client.close();
    client = connect();
  }
}
