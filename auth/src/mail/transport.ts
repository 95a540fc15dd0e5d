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

/** Longer than a mail server takes for one step; the longest dialogue is ten of them. */
const STEP_MS = 10_000;

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

/**
 * Creates a sender over SMTP. `smtps:` is TLS from the start; with `smtp:` a user and password are only sent after STARTTLS, and
 * without them STARTTLS is used where the server offers it. Throws when the URL is malformed.
 */
export function smtpTransport({ MAIL_URL, MAIL_FROM }: MailOptions): SendLetter {
  const server = serverOf(MAIL_URL);
  if (server === undefined) throw new Error('MAIL_URL is malformed');
  const { protocol, host, port, user, password } = server;
  const transport = createTransport({
    ...{ host, port, secure: protocol === 'smtps:' },
    ...(user !== '' && { auth: { user, pass: password }, requireTLS: true }),
    ...{ dnsTimeout: STEP_MS, connectionTimeout: STEP_MS, greetingTimeout: STEP_MS, socketTimeout: STEP_MS },
    ...{ disableFileAccess: true, disableUrlAccess: true },
  });
  const domain = /@([^\s<>@"]+)>?$/.exec(MAIL_FROM)?.[1] ?? host;
  return async ({ id, ...letter }) => {
    await transport.sendMail({
      ...letter,
      ...{ from: MAIL_FROM, messageId: `<${id}@${domain}>` },
      // No out-of-office replies.
      headers: { 'Auto-Submitted': 'auto-generated' },
    });
  };
}

/** Whether the mail server has refused this letter for good, so that it is not tried again. */
export function isRefusedForGood(error: unknown): boolean {
  const { code, responseCode = 0 } = (error ?? {}) as { code?: unknown; responseCode?: number };
  return (code === 'EENVELOPE' || code === 'EMESSAGE') && responseCode >= 500;
}
