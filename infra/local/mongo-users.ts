/** A user who may read and write one database, in which it is made. */
export type MongoUser = { name: string; password: string; database: string };

/**
 * Makes users on the server at `adminUrl`, or gives those that exist these passwords and rights. Throws when the server is unavailable
 * or the login in the URL may not do that.
 */
export async function makeMongoUsers(adminUrl: string, users: readonly MongoUser[]): Promise<void> {
  // Loaded here: a start with a MongoDB elsewhere makes no users.
  const { mongo } = await import('mongoose');
  const client = new mongo.MongoClient(adminUrl, { serverSelectionTimeoutMS: 10_000 });
  try {
    for (const { name, password: pwd, database } of users) {
      const rights = { pwd, roles: [{ role: 'readWrite', db: database }] };
      const { users: found } = await client.db(database).command({ usersInfo: name });
      const command = (found as unknown[]).length === 0 ? 'createUser' : 'updateUser';
      await client.db(database).command({ [command]: name, ...rights });
    }
  } finally {
    await client.close();
  }
}
