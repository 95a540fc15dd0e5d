import { parseServerUrl } from '@ticketing/runtime';
import { createTransport } from 'nodemailer';
import { z } from 'zod';

/** A mail as it is handed to a mail server. */
export interface Letter {
  to: string;
  subject: string;
  text: string;
}

/**
 * Hands a letter to the mail server. Throws when that refuses it or is unavailable. The `id` becomes the Message-ID, by which a mailbox
 * can recognise a letter that it has already.
 */
export type SendLetter = (letter: Letter & { id: string }) => Promise<void>;

/** The settings of mail. */
export interface MailOptions {
  MAIL_URL: string;
  MAIL_FROM: string;
}

/** Longer than a mail server takes for one step. */
const STEP_MS = 10_000;
/** The most time for a letter: the longest dialogue is ten steps. */
export const SEND_LIMIT_MS = 100_000;

/** As many letters are sent at once. */
export const MAX_CONNECTIONS = 5;
/** How long a connection is kept without a letter: less than mail servers keep one, so that none ends just when it is used again. */
const KEEP_IDLE_MS = 5000;

const MAILBOX = /^(?:[^<>"\r\n]{1,100} <[^\s<>@"]+@[^\s<>@"]+>|[^\s<>@"]+@[^\s<>@"]+)$/;

const serverOf = (url: string) => {
  const server = parseServerUrl(url, ['smtp:', 'smtps:'], url.startsWith('smtps:') ? 465 : 587);
  return server?.path !== '' || (server.user === '' && server.password !== '') ? undefined : server;
};

/** The settings of mail, all required: without mail nobody could confirm an address or reset a password. */
export const mailSettings = {
  MAIL_URL: z
    .string()
    .refine(
      (url) => serverOf(url) !== undefined,
      'must be smtp://host:port or smtps://host:port, with special characters in user and password percent-encoded, and nothing after the port',
    ),
  /** The address by which visitors reach the site, for the links in mails. */
  SITE_URL: z.url({ protocol: /^https?$/, error: 'must be https://host' }),
  MAIL_FROM: z
    .string()
    .regex(MAILBOX, 'must be an address, such as tickets@example.com or Tickets <tickets@example.com>'),
};

/** Sends letters to one mail server, over connections that are kept while there are letters. */
export interface MailTransport {
  send: SendLetter;
  /** Closes the connections: those in use when their letter has been sent. */
  close(): Promise<void>;
}

/**
 * Creates a transport over SMTP. `smtps:` is TLS from the start; with `smtp:` a user and password are only sent after STARTTLS, and
 * without them STARTTLS is used where the server offers it. A letter goes out over another connection only when the server had closed
 * the first before any of it was sent. Throws when the URL is malformed.
 */
export function smtpTransport({ MAIL_URL, MAIL_FROM }: MailOptions): MailTransport {
  const server = serverOf(MAIL_URL);
  if (server === undefined) throw new Error('MAIL_URL is malformed');
  const { protocol, host, port, user, password } = server;
  const transport = createTransport({
    ...{ pool: true, maxConnections: MAX_CONNECTIONS, idleTimeout: KEEP_IDLE_MS },
    ...{ host, port, secure: protocol === 'smtps:' },
    ...(user !== '' && { auth: { user, pass: password }, requireTLS: true }),
    ...{ dnsTimeout: STEP_MS, connectionTimeout: STEP_MS, greetingTimeout: STEP_MS, socketTimeout: STEP_MS },
    ...{ disableFileAccess: true, disableUrlAccess: true },
  });
  const domain = /@([^\s<>@"]+)>?$/.exec(MAIL_FROM)?.[1] ?? host;
  return {
    async send({ id, ...letter }) {
      await transport.sendMail({
        ...letter,
        ...{ from: MAIL_FROM, messageId: `<${id}@${domain}>` },
        // No out-of-office replies.
        headers: { 'Auto-Submitted': 'auto-generated' },
        signal: AbortSignal.timeout(SEND_LIMIT_MS),
      });
    },
    close() {
      transport.close();
      return Promise.resolve();
    },
  };
}

/** Whether the mail server has refused this letter for good, so that it is not tried again. */
export function isRefusedForGood(error: unknown): boolean {
  const { code, responseCode = 0 } = (error ?? {}) as { code?: unknown; responseCode?: number };
  return (code === 'EENVELOPE' || code === 'EMESSAGE') && responseCode >= 500;
}
