import { randomInt, randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { identityOf } from '../../infra/local/process-identity.ts';

/** Of one user: the files of another could not be replaced. */
const marks = path.join(os.tmpdir(), `ticketing-ports-${process.getuid?.() ?? 'user'}`);

/**
 * Reserves a free port of 127.0.0.1 that is not in `taken`. It lies below the ephemeral range, so that it is still free
 * when its process is restarted. Throws when it finds none.
 */
export async function freePort(taken: Set<number>): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = randomInt(20_000, 32_000);
    if (taken.has(port) || !(await canListen(port)) || !markPort(port)) continue;
    taken.add(port);
    return port;
  }
  throw new Error('There is no free port between 20000 and 32000.');
}

/**
 * Marks a port as this process's, for as long as it runs: until its server listens, another process that starts servers at the same time
 * would find it free. False when it is marked already.
 */
export function markPort(port: number, folder = marks): boolean {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = path.join(folder, String(port));
  if (isMarked(file)) return false;
  rmSync(file, { force: true });
  const draft = path.join(folder, randomUUID());
  writeFileSync(draft, `${process.pid} ${String(identityOf(process.pid))}`);
  try {
    // With its content, and only if nobody was faster.
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Whether the process that has made a mark still runs. */
function isMarked(file: string): boolean {
  try {
    const [, pid = '', identity = ''] = /^(\d+) (.*)$/s.exec(readFileSync(file, 'utf8')) ?? [];
    return identityOf(Number(pid)) === identity;
  } catch {
    return false;
  }
}

/** True if a server could listen at this port of 127.0.0.1 now. */
export function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

/** True if a server accepts connections at this port of 127.0.0.1. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1', timeout: 1_000 });
    const done = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => {
      done(true);
    });
    socket.once('error', () => {
      done(false);
    });
    socket.once('timeout', () => {
      done(false);
    });
  });
}
