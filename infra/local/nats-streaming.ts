import { goProgram, requireGoProgram } from './go-program.ts';
import type { GoProgram } from './go-program.ts';
import type { Backing, Env } from './tools.ts';

const program: GoProgram = {
  title: 'NATS Streaming',
  command: 'nats-streaming-server',
  version: '0.25.6',
  folder: 'nats-streaming',
  module: 'github.com/nats-io/nats-streaming-server',
};

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
      // A message is kept for 30 days, and each channel's newest 40 MB: what is older has long been consumed or resent.
      args: [
        ...['-cid', clusterId, '-a', '127.0.0.1', '-p', String(port)],
        ...['-store', 'file', '-dir', folder, '-max_age', '720h', '-max_msgs', '0'],
        ...['-max_bytes', '40MB', '-file_slice_max_bytes', '12MB'],
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
export const natsStreamingBinary = (env: Env): Promise<{ source: string; binary: string }> => goProgram(program, env);

/** Throws, in one line, where NATS Streaming can neither be found nor built. */
export const requireNatsStreaming = (env: Env): Promise<void> => requireGoProgram(program, env);

if (import.meta.main) console.log((await natsStreamingBinary(process.env)).binary);
