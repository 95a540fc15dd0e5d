import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export type Proxy = Awaited<ReturnType<typeof startProxy>>;

/** A wire to a server on this machine that can be cut, or go silent while both ends believe it is whole. */
export async function startProxy(port: number) {
  const wires = new Set<Socket>();
  let silent = false;

  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      wires.add(from);
      from.on('data', (data) => {
        if (!silent) to.write(data);
      });
      from.on('error', () => undefined);
      from.on('close', () => {
        wires.delete(from);
        to.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  function cut(): void {
    for (const wire of wires) wire.destroy();
  }

  return {
    port: (server.address() as AddressInfo).port,
    cut,
    goSilent() {
      silent = true;
    },
    /** What was lost on a silent wire is lost: it is cut, and new ones work. */
    restore() {
      silent = false;
      cut();
    },
    close() {
      cut();
      server.close();
    },
  };
}
