// Makes the user of a service in its MongoDB, who may read and write the service's own database only, or gives it the present password
// and rights. It runs in the image of the service, for the driver, and logs in as MongoDB's own user, whose password is the key of the
// server: so a volume from before there were users gets them too. HOSTS are the members of a replica set; without them the server is
// in the same pod.
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

const { mongo } = createRequire(`${process.cwd()}/`)('mongoose');
const { HOSTS, REPLICA_SET, MONGO_KEY, MONGO_USER, MONGO_PASSWORD, MONGO_DATABASE } = process.env;
const address = HOSTS ? `${HOSTS}/?replicaSet=${REPLICA_SET}` : '127.0.0.1:27017/?directConnection=true';
const url = `mongodb://__system:${MONGO_KEY}@${address}&authSource=local`;
for (let isMade = false; !isMade;) {
  // A client that could not connect can't be used again.
  const client = new mongo.MongoClient(url, { serverSelectionTimeoutMS: 2000 });
  try {
    const database = client.db(MONGO_DATABASE);
    const { users } = await database.command({ usersInfo: MONGO_USER });
    const command = users.length === 0 ? 'createUser' : 'updateUser';
    const roles = [{ role: 'readWrite', db: MONGO_DATABASE }];
    await database.command({ [command]: MONGO_USER, pwd: MONGO_PASSWORD, roles });
    isMade = true;
  } catch (error) {
    // The server starts, or the set has no primary yet.
    console.log(`The user of the service can not be made yet: ${error.message}`);
    await sleep(500);
  } finally {
    await client.close();
  }
}
console.log('The user of the service is made.');
