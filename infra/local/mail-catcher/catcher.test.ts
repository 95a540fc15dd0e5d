import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Server } from 'node:http';
import { closeServer, httpServer, listenAt } from '@ticketing/runtime/server';
import { createTransport } from 'nodemailer';
import { createMailbox } from './mailbox.ts';
import { mailPages } from './pages.ts';
import { catchMails } from './smtp.ts';

let smtp: Awaited<ReturnType<typeof catchMails>>;
let server: Server;
let url: string;

beforeEach(async () => {
  const mailbox = createMailbox(3);
  smtp = await catchMails(mailbox, { host: '127.0.0.1', port: 0 });
  server = httpServer(mailPages(mailbox), { methods: ['GET', 'HEAD'] });
  url = `http://127.0.0.1:${await listenAt(server, { HOST: '127.0.0.1', PORT: 0 })}`;
});

afterEach(async () => {
  await closeServer(server, 0);
  await smtp.close();
});

const send = (mail: { to: string; subject: string; text: string }) =>
  createTransport({ host: '127.0.0.1', port: smtp.port }).sendMail({ from: 'shop@example.com', ...mail });

const read = async (path: string) => {
  const answer = await fetch(url + path);
  return { status: answer.status, text: await answer.text() };
};

describe('the mail catcher', () => {
  it('shows a mail with its links, and nothing of it is markup', async () => {
    const text = 'Öffnen Sie https://example.com/a?token=b&c=d\n<script>alert(1)</script>\n';
    await send({ to: 'buyer@example.com', subject: '<b>Grüße</b>', text });
    expect((await read('/')).text).toContain(
      '<a href="/mails/1">&#60;b&#62;Grüße&#60;/b&#62;</a> to buyer@example.com',
    );
    const mail = await read('/mails/1');
    expect(mail.text).toContain('<a href="https://example.com/a?token=b&#38;c=d" rel="noreferrer">');
    expect(mail.text).toContain('Öffnen');
    expect(mail.text).not.toContain('<script>');
  });

  it('lists the mails to an address as JSON', async () => {
    await send({ to: 'one@example.com', subject: 'First', text: 'a' });
    await send({ to: 'two@example.com', subject: 'Second', text: 'b' });
    const { mails } = JSON.parse((await read('/mails?to=two@example.com')).text) as { mails: { subject: string }[] };
    expect(mails.map(({ subject }) => subject)).toEqual(['Second']);
  });

  it('keeps the latest mails only', async () => {
    for (const subject of ['1', '2', '3', '4']) await send({ to: 'one@example.com', subject, text: subject });
    expect((await read('/mails/1')).status).toBe(404);
    expect((await read('/mails/4')).status).toBe(200);
  });

  it('refuses a mail that is too large', async () => {
    await expect(send({ to: 'one@example.com', subject: 'Large', text: 'x'.repeat(150_000) })).rejects.toThrow('552');
    expect(JSON.parse((await read('/mails')).text)).toEqual({ mails: [] });
  });
});
