import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../../core/test/servers.ts';
import { redisUsers } from '../../scripts/redis-rights.ts';

const user = { name: 'expiration', password: 'password-of-expiration' } as const;
const withUser = () => redisUsers([user]).flatMap((words) => ['--user', ...words]);

/**
 * Starts a Redis with an append-only file and, unless it gets other arguments, with the user of expiration and no more rights than that.
 * It can be killed and restarted, also with other arguments.
 */
export async function startRedis(more: (port: number) => string[] = withUser) {
  const folder = mkdtempSync(path.join(tmpdir(), 'expiration-redis-'));
  const port = await freePort();
  const launch = (args: string[]): ChildProcess =>
    spawn(
      'redis-server',
      [
        ...['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder],
        ...['--appendonly', 'yes', '--appendfsync', 'always', '--save', '', ...args],
      ],
      { stdio: 'ignore' },
    );
  let child = launch(more(port));
  async function kill() {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }
  return {
    port,
    url: `redis://${more === withUser ? `${user.name}:${user.password}@` : ''}127.0.0.1:${port}`,
    kill,
    start(args = more(port)) {
      child = launch(args);
    },
    async stop() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
