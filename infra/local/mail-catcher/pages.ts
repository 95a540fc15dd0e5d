import type { RequestListener } from 'node:http';
import type { CaughtMail, Mailbox } from './mailbox.ts';

const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0) ?? 0};`);

/** Text with its web addresses as links. */
const withLinks = (text: string): string =>
  text
    .split(/(https?:\/\/[^\s<>"]+)/)
    .map((part, index) =>
      index % 2 === 1 ? `<a href="${escape(part)}" rel="noreferrer">${escape(part)}</a>` : escape(part),
    )
    .join('');

const page = (title: string, body: string): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escape(title)}</title><h1>${escape(title)}</h1>${body}`;

const row = ({ id, at, to, subject }: CaughtMail): string =>
  `<li><a href="/mails/${id}">${escape(subject)}</a> to ${escape(to.join(', '))}, ${escape(at)}`;

const listPage = (mails: CaughtMail[]): string =>
  page(
    'Caught mails',
    `<p>Mails of this test site. None of them left this machine; the latest ${mails.length} are kept until it stops.</p><ul>${mails.map(row).join('')}</ul>`,
  );

const mailPage = ({ subject, from, to, at, text }: CaughtMail): string =>
  page(
    subject,
    `<p>From ${escape(from)} to ${escape(to.join(', '))}, ${escape(at)}. <a href="/">All mails</a></p><pre>${withLinks(text)}</pre>`,
  );

/**
 * Serves the mailbox: `/` lists the mails, `/mails/<id>` shows one, `/mails?to=<address>` lists them as JSON, for tests.
 * `/health/ready` answers 200.
 */
export function mailPages(mailbox: Mailbox): RequestListener {
  return (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://catcher.invalid');
    const answer = (status: number, type: string, body: string) => {
      response.writeHead(status, {
        'Content-Type': `${type}; charset=utf-8`,
        'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
        'X-Content-Type-Options': 'nosniff',
        'Referrer-Policy': 'no-referrer',
        'Cache-Control': 'no-store',
      });
      response.end(body);
    };
    const mail = mailbox.find(Number(/^\/mails\/(\d{1,9})$/.exec(pathname)?.[1]));
    if (mail) answer(200, 'text/html', mailPage(mail));
    else if (pathname === '/') answer(200, 'text/html', listPage(mailbox.list()));
    else if (pathname === '/mails')
      answer(200, 'application/json', JSON.stringify({ mails: mailbox.list(searchParams.get('to') ?? undefined) }));
    else if (/^\/health\/(live|ready)$/.test(pathname)) answer(200, 'application/json', '{"status":"ok"}');
    else answer(404, 'text/html', page('There is no such mail', '<p><a href="/">All mails</a></p>'));
  };
}
