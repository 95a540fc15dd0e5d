// Initiates a replica set of the HOSTS, unless one of them belongs to a set already. It fails, and is tried again, while a host is
// unavailable: a member that has lost its data must not begin a second set beside the first. It runs in the image of a service, for the
// driver, and logs in as MongoDB's own user, because a new member has no other.
import { createRequire } from 'node:module';

const { mongo } = createRequire(`${process.cwd()}/`)('mongoose');
const { HOSTS, REPLICA_SET, MONGO_KEY } = process.env;
const hosts = HOSTS.split(',');

async function command(host, body) {
  const url = `mongodb://__system:${MONGO_KEY}@${host}/?directConnection=true&authSource=local`;
  const client = new mongo.MongoClient(url, { serverSelectionTimeoutMS: 5000 });
  try {
    return await client.db('admin').command(body);
  } finally {
    await client.close();
  }
}

const found = await Promise.all(hosts.map((host) => command(host, { hello: 1 })));
if (found.some(({ setName }) => setName !== undefined)) console.log('The replica set exists.');
else {
  const members = hosts.map((host, _id) => ({ _id, host }));
  await command(hosts[0], { replSetInitiate: { _id: REPLICA_SET, members } });
  console.log('The replica set is initiated.');
}
