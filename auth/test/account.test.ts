import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { dropTestStore, testStore } from '@ticketing/core/testing';
import type { Connection } from 'mongoose';
import request from 'supertest';
import { createMailbox } from '../../infra/local/mail-catcher/mailbox.ts';
import type { Mailbox } from '../../infra/local/mail-catcher/mailbox.ts';
import { catchMails } from '../../infra/local/mail-catcher/smtp.ts';
import type { AuthContext } from '../src/context.ts';
import { smtpTransport } from '../src/mail/transport.ts';
import type { MailTransport } from '../src/mail/transport.ts';
import { SITE_URL, testApp, testContext } from './builders.ts';

const MINUTE_MS = 60_000;

let connection: Connection;
beforeAll(async () => {
  connection = await testStore();
});
afterAll(() => dropTestStore(connection));

let clock: number;
let mailbox: Mailbox;
let smtp: Awaited<ReturnType<typeof catchMails>>;
let transport: MailTransport;
let context: AuthContext;
beforeEach(async () => {
  clock = Date.now();
  mailbox = createMailbox();
  smtp = await catchMails(mailbox, { host: '127.0.0.1', port: 0 });
  transport = smtpTransport({ MAIL_URL: `smtp://127.0.0.1:${smtp.port}`, MAIL_FROM: 'tickets@example.com' });
  context = await testContext(connection, () => new Date(clock), transport.send);
});
afterEach(async () => {
  await transport.close();
  await smtp.close();
});

const api = (rateLimits = false) => request(testApp(context, { RATE_LIMITS: rateLimits }));
const post = (path: string, body: object = {}, cookie = '') =>
  api().post(`/api/users${path}`).set('Cookie', cookie).send(body);
const codesOf = (answer: { body: unknown }) =>
  (answer.body as { errors?: { code: string }[] }).errors?.map(({ code }) => code);
const cookieOf = (answer: { headers: Record<string, unknown> }) =>
  (answer.headers['set-cookie'] as string[]).map((cookie) => cookie.split(';')[0]).join('; ');

/** The claims of the token in a Cookie header. */
function tokenIn(cookie: string): Record<string, unknown> {
  const { token = '' } = JSON.parse(Buffer.from(cookie.replace('session=', ''), 'base64').toString()) as {
    token?: string;
  };
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
}

let made = 0;
const password = 'correct horse battery';
const newPassword = 'purple monkey dishwasher';

async function signUp() {
  const email = `owner-${++made}@example.com`;
  const answer = await post('/signup', { email, password }).expect(201);
  return { email, id: (answer.body as { id: string }).id, cookie: cookieOf(answer) };
}

/** Sends the mails that are due. Resolves to the latest one to an address about a page of the site, and to its token. */
async function mailTo(email: string, page: string) {
  await context.mails.sendDue();
  const mail = mailbox.list(email).find(({ text }) => text.includes(page));
  return { mail, token: new RegExp(`${SITE_URL}${page}\\?token=([\\w-]{43})\\n`).exec(mail?.text ?? '')?.[1] ?? '' };
}
const account = async (cookie: string) => (await api().get('/api/users/account').set('Cookie', cookie)).body as unknown;
const signIn = (email: string, withPassword: string) => post('/signin', { email, password: withPassword });

