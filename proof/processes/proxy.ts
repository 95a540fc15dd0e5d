import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export type Proxy = Awaited<ReturnType<typeof startProxy>>;

/**
 * Starts a TCP proxy to each of these ports of a server on this machine. All its connections can be cut, or stall while both
 * ends believe that they are open.
 */
export async function startProxy(ports: readonly number[]) {
  const all = await Promise.all(ports.map(startOne));
  const each = (act: 'cut' | 'stall' | 'restore' | 'close') => () => {
    for (const one of all) one[act]();
  };
  return {
    ports: all.map(({ port }) => port),
    cut: each('cut'),
    stall: each('stall'),
    /** Cuts the stalled connections, which have lost data, and lets new ones work. */
    restore: each('restore'),
    close: each('close'),
  };
}

async function startOne(port: number) {
  const sockets = new Set<Socket>();
  let isStalled = false;

  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (data) => {
        if (!isStalled) to.write(data);
      });
      from.on('error', () => undefined);
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  function cut(): void {
    for (const socket of sockets) socket.destroy();
  }

  return {
    port: (server.address() as AddressInfo).port,
    cut,
    stall() {
      isStalled = true;
    },
    restore() {
      isStalled = false;
      cut();
    },
    close() {
      cut();
      server.close();
    },
  };
}
