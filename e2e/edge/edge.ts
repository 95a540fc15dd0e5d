import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { Server } from 'node:https';
import { createProxyServer } from 'httpxy';
import { routeFinder } from '../../infra/local/router/routes.ts';
import { routes } from '../../scripts/services.ts';
import { freePort } from '../../scripts/stack/ports.ts';
import type { Certificates } from './certificates.ts';

/** The address of the edge for a visitor by IPv4 and for one by IPv6. */
export type Edge = { url: string; url6: string; stop: () => Promise<void> };

/**
 * Starts an edge such as the Ingress of a cluster: it terminates TLS and forwards each request directly to the service of
 * its route, with X-Forwarded headers of its own only. `urlOf` returns a service's address. Throws when it can't listen.
 */
export async function startEdge(urlOf: (service: string) => string, { cert, key }: Certificates): Promise<Edge> {
  const findRoute = routeFinder(
    routes.map(({ prefix, service }) => {
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
