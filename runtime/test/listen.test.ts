import net from 'node:net';
import { networkInterfaces } from 'node:os';
import { text } from 'node:stream/consumers';
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

it('a server answers CONNECT, which it does not have, like any other method', async () => {
  const server = httpServer((_request, response) => response.end('here'));
  const port = await listenAt(server, { HOST: '127.0.0.1', PORT: 0 });
  const socket = net.connect(port, '127.0.0.1');
  socket.write('CONNECT tickets.example:443 HTTP/1.1\r\nHost: tickets.example\r\n\r\n');
  const answer = await text(socket);
  await closeServer(server);
  expect(answer).toMatch(/^HTTP\/1\.1 405 Method Not Allowed\r\n(.*\r\n)*Connection: close\r\n/);
  expect(answer).toContain('{"errors":[{"code":"method-not-allowed"');
});
