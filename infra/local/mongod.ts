import { mkdirSync, readdirSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Backing, Env } from './tools.ts';
import { built, isBuilt, onPath, root, run } from './tools.ts';

const standIn = 'mongod-stand-in';
const standInFolder = path.join(root, 'infra/local/mongod');
const standInSources = readdirSync(standInFolder).map((file) => path.join(standInFolder, file));

/** Finds MongoDB: MONGO_URL, else the program that mongodBinary finds. */
export async function mongodb(env: Env): Promise<Backing> {
  const url = env['MONGO_URL'];
  if (url) return { took: 'MONGO_URL', url };
  const { took, binary, data } = await mongodBinary(env);
  return {
    took,
    launch: (port, folder) => {
      // The stand-in and MongoDB can't read each other's files.
      const files = path.join(folder, data);
      mkdirSync(files, { recursive: true });
      return {
        command: binary,
        args: ['--bind_ip', '127.0.0.1', '--port', String(port), '--dbpath', files],
        url: `mongodb://127.0.0.1:${port}`,
        readyLine: /Waiting for connections/i,
      };
    },
  };
}

/**
 * The mongod of this machine: on the PATH, what mongodb-memory-server downloads, else a stand-in that is built from
 * Java (mongo-java-server). `data` names the kind of files it writes.
 */
export async function mongodBinary(env: Env): Promise<{ took: string; binary: string; data: string }> {
  const found = env['MONGOMS_SYSTEM_BINARY'] ?? onPath('mongod', env);
  if (found) return { took: found, binary: found, data: 'mongod' };
  // Once the stand-in has been needed it stays, so that data don't seem to vanish between two starts.
  if (!isBuilt(standIn)) {
    const downloaded = await download(env);
    if (downloaded) return { took: `${downloaded}, by mongodb-memory-server`, binary: downloaded, data: 'mongod' };
  }
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

async function buildStandIn(target: string, env: Env): Promise<void> {
  const missing = ['javac', 'mvn'].filter((tool) => !onPath(tool, env));
  if (missing.length > 0) {
    throw new Error(
      `MongoDB is missing: install mongod, or a JDK (17 or newer) and Maven for the stand-in (${missing.join(', ')} not found), or set MONGO_URL.`,
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
