import { isIP } from 'node:net';
import { inboxOf } from '../../core/src/bus/jetstream-names.ts';
import { parseNatsUrls, parseServerUrl } from '../../runtime/src/urls.ts';
import type { BackingName } from './system.ts';

// A server that is given by its URL belongs to one marketplace at a time: two would take each other's events, timers and data, and no
// error would tell. Servers that a stack starts itself need no claim, because nobody else has a login.

/** A claim of a marketplace that was killed ends after this. */
const LEASE_MS = 30_000;
/** For an answer: the services report a server that is down. */
const LIMIT_MS = 3000;

/** The setting that gives each server. */
const SETTINGS: Record<BackingName, string> = { mongodb: 'MONGO_URL', nats: 'NATS_URL', redis: 'REDIS_URL' };

/** The claim of a marketplace on a server. */
interface Claim {
  /** Claims the server, or renews the claim. Resolves to its owner: another marketplace, if that was first. */
  renew: () => Promise<string>;
  /** Whether it ends with the connection, and needs no renewal. */
  isLive: boolean;
  /** Gives it up, and disconnects. */
  end: () => Promise<unknown>;
}

type Open = (url: string, owner: string, leaseMs: number, bus: string) => Promise<Claim>;

export interface ClaimOptions {
  /** The URLs of the servers that are given; that of MongoDB names a database. */
  given: Partial<Record<BackingName, string>>;
  /** Names the marketplace to people. */
  owner: string;
  /** What tells buses on the same NATS apart. */
  bus: string;
  /** How long a claim lasts that is not renewed, and how often it is. */
  leaseMs?: number;
  renewEveryMs?: number;
  log: (level: 'info' | 'error', message: string) => void;
}

/**
 * Claims the servers for a marketplace until `release`. Throws, in one line, when another one uses any of them now. Leaves out a server
 * that is down or refuses.
 */
export async function claimServers({
  given,
  owner,
  bus,
  leaseMs = LEASE_MS,
  renewEveryMs = leaseMs / 3,
  log,
}: ClaimOptions): Promise<{ release: () => Promise<void> }> {
  const claims = new Map<string, Claim>();
  const others = new Map<string, string[]>();
  const release = async () => {
    await Promise.allSettled([...claims.values()].map((claim) => claim.end()));
  };

  async function claimOne(name: BackingName, url: string): Promise<void> {
    const setting = SETTINGS[name];
    let claim: Claim | undefined;
    try {
      claim = await open[name](url, owner, leaseMs, bus);
      const holder = await claim.renew();
      claims.set(setting, claim);
      if (holder !== owner) others.set(holder, [...(others.get(holder) ?? []), setting]);
    } catch {
      await claim?.end().catch(() => undefined);
      log('info', `${setting}: whether another marketplace uses this server is unknown`);
    }
  }

  await Promise.all(Object.entries(given).map(([name, url]) => claimOne(name as BackingName, url)));
  if (others.size > 0) {
    await release();
    throw new Error([...others].map(([holder, settings]) => refusal(settings.sort(), holder)).join(' '));
  }

  const timer = setInterval(() => {
    for (const [setting, claim] of claims)
      if (!claim.isLive)
        claim.renew().then(
          (holder) => {
            if (holder !== owner) log('error', refusal([setting], holder));
          },
          // It is renewed again, and ends by itself if the server stays down.
          () => undefined,
        );
  }, renewEveryMs).unref();
  return {
    async release() {
      clearInterval(timer);
      await release();
    },
  };
}

const refusal = (settings: readonly string[], holder: string): string =>
  `${settings.join(', ')}: used by the marketplace in ${holder}, and two marketplaces would take each other's events and data. ` +
  `Stop that one with make stop (if it was killed, wait ${LEASE_MS / 1000} s), or give each a server of its own.`;

const open: Record<BackingName, Open> = {
  mongodb: claimMongo,
  nats: claimNats,
  redis: claimRedis,
};