describe('a forgotten password', () => {
  it('is replaced by a mailed link, which shows that the address is right', async () => {
    const { email, id } = await signUp();
    expect((await post('/password/forgotten', { email: email.toUpperCase() })).status).toBe(202);
    const { token } = await mailTo(email, '/auth/reset');
    await post('/password/reset', { token, password: newPassword }).expect(200);
    expect((await signIn(email, password)).status).toBe(401);
    const signedIn = await signIn(email, newPassword);
    expect(signedIn.status).toBe(200);
    expect(await account(cookieOf(signedIn))).toMatchObject({ id, email, confirmed: true });
  });

  it('gets the same answer for an address without an account, which gets no mail', async () => {
    const { email } = await signUp();
    const known = await post('/password/forgotten', { email });
    const unknown = await post('/password/forgotten', { email: 'nobody@example.com' });
    expect([unknown.status, unknown.body]).toEqual([known.status, known.body]);
    await context.mails.sendDue();
    expect(mailbox.list('nobody@example.com')).toEqual([]);
  });

  it('gets one mail for a button that is pressed twice', async () => {
    const { email } = await signUp();
    await Promise.all([post('/password/forgotten', { email }), post('/password/forgotten', { email })]);
    await context.mails.sendDue();
    expect(mailbox.list(email).filter(({ text }) => text.includes('/auth/reset'))).toHaveLength(1);
  });

  it('is not changed by a link that has been used, by an older one after that, or 30 minutes later', async () => {
    const { email } = await signUp();
    await post('/password/forgotten', { email });
    const first = await mailTo(email, '/auth/reset');
    clock += MINUTE_MS;
    await post('/password/forgotten', { email });
    const second = await mailTo(email, '/auth/reset');
    expect(second.token).not.toBe(first.token);
    await post('/password/reset', { token: second.token, password: newPassword }).expect(200);
    for (const { token } of [first, second]) {
      const answer = await post('/password/reset', { token, password });
      expect([answer.status, codesOf(answer)]).toEqual([410, ['link-ended']]);
    }
    clock += MINUTE_MS;
    await post('/password/forgotten', { email });
    const third = await mailTo(email, '/auth/reset');
    clock += 30 * MINUTE_MS;
    expect((await post('/password/reset', { token: third.token, password })).status).toBe(410);
  });

  it('is changed once by two requests with the same link', async () => {
    const { email } = await signUp();
    await post('/password/forgotten', { email });
    const { token } = await mailTo(email, '/auth/reset');
    const answers = await Promise.all([1, 2].map(() => post('/password/reset', { token, password: newPassword })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 410]);
  });

  it('keeps its link when the new password is refused', async () => {
    const { email } = await signUp();
    await post('/password/forgotten', { email });
    const { token } = await mailTo(email, '/auth/reset');
    const refused = await post('/password/reset', { token, password: email.replace(/@.*/, 'x') });
    expect([refused.status, codesOf(refused)]).toEqual([400, ['password-from-address']]);
    await post('/password/reset', { token, password: newPassword }).expect(200);
  });

  it('leaves no link that works in the store', async () => {
    const { email, id } = await signUp();
    await post('/password/forgotten', { email });
    const { token } = await mailTo(email, '/auth/reset');
    expect(token).toHaveLength(43);
    const everything = JSON.stringify([
      await context.users.findById(id).lean().exec(),
      await connection.collection('mails').find().toArray(),
    ]);
    expect(everything).not.toContain(token);
  });

  it('tells its owner by mail that it was changed', async () => {
    const { email } = await signUp();
    await post('/password/forgotten', { email });
    const { token } = await mailTo(email, '/auth/reset');
    await post('/password/reset', { token, password: newPassword });
    await context.mails.sendDue();
    expect(mailbox.list(email)[0]).toMatchObject({ subject: 'Your password was changed' });
  });

  it('can be asked for five times in 15 minutes for one address, from any network, whether or not there is an account', async () => {
    const app = testApp(context, { RATE_LIMITS: true });
    const ask = async (email: string, network: number) => {
      const answer = request(app).post('/api/users/password/forgotten').set('X-Forwarded-For', `192.0.2.${network}`);
      return (await answer.send({ email })).status;
    };
    const { email } = await signUp();
    for (const address of [email, 'stranger@example.com']) {
      const statuses = [];
      for (let network = 1; network <= 6; network++) statuses.push(await ask(address, network));
      expect(statuses).toEqual([202, 202, 202, 202, 202, 429]);
    }
  });
});

describe('an address', () => {
  it('is confirmed by the link that is mailed after signing up, once', async () => {
    const { email, cookie } = await signUp();
    expect(await account(cookie)).toMatchObject({ email, confirmed: false });
    const { token } = await mailTo(email, '/auth/confirm');
    expect((await post('/confirm', { token })).status).toBe(200);
    expect(await account(cookie)).toMatchObject({ confirmed: true });
    expect((await post('/confirm', { token })).status).toBe(410);
  });

  it('is sent another link on request, and none once it is confirmed', async () => {
    const { email, cookie } = await signUp();
    const first = await mailTo(email, '/auth/confirm');
    clock += MINUTE_MS;
    expect((await post('/confirmation', {}, cookie)).status).toBe(202);
    const second = await mailTo(email, '/auth/confirm');
    expect(second.token).not.toBe(first.token);
    await post('/confirm', { token: second.token }).expect(200);
    clock += MINUTE_MS;
    await post('/confirmation', {}, cookie).expect(202);
    await context.mails.sendDue();
    expect(mailbox.list(email)).toHaveLength(2);
  });

  it('is not confirmed by a link for a password', async () => {
    const { email } = await signUp();
    await post('/password/forgotten', { email });
    const { token } = await mailTo(email, '/auth/reset');
    expect((await post('/confirm', { token })).status).toBe(410);
  });
});

describe('a change of the password', () => {
  const change = (cookie: string, currentPassword: string, to = newPassword) =>
    api().put('/api/users/password').set('Cookie', cookie).send({ currentPassword, password: to });

  it('needs the current one', async () => {
    const { email, cookie } = await signUp();
    const wrong = await change(cookie, 'something else entirely');
    expect([wrong.status, codesOf(wrong)]).toEqual([403, ['wrong-password']]);
    expect((await change(cookie, password)).status).toBe(200);
    expect((await signIn(email, newPassword)).status).toBe(200);
  });

  it('ends the links that were mailed before', async () => {
    const { email, cookie } = await signUp();
    await post('/password/forgotten', { email });
    const { token } = await mailTo(email, '/auth/reset');
    await change(cookie, password).expect(200);
    expect((await post('/password/reset', { token, password: 'yet another good one' })).status).toBe(410);
  });

  it('is refused after ten wrong passwords from one network', async () => {
    const { cookie } = await signUp();
    const app = testApp(context, { RATE_LIMITS: true });
    const statuses: number[] = [];
    for (let tries = 0; tries < 11; tries++) {
      const answer = request(app).put('/api/users/password').set('Cookie', cookie);
      statuses.push((await answer.send({ currentPassword: 'wrong password', password: newPassword })).status);
    }
    expect(statuses).toEqual([...Array<number>(10).fill(403), 429]);
  });
});

