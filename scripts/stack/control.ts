import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

/** `env` replaces the variables that earlier commands added to the environment of the process; without it they stay. */
export type Command =
  { action: 'start'; name: string; env?: Record<string, string> } | { action: 'stop'; name: string };
export type Reply = { ok: boolean; message: string };

/** The socket of the supervisor of a folder's stack. The path of a socket is limited to about 100 bytes. */
function socketOf(folder: string): string {
  const here = path.join(folder, 'control.sock');
  if (Buffer.byteLength(here) < 100) return here;
  const hash = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  return path.join(os.tmpdir(), `ticketing-${hash}.sock`);
}

/**
 * Listens for commands about single processes. A folder has one listener at most, so this is also the lock against a
 * second stack in it: resolves with undefined when there is one already. Rejects when the socket can't be opened.
 */
export async function openControl(
  folder: string,
  perform: (command: Command) => Promise<Reply>,
): Promise<{ close: () => void } | undefined> {
  const socketPath = socketOf(folder);
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    let received = '';
    socket.on('data', (chunk) => (received += chunk.toString()));
    socket.on('error', () => socket.destroy());
    socket.on('end', () => {
      if (received === '') {
        socket.end();
        return;
      }
      void perform(JSON.parse(received) as Command)
        .catch((error: unknown): Reply => ({ ok: false, message: (error as Error).message }))
        .then((reply) => socket.end(JSON.stringify(reply)));
    });
  });
  const listen = () =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(socketPath, resolve);
    });
  try {
    await listen();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    if (await connects(socketPath)) return undefined;
    // A supervisor that was killed left its socket behind.
    rmSync(socketPath, { force: true });
    await listen();
  }
  return {
    close: () => {
      server.close();
    },
  };
}

function connects(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(socketPath, () => {
      socket.end();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}

/** Sends a command to the supervisor of this folder's stack. Rejects when none is running. */
export function sendCommand(folder: string, command: Command): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(socketOf(folder), () => socket.end(JSON.stringify(command)));
    let received = '';
    socket.on('data', (chunk) => (received += chunk.toString()));
    socket.on('error', () => {
      reject(new Error('The marketplace is not running: make start starts it.'));
    });
    socket.on('end', () => {
      resolve(JSON.parse(received) as Reply);
    });
  });
}
