import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { mongo } from 'mongoose';
import { makeMongoUsers } from '../../infra/local/mongo-users.ts';
import { mongodb } from '../../infra/local/mongod.ts';
import { natsStreaming } from '../../infra/local/nats-streaming.ts';
import { redis } from '../../infra/local/redis.ts';
import type { Backing } from '../../infra/local/tools.ts';
import { entries, mongoServices, services } from '../../scripts/services.ts';
import type { Service } from '../../scripts/services.ts';
import type { ManagedProcess } from '../../scripts/stack/managed-process.ts';
import { manage } from '../../scripts/stack/managed-process.ts';
import { freePort } from '../../scripts/stack/ports.ts';
import { READY_WITHIN_MS, databaseUrl } from '../../scripts/stack/system.ts';
import type { Certificates } from './certificates.ts';

const CLUSTER_ID = 'ticketing';

/** Every printable ASCII character that is neither a letter nor a digit. */
const special = Array.from({ length: 0x7f - 0x20 }, (_, i) => String.fromCharCode(0x20 + i))
  .filter((character) => /[^a-z0-9]/i.test(character))
  .join('');

/** `plain` is a part of the password that no quoting or encoding changes. */
export type Password = { raw: string; encoded: string; plain: string };

function makePassword(): Password {
  const plain = randomBytes(12).toString('hex');
  const raw = `${special}${plain}`;
  const encode = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  return { raw, encoded: raw.replace(/[^a-z0-9]/gi, encode), plain };
}

export type Stores = {
  /** The URL of each store, without credentials. */
  urls: { MONGO_URL: string; NATS_URL: string; REDIS_URL: string };
  /** The environment of each service's processes, with credentials. */
  serviceEnv: Record<Service, Record<string, string>>;
  passwords: Password[];
  logFiles: string[];
  /** Changes all passwords and restarts the stores: the services' credentials are wrong from then on. */
  changePasswords: () => Promise<void>;
  stop: () => Promise<void>;
};

/**
 * Starts MongoDB, NATS Streaming and Redis as an operator runs them: TLS only, passwords with every special character, and
 * a MongoDB user for each service with access to its own database only. Throws when one fails to start; nothing is left
 * running.
 */
