import { networkInterfaces } from 'node:os';
import { expect, it } from '@jest/globals';
import { closeServer, httpServer, listenAt } from '@ticketing/runtime/server';

const hasIPv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ family }) => family === 'IPv6'),
);

it('a server whose HOST is :: is reached by IPv4, and by IPv6 where there is IPv6', async () => {
  const server = httpServer((_request, response) => response.end('here'));
  const port = await listenAt(server, { HOST: '::', PORT: 0 });
  const hosts = ['127.0.0.1', ...(hasIPv6 ? ['[::1]'] : [])];
  const answers = await Promise.all(hosts.map(async (host) => (await fetch(`http://${host}:${port}`)).text()));
  expect(answers).toEqual(hosts.map(() => 'here'));
  await closeServer(server);
});

it('a server listens on no other address than HOST', async () => {
  const server = httpServer((_request, response) => response.end('here'));
  await listenAt(server, { HOST: '127.0.0.1', PORT: 0 });
  expect(server.address()).toMatchObject({ address: '127.0.0.1' });
  await closeServer(server);
});

it('a server keeps an idle connection for longer than any proxy in front of it', () => {
  const server = httpServer((_request, response) => response.end());
  // Google's load balancers: 600 s.
  expect(server.keepAliveTimeout).toBeGreaterThan(610_000);
});