/** A document with the end of the claim, by the clock of the server. */
async function claimMongo(url: string, owner: string, leaseMs: number): Promise<Claim> {
  // Loaded here: a start without MONGO_URL makes no claim.
  const { mongo } = await import('mongoose');
  const client = new mongo.MongoClient(url, {
    ...{ serverSelectionTimeoutMS: LIMIT_MS, connectTimeoutMS: LIMIT_MS, socketTimeoutMS: LIMIT_MS, maxPoolSize: 1 },
  });
  const claims = client.db().collection<{ _id: string; owner: string; until: Date }>('marketplace');
  const isFree = {
    $or: [
      { $eq: ['$owner', { $literal: owner }] },
      { $lt: [{ $ifNull: ['$until', { $literal: new Date(0) }] }, '$$NOW'] },
    ],
  };
  const or = (mine: unknown, theirs: string) => ({ $cond: [isFree, mine, theirs] });
  return {
    isLive: false,
    async renew() {
      const found = await claims.findOneAndUpdate(
        { _id: 'claim' },
        [{ $set: { owner: or({ $literal: owner }, '$owner'), until: or({ $add: ['$$NOW', leaseMs] }, '$until') } }],
        { upsert: true, returnDocument: 'after' },
      );
      return found?.owner ?? owner;
    },
    async end() {
      try {
        await claims.deleteOne({ _id: 'claim', owner });
      } finally {
        await client.close();
      }
    },
  };
}

/** A key that expires; its name is one that the rights of expiration allow. */
const REDIS_KEY = '{bull}:expiration:marketplace';
const RENEW = `local holder = redis.call('get', KEYS[1])
if holder and holder ~= ARGV[1] then return holder end
redis.call('set', KEYS[1], ARGV[1], 'PX', ARGV[2])
return ARGV[1]`;
const RELEASE = `if redis.call('get', KEYS[1]) == ARGV[1] then redis.call('del', KEYS[1]) end`;

async function claimRedis(url: string, owner: string, leaseMs: number): Promise<Claim> {
  // Of a malformed one, ioredis would print the password.
  if (!parseServerUrl(url, ['redis:', 'rediss:'], 6379)) throw new Error('REDIS_URL is malformed.');
  const { Redis } = await import('ioredis');
  const client = new Redis(url, {
    ...{ connectTimeout: LIMIT_MS, commandTimeout: LIMIT_MS, maxRetriesPerRequest: 1, retryStrategy: () => 1000 },
  });
  // Its commands are rejected too.
  client.on('error', () => undefined);
  return {
    isLive: false,
    renew: async () => String(await client.eval(RENEW, 1, REDIS_KEY, owner, leaseMs)),
    async end() {
      try {
        await client.eval(RELEASE, 1, REDIS_KEY, owner);
      } finally {
        client.disconnect();
      }
    },
  };
}

/** As the services require TLS, whose code is compiled only after the claim. */
const tlsTo = (host: string): object => (isIP(host) === 0 ? { host, servername: host } : { host });

/** A subscription that answers who uses the bus: both buses are a NATS server with subjects of its own. */
async function claimNats(url: string, owner: string, _leaseMs: number, bus: string): Promise<Claim> {
  const servers = parseNatsUrls(url) ?? [];
  const [first] = servers;
  if (first === undefined) throw new Error('NATS_URL is malformed.');
  const { RequestError, connect } = await import('@nats-io/transport-node');
  const { host, login, tls } = first;
  const connection = await connect({
    servers: servers.map((one) => `${one.host}:${one.port}`),
    ...login,
    ...(login && 'user' in login && { inboxPrefix: inboxOf(login.user) }),
    ...(tls && { tls: tlsTo(host) }),
    ...{ timeout: LIMIT_MS, maxReconnectAttempts: -1 },
    // It asks who else there is, which it must not answer itself.
    noEcho: true,
  });
  const subject = `marketplace.${bus}`;
  connection.subscribe(subject, {
    callback(error, message) {
      if (error === null) message.respond(owner);
    },
  });
  return {
    isLive: true,
    async renew() {
      // A question is answered from here on: of two that start at once, one at least learns of the other.
      await connection.flush();
      try {
        return (await connection.request(subject, '', { timeout: LIMIT_MS })).string();
      } catch (error) {
        if (error instanceof RequestError && error.isNoResponders()) return owner;
        throw error;
      }
    },
    end: () => connection.close(),
  };
}
