import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { connectBus } from '@ticketing/core';
import { eventually, silentLog } from '@ticketing/core/testing';
import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { pino } from 'pino';
import { makeCertificate, trustCertificate } from './certificate.ts';
import { CLUSTER_ID, busOf, startNats } from './nats-server.ts';
import type { Kind, NatsServer } from './nats-server.ts';
import { freePort, plainServer } from './servers.ts';

/** Every printable ASCII character that is neither a letter nor a digit. */
const PASSWORD = ` !"#$%&'()*+,-./:;<=>?@[\\]^_\`{|}~`;
const encoded = encodeURIComponent(PASSWORD);

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

let instances = 0;

const isConnected = (bus: { connected: boolean }) =>
  eventually(
    () => bus.connected,
    (connected) => connected,
  );

/** What the clients of each server report, and the argument by which it verifies certificates for its own client. */
const kinds: { kind: Kind; differences: { unauthorized: string; plain: string; tls: (ca: string) => string[] } }[] = [
  {
    kind: 'NATS Streaming',
    differences: {
      unauthorized: "'Authorization Violation'",
      plain: 'Server does not support a secure connection.',
      tls: (ca) => ['-tls_client_cacert', ca],
    },
  },
  {
    kind: 'NATS JetStream',
    differences: {
      unauthorized: 'Authorization Violation',
      plain: "server does not support 'tls'",
      tls: () => [],
    },
  },
];

describe.each(kinds)('$kind', ({ kind, differences }) => {
  const connect = (NATS_URL: string, log = silentLog) => {
    const bus = connectBus(
      {
        ...{ BUS: busOf[kind], NATS_URL, NATS_CLUSTER_ID: CLUSTER_ID, NATS_REPLICAS: 1 },
        INSTANCE: `connection-${++instances}`,
      },
      log,
    );
    undo.push(() => bus.close());
    return bus;
  };

  describe('a NATS server with a password', () => {
    let server: NatsServer;
    const withPassword = (password: string) => ['-user', 'a b', '-pass', password];
    beforeAll(async () => {
      server = await startNats(withPassword(PASSWORD), kind);
    });
    afterAll(() => server.stop());
    const url = (login: string) => `nats://${login}@127.0.0.1:${server.port}`;

    it('accepts a password of any characters, percent-encoded', async () => {
      const bus = connect(url(`a%20b:${encoded}`));
      await bus.whenConnected;
      await bus.check();
      await bus.publish('ticket:happened', 'with a password');
    });

    it('is reached as the second of a list of servers when the first is down', async () => {
      await connect(`nats://127.0.0.1:${await freePort()},${url(`a%20b:${encoded}`)}`).whenConnected;
    });

    it.each([
      ['a wrong password', 'a%20b:S3CRET'],
      ['a token', 'S3CRET'],
    ])('refuses %s with one message that does not contain it', async (_, login) => {
      const bus = connect(url(login));
      await expect(bus.whenConnected).rejects.toMatchObject({
        name: 'ConfigError',
        message: `NATS_URL: ${kind} refuses the connection: ${differences.unauthorized}`,
      });
    });

    it('logs one warning while the server has another password, and connects once the right one is restored', async () => {
      const lines: string[] = [];
      const log = pino({ level: 'warn' }, { write: (line: string) => lines.push(line) });
      const bus = connect(url(`a%20b:${encoded}`), log);
      await bus.whenConnected;
      await server.kill();
      await server.start(withPassword('another'));
      await eventually(
        () => lines.join(''),
        (text) => text.includes(`${kind} refuses the connection; trying again (NATS_URL)`),
      );
      await server.kill();
      await server.start();
      await isConnected(bus);
      expect(lines.filter((line) => line.includes('refuses'))).toHaveLength(1);
      expect(lines.join('')).not.toContain('stack');
    });
  });

  it('connects to a NATS server with a token', async () => {
    const server = await startNats(['-auth', 'a:t/k@n'], kind);
    undo.push(() => server.stop());
    await connect(`nats://${encodeURIComponent('a:t/k@n')}@127.0.0.1:${server.port}`).whenConnected;
  });

  describe('tls://', () => {
    it('does not connect to a server without TLS, and sends it nothing', async () => {
      const plain = await plainServer((socket) => {
        socket.write(
          'INFO {"server_id":"x","version":"2.0.0","proto":1,"max_payload":1048576,"tls_required":false}\r\n',
        );
      });
      undo.push(() => plain.stop());
      const bus = connect(`tls://user:S3CRET@127.0.0.1:${plain.port}`);
      await expect(bus.whenConnected).rejects.toThrow(`NATS_URL: ${kind} refuses the connection: ${differences.plain}`);
      expect(bus.connected).toBe(false);
      expect(Buffer.concat(plain.received).toString()).toBe('');
    });

    it('sends nothing in plain text to a server that announces TLS but does not support it', async () => {
      const plain = await plainServer((socket) => {
        socket.write(
          'INFO {"server_id":"x","version":"2.0.0","proto":1,"max_payload":1048576,"tls_required":true}\r\n',
        );
      });
      undo.push(() => plain.stop());
      const bus = connect(`tls://user:S3CRET@127.0.0.1:${plain.port}`);
      const [first] = await eventually(
        () => plain.received,
        ([one]) => one !== undefined && one.length > 0,
      );
      expect(first?.[0]).toBe(0x16);
      expect(first?.toString()).not.toContain('S3CRET');
      await expect(bus.check()).rejects.toThrow('not connected yet');
    });

    describe('to a server with a certificate', () => {
      let certificate: ReturnType<typeof makeCertificate>;
      let server: NatsServer;
      beforeAll(async () => {
        certificate = makeCertificate();
        const { cert, key } = certificate;
        server = await startNats(['-tls', '-tlscert', cert, '-tlskey', key, ...differences.tls(cert)], kind);
      });
      afterAll(async () => {
        await server.stop();
        certificate.remove();
      });

      it.each(['127.0.0.1', 'localhost'])('connects to %s when its CA is trusted', async (host) => {
        undo.push(trustCertificate(certificate.cert));
        const bus = connect(`tls://${host}:${server.port}`);
        await bus.whenConnected;
        await bus.publish('ticket:happened', 'over TLS');
      });

      it('refuses a certificate of an unknown CA', async () => {
        await expect(connect(`tls://127.0.0.1:${server.port}`).whenConnected).rejects.toThrow(
          /^NATS_URL: NATS \w+ refuses the connection: .*self-signed certificate/,
        );
      });

      it('refuses a certificate for another host, and sends it nothing', async () => {
        const foreign = makeCertificate('DNS:localhost');
        undo.push(() => {
          foreign.remove();
        });
        undo.push(trustCertificate(foreign.cert));
        let received = '';
        const server = await plainServer((socket) => {
          socket.write('INFO {"server_id":"x","version":"2.0.0","proto":1,"max_payload":1,"tls_required":true}\r\n');
          const [key, cert] = [foreign.key, foreign.cert].map((file) => readFileSync(file));
          new tls.TLSSocket(socket, { isServer: true, key, cert })
            .on('data', (data: Buffer) => (received += data.toString()))
            .on('error', () => undefined);
        });
        undo.push(() => server.stop());
        await expect(connect(`tls://user:S3CRET@127.0.0.1:${server.port}`).whenConnected).rejects.toThrow(
          /^NATS_URL: NATS \w+ refuses the connection: .*does not match certificate/,
        );
        expect(received).toBe('');
      });
    });
  });
});
