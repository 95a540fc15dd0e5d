import path from 'node:path';
import type { Backing, Env } from './tools.ts';
import { ensureBuilt, isBuilt, onPath, root, run } from './tools.ts';

const version = '0.25.6';
const moduleFolder = path.join(root, 'infra/local/nats-streaming');
const name = `nats-streaming-${version}`;
const sources = [path.join(moduleFolder, 'go.sum')];

/** Finds NATS Streaming: NATS_URL, `nats-streaming-server` on the PATH, else a build of its Go module. Throws where it can't be built. */
export async function natsStreaming(env: Env, clusterId: string): Promise<Backing> {
  const url = env['NATS_URL'];
  if (url) return { source: 'NATS_URL', url };
  const { source, binary } = await natsStreamingBinary(env);
  return {
    source,
    launch: (port, folder) => ({
      command: binary,
      // A lost client is detected after two missed heartbeats, not after minutes. Acknowledged messages are synced to
      // the disk (the file store's default); compaction happens in the background.
      // A message is kept for 30 days, and each channel's newest 48 MB: what is older has long been consumed or resent.
      args: [
        ...['-cid', clusterId, '-a', '127.0.0.1', '-p', String(port)],
        ...['-store', 'file', '-dir', folder, '-max_age', '720h', '-max_msgs', '0'],
        ...['-max_bytes', '48MB', '-file_slice_max_bytes', '12MB'],
        ...['-hbi', '5s', '-hbt', '5s', '-hbf', '2'],
      ],
      // It is mostly idle: on one core it needs a third less processor time than on two.
      env: { GOMAXPROCS: '1' },
      url: `nats://127.0.0.1:${port}`,
      readyLine: /Streaming Server is ready/,
    }),
  };
}

/** The NATS Streaming program of this machine, built from its Go module if need be. Throws where it can't be built. */
export async function natsStreamingBinary(env: Env): Promise<{ source: string; binary: string }> {
  const found = onPath('nats-streaming-server', env);
  if (found) return { source: found, binary: found };
  await requireNatsStreaming(env);
  const folder = await ensureBuilt(name, sources, async (target) => {
    process.stderr.write('building NATS Streaming from its Go module, once: about a minute\n');
    await run('go', ['build', '-trimpath', '-o', target, 'github.com/nats-io/nats-streaming-server'], {
      cwd: moduleFolder,
      env: { GOFLAGS: '-mod=readonly', CGO_ENABLED: '0' },
    });
  });
  return { source: `${version}, built from its Go module`, binary: path.join(folder, 'nats-streaming-server') };
}

/** Throws, in one line, where NATS Streaming can neither be found nor built. */
export async function requireNatsStreaming(env: Env): Promise<void> {
  if (env['NATS_URL'] || onPath('nats-streaming-server', env) || isBuilt(name, sources)) return;
  const go = onPath('go', env);
  // From 1.21 on, Go fetches the version that a module asks for.
  const [, minor = '0'] = /go1\.(\d+)/.exec(go ? await run(go, ['version']) : '') ?? [];
  if (Number(minor) < 21)
    throw new Error('NATS Streaming is missing: install Go (1.24 or newer) to build it, or set NATS_URL.');
}

if (import.meta.main) console.log((await natsStreamingBinary(process.env)).binary);
