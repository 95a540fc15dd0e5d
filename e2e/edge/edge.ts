import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { Server } from 'node:https';
import path from 'node:path';
import { createProxyServer } from 'httpxy';
import { routeFinder } from '../../infra/local/router/routes.ts';
import { root } from '../../infra/local/tools.ts';
import { freePort } from '../../scripts/stack/ports.ts';
import type { Certificates } from './certificates.ts';

/** The address of the edge for a visitor by IPv4 and for one by IPv6. */
export type Edge = { url: string; url6: string; stop: () => Promise<void> };

/**
 * What the Ingress of a cluster is: ends TLS and passes each request directly to the service that infra/routes.json names.
 * About where a visitor is and how they came it passes on only what it has seen itself. `urlOf` gives a service's address.
 */
export async function startEdge(urlOf: (service: string) => string, { cert, key }: Certificates): Promise<Edge> {
  const table = JSON.parse(readFileSync(path.join(root, 'infra/routes.json'), 'utf8')) as Record<string, string>;
  const findRoute = routeFinder(
    Object.entries(table).map(([prefix, service]) => {
      const { hostname, port } = new URL(urlOf(service));
      return { prefix, targets: [{ hostname, port: Number(port) }] };
    }),
  );
  const agent = new http.Agent({ keepAlive: true });
  const proxy = createProxyServer({ agent });
  const handle: http.RequestListener = (request, response) => {
    const { headers, socket } = request;
    for (const name of Object.keys(headers))
      if (name.startsWith('x-forwarded-') || name === 'forwarded' || name === 'x-real-ip')
        Reflect.deleteProperty(headers, name);
    Object.assign(headers, {
      'x-forwarded-for': socket.remoteAddress,
      'x-forwarded-proto': 'https',
      'x-forwarded-host': headers.host,
    });
    const target = findRoute(request.url ?? '/')?.targets[0];
    if (target === undefined) response.writeHead(404).end();
    else proxy.web(request, response, { target }).catch(() => response.destroy());
  };

  const port = await freePort(new Set());
  const servers: Server[] = [];
  const stop = async () => {
    agent.destroy();
    await Promise.all(
      servers.map((server) => {
        const closed = new Promise((resolve) => server.close(resolve));
        server.closeAllConnections();
        return closed;
      }),
    );
  };
  try {
    for (const address of ['127.0.0.1', '::1']) {
      const server = https.createServer({ cert: readFileSync(cert), key: readFileSync(key) }, handle);
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, address, resolve);
      });
      servers.push(server);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `https://127.0.0.1:${port}`, url6: `https://[::1]:${port}`, stop };
}