describe('an account that is deleted', () => {
  it('needs the password, and leaves no address, password or mail behind', async () => {
    const { email, id, cookie } = await signUp();
    expect((await post('/deletion', { password: 'wrong password' }, cookie)).status).toBe(403);
    expect((await post('/deletion', { password }, cookie)).status).toBe(200);
    expect((await signIn(email, password)).status).toBe(401);
    expect(await context.users.findById(id).lean().exec()).toBeNull();
    const left = await connection.collection('mails').find({ 'topic.userId': id }).toArray();
    expect(left).toEqual([]);
    await context.mails.sendDue();
    expect(mailbox.list(email)).toEqual([]);
  });

  it('frees its address for another account', async () => {
    const { email, cookie } = await signUp();
    await post('/deletion', { password }, cookie).expect(200);
    await post('/signup', { email, password }).expect(201);
  });
});

describe('a session', () => {
  const current = async (cookie: string) =>
    ((await api().get('/api/users/currentuser').set('Cookie', cookie)).body as { currentUser: object | null })
      .currentUser;

  it('has a token that tells that the address is confirmed, in every browser that asks who is signed in', async () => {
    const { email, cookie } = await signUp();
    const other = cookieOf(await signIn(email, password));
    const endOf = (one: string) => tokenIn(one)['exp'];
    const { token } = await mailTo(email, '/auth/confirm');
    const unchanged = await api().get('/api/users/currentuser').set('Cookie', other).expect(200);
    expect(unchanged.headers).not.toHaveProperty('set-cookie');
    await post('/confirm', { token }).expect(200);
    for (const one of [cookie, other]) {
      const answer = await api().get('/api/users/currentuser').set('Cookie', one).expect(200);
      expect(answer.body).toMatchObject({ currentUser: { email, confirmed: true } });
      const renewed = cookieOf(answer);
      expect(tokenIn(renewed)).toMatchObject({ confirmed: true, jti: tokenIn(one)['jti'], exp: endOf(one) });
      // Once: the new token needs no other.
      const next = await api().get('/api/users/currentuser').set('Cookie', renewed).expect(200);
      expect(next.headers).not.toHaveProperty('set-cookie');
    }
  });

  it('that has ended is not renewed by a confirmed address', async () => {
    const { email, cookie } = await signUp();
    const { token } = await mailTo(email, '/auth/confirm');
    await post('/confirm', { token }).expect(200);
    await post('/signout', {}, cookie).expect(200);
    const answer = await api().get('/api/users/currentuser').set('Cookie', cookie).expect(200);
    expect(answer.body).toEqual({ currentUser: null });
    expect(answer.headers).not.toHaveProperty('set-cookie');
  });

  it('tells that the address is confirmed from the sign-in on, and in the browser that confirms it at once', async () => {
    const { email, cookie } = await signUp();
    expect(await current(cookie)).not.toHaveProperty('confirmed');
    const { token } = await mailTo(email, '/auth/confirm');
    const answer = await post('/confirm', { token }, cookie).expect(200);
    expect(await current(cookieOf(answer))).toMatchObject({ email, confirmed: true });
    expect(await current(cookieOf(await signIn(email, password)))).toMatchObject({ confirmed: true });
  });

  it('ends with a reset of the password, in every browser', async () => {
    const { email, cookie } = await signUp();
    await post('/password/forgotten', { email });
    const { token } = await mailTo(email, '/auth/reset');
    await post('/password/reset', { token, password: newPassword }).expect(200);
    expect(await current(cookie)).toBeNull();
  });

  it('ends with a change of the password, except in the browser that changes it', async () => {
    const { email, cookie } = await signUp();
    const other = cookieOf(await signIn(email, password));
    await api()
      .put('/api/users/password')
      .set('Cookie', cookie)
      .send({ currentPassword: password, password: newPassword })
      .expect(200);
    expect(await current(other)).toBeNull();
    expect(await current(cookie)).toMatchObject({ email });
  });

  it('ends when the account is deleted, in every browser', async () => {
    const { email, cookie } = await signUp();
    const other = cookieOf(await signIn(email, password));
    await post('/deletion', { password }, cookie).expect(200);
    expect([await current(cookie), await current(other)]).toEqual([null, null]);
  });
});
