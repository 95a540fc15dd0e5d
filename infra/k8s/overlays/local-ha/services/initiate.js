// For the MongoDB shell: initiates a replica set of the HOSTS, unless one of them belongs to a set already. It fails, and is
// tried again, while a host is unavailable: a member that has lost its data must not begin a second set beside the first. It logs in as
// MongoDB's own user, because a new member has no other.
const hosts = process.env.HOSTS.split(',');
const members = hosts.map((host, _id) => ({ _id, host }));
const admins = [];
// Loops, because the shell waits for its own calls in them; not in every callback.
for (const host of hosts) {
  const url = `mongodb://__system:${process.env.MONGO_KEY}@${host}/?directConnection=true&authSource=local`;
  admins.push(new Mongo(url).getDB('admin'));
}
let exists = false;
for (const admin of admins) if (admin.hello().setName !== undefined) exists = true;
if (exists) print('The replica set exists.');
else {
  const answer = admins[0].runCommand({ replSetInitiate: { _id: process.env.REPLICA_SET, members } });
  if (answer.ok !== 1) throw new Error(answer.errmsg);
  print('The replica set is initiated.');
}
