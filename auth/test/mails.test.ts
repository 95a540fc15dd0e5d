import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { createIndexes } from '@ticketing/core/mongo';
import { dropTestStore, silentLog, testStore } from '@ticketing/core/testing';
import type { Connection } from 'mongoose';
import { createMailbox } from '../../infra/local/mail-catcher/mailbox.ts';
import type { Mailbox } from '../../infra/local/mail-catcher/mailbox.ts';
import { catchMails } from '../../infra/local/mail-catcher/smtp.ts';
import { MAX_TRIES, createMails, mailTask } from '../src/mail/mails.ts';
import type { Mails, WriteLetter } from '../src/mail/mails.ts';
import { mailSettings, smtpTransport } from '../src/mail/transport.ts';
import type { MailTransport, SendLetter } from '../src/mail/transport.ts';
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
afterEach(async () => {
  jest.restoreAllMocks();
  await Promise.all(transports.splice(0).map((transport) => transport.close()));
  for (const proxy of proxies.splice(0)) proxy.close();
  await smtp.close();
});

const letter = { to: 'buyer@example.com', subject: 'Your ticket: Björk', text: 'It is yours.\n' };
const topic = { kind: 'password-changed', userId: 'u1' } as const;
const transports: MailTransport[] = [];
function toServer(port: number): SendLetter {
  const MAIL_URL = `smtp://127.0.0.1:${port}`;
  const transport = smtpTransport({ MAIL_URL, MAIL_FROM: 'Tickets <tickets@example.com>' });
  transports.push(transport);
  return transport.send;
}
const mailsOver = (send: SendLetter, write = () => Promise.resolve<typeof letter | undefined>(letter)) =>
  createMails({ model, write, send, now: () => new Date(clock), log: silentLog });
const stored = (key: string) => model.findById(key).lean().exec();
const proxies: Server[] = [];
/** A server before the mail server that counts connections, and ends each when it is used for one letter more than `lettersEach`. */
async function proxyTo(port: number, { lettersEach = Infinity } = {}) {
  let accepted = 0;
  const server = createServer((client) => {
    accepted++;
    let letters = 0;
    const upstream = connect(port, '127.0.0.1');
    upstream.pipe(client);
    client.on('data', (data) => {
      if (data.toString().startsWith('MAIL FROM') && ++letters > lettersEach) client.destroy();
      else upstream.write(data);
    });
    for (const socket of [client, upstream])
      socket
        .on('error', () => undefined)
        .on('close', () => {
          client.destroy();
          upstream.destroy();
        });
  });
  proxies.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { port: (server.address() as AddressInfo).port, accepted: () => accepted };
}
const addMany = (mails: Mails, count: number) =>
  Promise.all(Array.from({ length: count }, (_, index) => mails.add(`mail-${index}`, [topic])));
const refused = (fields: object) => () => Promise.reject(Object.assign(new Error('550 no such mailbox'), fields));

