import type { Backing, Env } from './tools.ts';
import { onPath, run } from './tools.ts';

/** Finds Redis: REDIS_URL, a `redis-server` on the PATH, else Debian's package when root may install it. */
export async function redis(env: Env): Promise<Backing> {
  const url = env['REDIS_URL'];
  if (url) return { took: 'REDIS_URL', url };
  const before = onPath('redis-server', env);
  const binary = before ?? (await installed(env));
  return {
    took: before ? binary : `${binary}, installed with apt`,
    launch: (port, folder) => ({
      command: binary,
      // Without the append-only file a crash loses every timer; synced each second only, a write may be put off while
      // the disk is busy, and lost after it was acknowledged. Any eviction would lose timers silently.
      args: [
        ...['--bind', '127.0.0.1', '--port', String(port), '--dir', folder],
        ...['--appendonly', 'yes', '--appendfsync', 'always', '--maxmemory-policy', 'noeviction', '--save', ''],
      ],
      url: `redis://127.0.0.1:${port}`,
      readyLine: /Ready to accept connections/,
    }),
  };
}

async function installed(env: Env): Promise<string> {
  const missing = 'Redis is missing: install redis-server, or set REDIS_URL.';
  if (process.getuid?.() !== 0 || !onPath('apt-get', env)) throw new Error(missing);
  process.stderr.write('installing redis-server with apt\n');
  // Debian's package would start a server of its own; the one that is needed here has its own data and port.
  await run('sh', ['-c', 'apt-get update -q && apt-get install -qy --no-install-recommends redis-server'], {
    env: { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
  });
  const binary = onPath('redis-server', env);
  if (!binary) throw new Error(missing);
  return binary;
}
