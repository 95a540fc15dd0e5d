import type { Backing, Env } from './tools.ts';
import { aptInstall, onPath } from './tools.ts';

/** Finds Redis: REDIS_URL, `redis-server` on the PATH, else Debian's package, installed as root. Throws where there is none. */
export async function redis(env: Env): Promise<Backing> {
  const url = env['REDIS_URL'];
  if (url) return { source: 'REDIS_URL', url };
  const before = onPath('redis-server', env);
  const binary = before ?? (await installed(env));
  return {
    source: before ? binary : `${binary}, installed with apt`,
    launch: (port, folder) => ({
      command: binary,
      // Without the append-only file a crash loses every timer; with a sync each second only, it loses acknowledged
      // writes. Any eviction would lose timers silently.
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
  const binary = (await aptInstall(['redis-server'], env)) ? onPath('redis-server', env) : undefined;
  if (!binary) throw new Error('Redis is missing: install redis-server, or set REDIS_URL.');
  return binary;
}