export async function startStores(folder: string, certificates: Certificates): Promise<Stores> {
  // The stores of a developer's own environment are not the ones under test.
  const { MONGO_URL: _mongo, NATS_URL: _nats, REDIS_URL: _redis, ...env } = process.env;
  const ports = new Set<number>();
  const started: ManagedProcess[] = [];
  const stop = async () => {
    await Promise.all(started.map((one) => one.stop()));
    process.off('exit', destroy);
  };
  const destroy = () => {
    for (const one of started) one.destroy();
  };
  process.on('exit', destroy);

  /** Starts a server of this machine with additional arguments, which override its usual ones. */
  async function start(name: string, found: Backing, port: number, args: string[]): Promise<void> {
    if (!('launch' in found)) throw new Error(`${name} runs elsewhere already.`);
    const files = path.join(folder, name);
    mkdirSync(files, { recursive: true });
    const launch = found.launch(port, files);
    const one = manage(
      {
        ...{
          name,
          service: name,
          port,
          url: launch.url,
          adminUrl: launch.url,
          command: launch.command,
          readyWithinMs: READY_WITHIN_MS,
        },
        args: [...launch.args, ...args],
        env: { ...env, ...launch.env },
        logFile: path.join(folder, `${name}.log`),
        isReady: (output) => Promise.resolve(launch.readyLine.test(output())),
      },
      { restartAfterMs: () => undefined, log: () => undefined, changed: () => undefined },
    );
    started.push(one);
    await one.start();
  }

  /** A file that only its owner can read, because every user of the machine can read a program's arguments. */
  function secretFile(name: string, text: string): string {
    const file = path.join(folder, name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  }

  try {
    const { ca, cert, key, pem } = certificates;
    const [mongoPort, natsPort, redisPort] = [await freePort(ports), await freePort(ports), await freePort(ports)];

    const natsConf = ({ raw }: Password) =>
      secretFile(
        'nats.conf',
        [
          `authorization { user: ticketing, password: ${JSON.stringify(raw)} }`,
          `tls { cert_file: ${JSON.stringify(cert)}, key_file: ${JSON.stringify(key)}, timeout: 10 }`,
          `streaming { tls: { client_ca: ${JSON.stringify(ca)} } }`,
        ].join('\n'),
      );
    const natsPassword = makePassword();
    const redisPassword = makePassword();
    const redisConf = ({ raw }: Password) => secretFile('redis.conf', `requirepass ${JSON.stringify(raw)}\n`);

    await Promise.all([
      start('mongodb', await mongodb(env), mongoPort, [
        ...['--auth', '--tlsMode', 'requireTLS', '--tlsCertificateKeyFile', pem, '--tlsCAFile', ca],
        '--tlsAllowConnectionsWithoutCertificates',
      ]),
      start('nats', await natsStreaming(env, CLUSTER_ID), natsPort, ['-c', natsConf(natsPassword)]),
      start('redis', await redis(env), redisPort, [
        ...['--port', '0', '--tls-port', String(redisPort), '--tls-auth-clients', 'no'],
        ...[
          '--tls-cert-file',
          cert,
          '--tls-key-file',
          key,
          '--tls-ca-cert-file',
          ca,
          '--include',
          redisConf(redisPassword),
        ],
      ]),
    ]);

    const MONGO_URL = `mongodb://localhost:${mongoPort}/?tls=true`;
    const admin = await makeUsers(MONGO_URL);
    const natsUrl = (user = '') => `tls://${user}localhost:${natsPort}`;
    const redisUrl = (user = '') => `rediss://${user}localhost:${redisPort}`;
    const NATS_URL = natsUrl(`ticketing:${natsPassword.encoded}@`);
    const REDIS_URL = redisUrl(`default:${redisPassword.encoded}@`);
    const envOf = (service: Service): Record<string, string> => {
      const { store, bus } = entries[service];
      return {
        ...(store === 'mongodb' ? { MONGO_URL: admin.urlFor(service) } : { REDIS_URL }),
        ...(bus && { NATS_URL, BUS: 'nats-streaming' }),
      };
    };

    return {
      urls: { MONGO_URL, NATS_URL: natsUrl(), REDIS_URL: redisUrl() },
      serviceEnv: Object.fromEntries(services.map((service) => [service, envOf(service)])) as Stores['serviceEnv'],
      passwords: [natsPassword, redisPassword, ...admin.passwords],
      logFiles: started.map(({ logFile }) => logFile),
      async changePasswords() {
        await admin.changePasswords();
        natsConf(makePassword());
        redisConf(makePassword());
        await Promise.all(started.map((one) => one.stop()));
        await Promise.all(started.map((one) => one.start()));
      },
      stop: async () => {
        await admin.close();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Creates an administrator, which MongoDB allows the first local client, and with it the services' users. */
async function makeUsers(serverUrl: string) {
  const passwords = new Map<string, Password>(['admin', ...mongoServices].map((user) => [user, makePassword()]));
  const passwordOf = (user: string) => passwords.get(user) ?? makePassword();
  const urlFor = (user: string, database: string) =>
    databaseUrl(serverUrl, database).replace('//', `//${user}:${passwordOf(user).encoded}@`);
  const databaseOf = (owner: Service) => `ticketing-${owner}`;

  const first = new mongo.MongoClient(serverUrl);
  await first.db('admin').command({ createUser: 'admin', pwd: passwordOf('admin').raw, roles: ['root'] });
  await first.close();

  const adminUrl = urlFor('admin', 'admin');
  await makeMongoUsers(
    adminUrl,
    mongoServices.map((name) => ({ name, password: passwordOf(name).raw, database: databaseOf(name) })),
  );
  const client = new mongo.MongoClient(adminUrl);
  return {
    passwords: [...passwords.values()],
    urlFor: (owner: Service) => urlFor(owner, databaseOf(owner)),
    async changePasswords() {
      for (const owner of mongoServices)
        await client.db(databaseOf(owner)).command({ updateUser: owner, pwd: makePassword().raw });
    },
    close: () => client.close(),
  };
}
