import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../../core/test/servers.ts';

/** Starts a Redis with an append-only file. It can be killed and restarted, also with other arguments. */
export async function startRedis(more: (port: number) => string[] = () => []) {
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
    url: `redis://127.0.0.1:${port}`,
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
