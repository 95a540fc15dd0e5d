import { closeServer, httpServer, listenAt } from '@ticketing/runtime/server';
import { readConfig } from './config.ts';
import { createMailbox } from './mailbox.ts';
import { mailPages } from './pages.ts';
import { catchMails } from './smtp.ts';

/** One JSON line, in the shape of the services' logs. */
const log = (msg: string, fields: Record<string, unknown>): void => {
  process.stdout.write(
    `${JSON.stringify({ level: 'info', time: new Date(), service: 'mail-catcher', ...fields, msg })}\n`,
  );
};

try {
  const config = readConfig();
  const mailbox = createMailbox();
  const smtp = await catchMails(mailbox, { host: config.HOST, port: config.SMTP_PORT });
  const server = httpServer(mailPages(mailbox), { methods: ['GET', 'HEAD'] });
  const port = await listenAt(server, config);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log('stopping', { signal });
      void Promise.all([smtp.close(), closeServer(server)]).then(() => process.exit(0));
    });
  }
  log('listening', { host: config.HOST, port, smtpPort: smtp.port });
} catch (error) {
  process.stderr.write(`mail-catcher: ${(error as Error).message}\n`);
  process.exit(1);
}
