import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import type { Mailbox } from './mailbox.ts';

/** The largest mail that is accepted. */
const MAX_BYTES = 100_000;

/** Accepts every mail, without a login, and delivers none of them: they end in the mailbox. Resolves to the port and how to stop. */
export async function catchMails(
  mailbox: Mailbox,
  { host, port }: { host: string; port: number },
): Promise<{ port: number; close: () => Promise<void> }> {
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    size: MAX_BYTES,
    maxClients: 20,
    socketTimeout: 10_000,
    closeTimeout: 1000,
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = [];
      let bytes = 0;
      stream.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes <= MAX_BYTES) chunks.push(chunk);
      });
      stream.once('end', () => {
        if (bytes > MAX_BYTES) {
          done(Object.assign(new Error('This mail is too large.'), { responseCode: 552 }));
          return;
        }
        const to = envelope.rcptTo.map(({ address }) => address);
        mailbox.add(Buffer.concat(chunks), to).then(() => {
          done();
        }, done);
      });
    },
  });
  // A client that breaks off is no reason to end.
  server.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject);
    server.listen(port, host === '::' ? undefined : host, resolve);
  });
  return {
    port: (server.server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
      }),
  };
}
