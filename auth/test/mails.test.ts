import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createIndexes } from '@ticketing/core/mongo';
import { dropTestStore, silentLog, testStore } from '@ticketing/core/testing';
import type { Connection } from 'mongoose';
import { createMailbox } from '../../infra/local/mail-catcher/mailbox.ts';
import type { Mailbox } from '../../infra/local/mail-catcher/mailbox.ts';
import { catchMails } from '../../infra/local/mail-catcher/smtp.ts';
import { MAX_TRIES, createMails } from '../src/mail/mails.ts';
import { mailSettings, smtpTransport } from '../src/mail/transport.ts';
import type { SendLetter } from '../src/mail/transport.ts';
import { mailModel } from '../src/models/mail.ts';
import type { MailModel } from '../src/models/mail.ts';

let connection: Connection;
let model: MailModel;
beforeAll(async () => {
  connection = await testStore();
  model = mailModel(connection);
  await createIndexes([model], silentLog);
});
afterAll(() => dropTestStore(connection));

let mailbox: Mailbox;
let smtp: Awaited<ReturnType<typeof catchMails>>;
let clock: number;
beforeEach(async () => {
  await model.deleteMany({});
  mailbox = createMailbox();
  smtp = await catchMails(mailbox, { host: '127.0.0.1', port: 0 });
  clock = Date.parse('2026-12-01T12:00:00Z');
});
afterEach(() => smtp.close());

const letter = { to: 'buyer@example.com', subject: 'Your ticket: Björk', text: 'It is yours.\n' };
const topic = { kind: 'password-changed', userId: 'u1' } as const;
const toServer = (port: number): SendLetter =>
  smtpTransport({ MAIL_URL: `smtp://127.0.0.1:${port}`, MAIL_FROM: 'Tickets <tickets@example.com>' });
const mailsOver = (send: SendLetter, write = () => Promise.resolve<typeof letter | undefined>(letter)) =>
  createMails({ model, write, send, now: () => new Date(clock), log: silentLog });
const stored = (key: string) => model.findById(key).lean().exec();
const refused = (fields: object) => () => Promise.reject(Object.assign(new Error('550 no such mailbox'), fields));

describe('a mail', () => {
  it('reaches the mail server as it was written', async () => {
    const mails = mailsOver(toServer(smtp.port));
    await mails.add('one', topic);
    await mails.sendDue();
    expect(mailbox.list()).toEqual([
      expect.objectContaining({ ...letter, to: [letter.to], from: 'tickets@example.com' }),
    ]);
  });

  it('is sent once for one cause, however often it is added, before and after it was sent', async () => {
    const mails = mailsOver(toServer(smtp.port));
    await Promise.all([mails.add('one', topic), mails.add('one', topic)]);
    await mails.sendDue();
    await mails.add('one', topic);
    await mails.sendDue();
    expect(mailbox.list()).toHaveLength(1);
  });

  it('is sent by one of two instances that sweep at the same moment', async () => {
    const mails = mailsOver(toServer(smtp.port));
    for (let index = 0; index < 12; index++) await mails.add(`mail-${index}`, topic);
    await Promise.all([mails.sendDue(), mailsOver(toServer(smtp.port)).sendDue()]);
    expect(new Set(mailbox.list().map(({ messageId }) => messageId)).size).toBe(12);
    expect(mailbox.list()).toHaveLength(12);
  });

  it('leaves no word about its reader once it was sent', async () => {
    const mails = mailsOver(toServer(smtp.port));
    await mails.add('one', topic);
    await mails.sendDue();
    expect(await stored('one')).toEqual({ _id: 'one', tries: 1, sentAt: new Date(clock).toISOString() });
  });

  it('is kept while the mail server is down, and sent by a later sweep', async () => {
    const { port } = smtp;
    await smtp.close();
    const mails = mailsOver(toServer(port));
    await mails.add('one', topic);
    await mails.sendDue();
    expect(await stored('one')).toMatchObject({ tries: 1, topic, error: expect.stringContaining('ECONNREFUSED') });
    smtp = await catchMails(mailbox, { host: '127.0.0.1', port });
    await mails.sendDue();
    expect(mailbox.list()).toEqual([]);
    clock += 10_000;
    await mails.sendDue();
    expect(mailbox.list()).toHaveLength(1);
  });

  it('is tried by another instance when the one that had it has died, with the same Message-ID', async () => {
    const ids: string[] = [];
    const died = new Promise<never>(() => undefined);
    const dying = mailsOver(({ id }) => (ids.push(id), died));
    await dying.add('one', topic);
    void dying.sendDue();
    while (ids.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const other = mailsOver(({ id }) => (ids.push(id), Promise.resolve()));
    await other.sendDue();
    expect(ids).toHaveLength(1);
    clock += 120_000;
    await other.sendDue();
    expect(ids).toHaveLength(2);
    expect(ids[0]).toBe(ids[1]);
  });

  it('is given up after its last try, with the reason, and not sent again', async () => {
    const mails = mailsOver(refused({ code: 'ECONNECTION' }));
    await mails.add('one', topic);
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      await mails.sendDue();
      clock += 3_600_000;
    }
    const dead = await stored('one');
    expect(dead).toMatchObject({
      tries: MAX_TRIES,
      topic,
      deadAt: expect.any(String),
      error: expect.stringMatching('550'),
    });
    expect(dead).not.toHaveProperty('dueAt');
  });

  it('is given up at once when the mail server refuses its reader for good', async () => {
    const mails = mailsOver(refused({ code: 'EENVELOPE', responseCode: 550 }));
    await mails.add('one', topic);
    await mails.sendDue();
    expect(await stored('one')).toMatchObject({ tries: 1, deadAt: expect.any(String) });
  });

  it('does not hold up the others when it can not be sent', async () => {
    const send = toServer(smtp.port);
    const bad = refused({ code: 'ECONNECTION' });
    const mails = mailsOver((mail) => (mailbox.list().length === 0 && mail.id.startsWith('0') ? bad() : send(mail)));
    for (let index = 0; index < 30; index++) await mails.add(`mail-${index}`, topic);
    await mails.sendDue();
    expect(mailbox.list().length).toBeGreaterThan(20);
  });

  it('is dropped when there is nobody to send it to', async () => {
    const mails = mailsOver(toServer(smtp.port), () => Promise.resolve(undefined));
    await mails.add('one', topic);
    await mails.sendDue();
    expect(mailbox.list()).toEqual([]);
    expect(await stored('one')).toMatchObject({ sentAt: expect.any(String) });
  });
});

describe('MAIL_URL', () => {
  it.each([
    'smtp://127.0.0.1:1025',
    'smtps://user:p%40ss@mail.example.com',
    'smtp://user:secret@mail.example.com:587',
    'smtp://[::1]:25',
  ])('may be %s', (url) => {
    expect(mailSettings.MAIL_URL.safeParse(url).success).toBe(true);
  });

  it.each([
    'mail.example.com',
    'http://mail.example.com',
    'smtp://host/path',
    'smtp://host?x=y',
    'smtp://:secret@host',
  ])('may not be %s', (url) => {
    expect(mailSettings.MAIL_URL.safeParse(url).success).toBe(false);
  });

  it('with a user never sends the password without TLS', async () => {
    const send = smtpTransport({ MAIL_URL: `smtp://user:secret@127.0.0.1:${smtp.port}`, MAIL_FROM: 'a@example.com' });
    await expect(send({ ...letter, id: 'one' })).rejects.toThrow(/STARTTLS|TLS/);
  });
});