describe('a mail', () => {
  it('reaches the mail server as it was written', async () => {
    const mails = mailsOver(toServer(smtp.port));
    await mails.add('one', [topic]);
    await mails.sendDue();
    expect(mailbox.list()).toEqual([
      expect.objectContaining({ ...letter, to: [letter.to], from: 'tickets@example.com' }),
    ]);
  });

  it('is sent once for one cause, however often it is added, before and after it was sent', async () => {
    const mails = mailsOver(toServer(smtp.port));
    await Promise.all([mails.add('one', [topic]), mails.add('one', [topic])]);
    await mails.sendDue();
    await mails.add('one', [topic]);
    await mails.sendDue();
    expect(mailbox.list()).toHaveLength(1);
  });

  it('is written twice: when it is added, and when it was sent', async () => {
    const bulkWrite = jest.spyOn(model.collection, 'bulkWrite');
    const mails = mailsOver(toServer(smtp.port));
    await mails.add('one', [topic]);
    await mails.sendDue();
    expect(mailbox.list()).toHaveLength(1);
    expect(bulkWrite.mock.calls.flatMap(([operations]) => operations)).toHaveLength(2);
  });

  it('is left to the instance that has added it', async () => {
    const [mails, other] = [mailsOver(toServer(smtp.port)), mailsOver(toServer(smtp.port))];
    await mails.add('one', [topic]);
    await other.sendDue();
    expect(mailbox.list()).toEqual([]);
    await mails.sendDue();
    expect(mailbox.list()).toHaveLength(1);
  });

  it('is sent by one of two instances that find it at the same moment', async () => {
    await addMany(mailsOver(toServer(smtp.port)), 50);
    clock += 120_000;
    await Promise.all([mailsOver(toServer(smtp.port)).sendDue(), mailsOver(toServer(smtp.port)).sendDue()]);
    expect(new Set(mailbox.list().map(({ messageId }) => messageId)).size).toBe(50);
    expect(mailbox.list()).toHaveLength(50);
  });

  it('is not sent by an instance that found it due just before another one had sent it', async () => {
    await mailsOver(toServer(smtp.port)).add('one', [topic]);
    clock += 120_000;
    const bulkWrite = model.collection.bulkWrite.bind(model.collection);
    jest.spyOn(model.collection, 'bulkWrite').mockImplementationOnce(async (...args) => {
      await model.updateOne({ _id: 'one' }, { $set: { sentAt: 'then', tries: 2 }, $unset: { dueAt: 1, topics: 1 } });
      return bulkWrite(...args);
    });
    await mailsOver(toServer(smtp.port)).sendDue();
    expect(mailbox.list()).toEqual([]);
    expect(await stored('one')).toEqual({ _id: 'one', tries: 2, sentAt: 'then' });
  });

  it('that a former version has added is sent', async () => {
    await model.create([{ _id: 'one', topic, tries: 0, dueAt: new Date(clock).toISOString() }]);
    await mailsOver(toServer(smtp.port)).sendDue();
    expect(mailbox.list()).toHaveLength(1);
    expect(await stored('one')).toEqual({ _id: 'one', tries: 1, sentAt: new Date(clock).toISOString() });
  });

  it('leaves no word about its reader once it was sent', async () => {
    const mails = mailsOver(toServer(smtp.port));
    await mails.add('one', [topic]);
    await mails.sendDue();
    expect(await stored('one')).toEqual({ _id: 'one', tries: 1, sentAt: new Date(clock).toISOString() });
  });

  it('is kept while the mail server is down, and sent by a later sweep', async () => {
    const { port } = smtp;
    await smtp.close();
    const mails = mailsOver(toServer(port));
    await mails.add('one', [topic]);
    await mails.sendDue();
    expect(await stored('one')).toMatchObject({
      tries: 1,
      topics: [topic],
      error: expect.stringContaining('ECONNREFUSED'),
    });
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
    await dying.add('one', [topic]);
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

  it('is begun only while most of its lease is left, so that it ends before another try can begin', async () => {
    const leftMs: number[] = [];
    const write: WriteLetter = async (about) => {
      const mail = await stored('userId' in about ? about.userId : '');
      leftMs.push(Date.parse(mail?.dueAt ?? '') - clock);
      clock += 9000;
      return letter;
    };
    const mails = createMails({
      ...{ model, write, send: () => Promise.resolve(), now: () => new Date(clock), log: silentLog },
    });
    const keys = Array.from({ length: 12 }, (_, index) => `mail-${index}`);
    await Promise.all(keys.map((key) => mails.add(key, [{ kind: 'confirm', userId: key }])));
    while (leftMs.length < 12) await mails.sendDue();
    // Five are written at the same time.
    expect(Math.min(...leftMs)).toBeGreaterThan(60_000);
    expect(await model.countDocuments({ tries: 1, dueAt: null })).toBe(12);
  });

  it('whose turn does not come in time is left to the next sweep, which is no try', async () => {
    const sent: string[] = [];
    const slow: SendLetter = ({ id }) => {
      clock += 30_000;
      sent.push(id);
      return Promise.resolve();
    };
    const stopping = new AbortController();
    const mails = mailsOver(async (letter) => {
      await slow(letter);
      stopping.abort();
    });
    await addMany(mails, 12);
    await mails.sendDue(stopping.signal);
    expect(sent.length).toBeLessThan(12);
    expect(await model.countDocuments({ tries: 0 })).toBe(12 - sent.length);
    const other = mailsOver(slow);
    while (sent.length < 12) await other.sendDue();
    expect(new Set(sent).size).toBe(12);
    expect(await model.countDocuments({ tries: 1, dueAt: null })).toBe(12);
  });

  it('that is claimed and not begun when its instance stops is sent by another at once', async () => {
    const stopping = new AbortController();
    const sent: string[] = [];
    const send: SendLetter = ({ id }) => {
      stopping.abort();
      sent.push(id);
      return Promise.resolve();
    };
    const mails = mailsOver(send);
    await addMany(mails, 12);
    await mails.sendDue(stopping.signal);
    expect(sent.length).toBeLessThan(12);
    await mailsOver(send).sendDue();
    expect(new Set(sent).size).toBe(12);
    expect(sent).toHaveLength(12);
  });

  it('that was added after the last sweep of an instance that stops is sent by another at once', async () => {
    const mails = mailsOver(toServer(smtp.port));
    const task = mailTask(mails, silentLog, () => ({ stop: () => Promise.resolve() }));
    await mails.add('one', [topic]);
    await task.stop();
    expect(mailbox.list()).toEqual([]);
    await mailsOver(toServer(smtp.port)).sendDue();
    expect(mailbox.list()).toHaveLength(1);
    expect(await stored('one')).toMatchObject({ tries: 1 });
  });

  it('is left to any instance when the one that adds it has many waiting', async () => {
    const mails = mailsOver(() => Promise.resolve());
    await addMany(mails, 1000);
    await mails.add('one', [topic]);
    await mailsOver(toServer(smtp.port)).sendDue();
    expect(mailbox.list()).toHaveLength(1);
  });

  it('is given up after its last try, with the reason, and not sent again', async () => {
    const mails = mailsOver(refused({ code: 'ECONNECTION' }));
    await mails.add('one', [topic]);
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      await mails.sendDue();
      clock += 3_600_000;
    }
    const dead = await stored('one');
    expect(dead).toMatchObject({
      tries: MAX_TRIES,
      topics: [topic],
      deadAt: expect.any(String),
      error: expect.stringMatching('550'),
    });
    expect(dead).not.toHaveProperty('dueAt');
  });

  it('is given up at once when the mail server refuses its reader for good', async () => {
    const mails = mailsOver(refused({ code: 'EENVELOPE', responseCode: 550 }));
    await mails.add('one', [topic]);
    await mails.sendDue();
    expect(await stored('one')).toMatchObject({ tries: 1, deadAt: expect.any(String) });
  });

  it('does not hold up the others when it can not be sent', async () => {
    const send = toServer(smtp.port);
    const bad = refused({ code: 'ECONNECTION' });
    const mails = mailsOver((mail) => (mailbox.list().length === 0 && mail.id.startsWith('0') ? bad() : send(mail)));
    await addMany(mails, 30);
    await mails.sendDue();
    expect(mailbox.list().length).toBeGreaterThan(20);
  });

  it('is dropped when there is nobody to send it to', async () => {
    const mails = mailsOver(toServer(smtp.port), () => Promise.resolve(undefined));
    await mails.add('one', [topic]);
    await mails.sendDue();
    expect(mailbox.list()).toEqual([]);
    expect(await stored('one')).toMatchObject({ sentAt: expect.any(String) });
  });
});

describe('the two letters of a sale', () => {
  const letters = [
    { kind: 'password-changed', userId: 'buyer' },
    { kind: 'confirm', userId: 'seller' },
  ] as const;
  /** Mails of a server that refuses the letters to one reader. */
  function mailsRefusing(userId: string, refusal: object) {
    const sentTo: string[] = [];
    const mails = createMails({
      ...{ model, now: () => new Date(clock), log: silentLog },
      write: (topic) => Promise.resolve({ ...letter, to: 'userId' in topic ? topic.userId : '' }),
      async send({ to }) {
        if (to === userId) await refused(refusal)();
        sentTo.push(to);
      },
    });
    return { mails, sentTo };
  }

  it('are tried each by itself: one that was sent is not sent again', async () => {
    const down = mailsRefusing('buyer', { code: 'ECONNECTION' });
    await down.mails.add('sale', [...letters]);
    await down.mails.sendDue();
    expect(down.sentTo).toEqual(['seller']);
    expect(await stored('sale')).toMatchObject({ topics: [letters[0]], tries: 1 });
    clock += 10_000;
    const up = mailsRefusing('nobody', {});
    await up.mails.sendDue();
    expect(up.sentTo).toEqual(['buyer']);
    expect(await stored('sale')).toEqual({ _id: 'sale', tries: 2, sentAt: new Date(clock).toISOString() });
  });

  it('are given up at once when the one that is left is refused for good', async () => {
    const { mails } = mailsRefusing('seller', { code: 'EENVELOPE', responseCode: 550 });
    await mails.add('sale', [...letters]);
    await mails.sendDue();
    expect(await stored('sale')).toMatchObject({ topics: [letters[1]], tries: 1, deadAt: expect.any(String) });
  });

  it('are forgotten each for its reader', async () => {
    const mails = mailsOver(() => Promise.resolve());
    await mails.add('sale', [...letters]);
    await mails.forget('buyer');
    expect(await stored('sale')).toMatchObject({ topics: [letters[1]] });
    await mails.forget('seller');
    expect(await stored('sale')).toBeNull();
  });
});

describe('many mails', () => {
  it('take far fewer commands than there are mails', async () => {
    const mails = mailsOver(() => Promise.resolve());
    const bulkWrite = jest.spyOn(model.collection, 'bulkWrite');
    const find = jest.spyOn(model, 'find');
    await addMany(mails, 20);
    expect(bulkWrite).toHaveBeenCalledTimes(1);
    await mails.sendDue();
    // Marked as sent in the commands of five connections.
    expect(bulkWrite.mock.calls.length + find.mock.calls.length).toBeLessThan(20);
    expect(await model.countDocuments({ tries: 1, dueAt: null })).toBe(20);
  });

  it('go over a few connections', async () => {
    const proxy = await proxyTo(smtp.port);
    const mails = mailsOver(toServer(proxy.port));
    await addMany(mails, 30);
    await mails.sendDue();
    expect(mailbox.list()).toHaveLength(30);
    expect(proxy.accepted()).toBeLessThanOrEqual(5);
  });

  it('go on, each once, after the mail server has been restarted', async () => {
    const { port } = smtp;
    const mails = mailsOver(toServer(port));
    await mails.add('before', [topic]);
    await mails.sendDue();
    await smtp.close();
    smtp = await catchMails(mailbox, { host: '127.0.0.1', port });
    await addMany(mails, 12);
    await mails.sendDue();
    expect(mailbox.list()).toHaveLength(13);
    expect(await model.countDocuments({ tries: 1 })).toBe(13);
  });

  it('go on over another connection when one ends just as it is used again', async () => {
    const proxy = await proxyTo(smtp.port, { lettersEach: 1 });
    const mails = mailsOver(toServer(proxy.port));
    for (const key of ['one', 'two']) {
      await mails.add(key, [topic]);
      await mails.sendDue();
    }
    expect(proxy.accepted()).toBe(2);
    expect(mailbox.list()).toHaveLength(2);
    expect(await stored('two')).toMatchObject({ tries: 1, sentAt: expect.any(String) });
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
    const MAIL_URL = `smtp://user:secret@127.0.0.1:${smtp.port}`;
    const { send } = smtpTransport({ MAIL_URL, MAIL_FROM: 'a@example.com' });
    await expect(send({ ...letter, id: 'one' })).rejects.toThrow(/STARTTLS|TLS/);
  });
});
