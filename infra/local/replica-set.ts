import { setTimeout as sleep } from 'node:timers/promises';

/** The name of the replica set, which all its members share. */
export const replicaSetName = 'ticketing';
const FORM_LIMIT_MS = 60_000;
const NOT_YET_INITIALIZED = 94;

type Config = { _id: string; version: number; members: { _id: number; host: string }[] };
type State = { isWritablePrimary: boolean; secondary: boolean };

const hostOf = (port: number): string => `127.0.0.1:${port}`;

/** The URL of the replica set whose members are reached at these ports of 127.0.0.1. */
export const replicaSetUrl = (ports: readonly number[]): string =>
  `mongodb://${ports.map(hostOf).join(',')}/?replicaSet=${replicaSetName}`;

/**
 * Makes a replica set of the members at these ports, in the order of their data folders, and resolves when it has a primary
 * and a majority. A set that was formed before keeps its data, whatever the ports were then. Throws when a member is
 * unavailable, or when there is no majority within a minute. `login`, `<user>:<password>`, is that of an administrator in `local`, of
 * members with users.
 */
export async function formReplicaSet(ports: readonly number[], login = ''): Promise<void> {
  await configure(ports, login);
  const deadline = Date.now() + FORM_LIMIT_MS;
  for (let turn = 0; ; turn++) {
    const states = await Promise.all(ports.map(stateOf));
    const hasPrimary = states.some((state) => state?.isWritablePrimary);
    const members = states.filter((state) => state !== undefined && (state.isWritablePrimary || state.secondary));
    if (hasPrimary && members.length > ports.length / 2) return;
    if (Date.now() > deadline)
      throw new Error(`The replica set of MongoDB has no majority (ports ${ports.join(', ')}).`);
    // By itself a member waits for ten seconds before it calls an election. It refuses while it has no majority, or older data.
    const candidate = ports[turn % ports.length];
    if (!hasPrimary && candidate !== undefined)
      await adminCommand(candidate, { replSetStepUp: 1 }, login).catch(() => undefined);
    await sleep(100);
  }
}

/** The member, by its port, that is the primary; undefined while none is. */
export async function primaryOf(ports: readonly number[]): Promise<number | undefined> {
  const states = await Promise.all(ports.map(stateOf));
  return ports.find((_, index) => states[index]?.isWritablePrimary);
}

/** Runs an administrative command on one member. Throws when the member is unavailable or refuses it. */
export async function adminCommand(
  port: number,
  command: Record<string, unknown>,
  login = '',
): Promise<Record<string, unknown>> {
  // Loaded here: most starts have no replica set.
  const { mongo } = await import('mongoose');
  const address = login === '' ? hostOf(port) : `${login}@${hostOf(port)}`;
  const source = login === '' ? '' : '&authSource=local';
  const client = new mongo.MongoClient(`mongodb://${address}/?directConnection=true${source}`, {
    ...{ serverSelectionTimeoutMS: 2_000, connectTimeoutMS: 2_000, socketTimeoutMS: 20_000 },
  });
  try {
    return await client.db('admin').command(command);
  } finally {
    await client.close();
  }
}

async function configure(ports: readonly number[], login: string): Promise<void> {
  const hosts = ports.map(hostOf);
  const configs = await Promise.all(ports.map((port) => configOf(port, login)));
  const versions = configs.map((config) => config?.version ?? 0);
  const index = versions.indexOf(Math.max(...versions));
  const [config, port] = [configs[index], ports[index]];
  if (port === undefined) throw new Error('A replica set needs members.');
  if (config === undefined) {
    const members = hosts.map((host, _id) => ({ _id, host }));
    await adminCommand(port, { replSetInitiate: { _id: replicaSetName, members } }, login);
  } else if (config.members.some(({ host }, member) => host !== hosts[member])) {
    // By force, because no member finds itself at its old port, so none can become the primary. The others take it over.
    const members = config.members.map((member, of) => ({ ...member, host: hosts[of] }));
    const moved = { ...config, version: config.version + 1, members };
    await adminCommand(port, { replSetReconfig: moved, force: true }, login);
  }
}

/** The configuration that a member has stored; undefined for an empty one. */
async function configOf(port: number, login: string): Promise<Config | undefined> {
  try {
    return (await adminCommand(port, { replSetGetConfig: 1 }, login))['config'] as Config;
  } catch (error) {
    if ((error as { code?: unknown }).code === NOT_YET_INITIALIZED) return undefined;
    throw error;
  }
}

const stateOf = (port: number): Promise<State | undefined> =>
  adminCommand(port, { hello: 1 }).then(
    (answer) => answer as State,
    () => undefined,
  );
