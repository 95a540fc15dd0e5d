// For the MongoDB shell: makes the user of a service, who may read and write the service's own database only, or gives it the present
// password and rights. It logs in as MongoDB's own user, whose password is the key of the server: so a volume from before there were
// users gets them too. HOSTS are the members of a replica set; without them the server is in the same pod.
const { HOSTS, REPLICA_SET, MONGO_KEY, MONGO_USER, MONGO_PASSWORD, MONGO_DATABASE } = process.env;
const address = HOSTS ? `${HOSTS}/?replicaSet=${REPLICA_SET}` : '127.0.0.1:27017/?directConnection=true';
const deadline = Date.now() + 60000;
for (let isMade = false; !isMade;) {
  try {
    const database = new Mongo(`mongodb://__system:${MONGO_KEY}@${address}&authSource=local`).getDB(MONGO_DATABASE);
    const known = database.runCommand({ usersInfo: MONGO_USER });
    const command = known.users.length === 0 ? 'createUser' : 'updateUser';
    const roles = [{ role: 'readWrite', db: MONGO_DATABASE }];
    const answer = database.runCommand({ [command]: MONGO_USER, pwd: MONGO_PASSWORD, roles });
    if (answer.ok !== 1) throw new Error(answer.errmsg);
    isMade = true;
  } catch (error) {
    // The server starts, or the set has no primary yet.
    if (Date.now() > deadline) throw error;
    sleep(500);
  }
}
print('The user of the service is made.');
