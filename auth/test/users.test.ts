import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { passwordWith } from '@ticketing/common/shapes';
import { dropTestStore, testStore } from '@ticketing/core/testing';
import { dictionary } from '@zxcvbn-ts/language-common';
import type { Connection } from 'mongoose';
import request from 'supertest';
import type { AuthContext } from '../src/context.ts';
import type { UserModel } from '../src/models/user.ts';
import { newPasswordRules } from '../src/password-rules.ts';
import { DUMMY_HASH, hashPassword, passwordMatches } from '../src/passwords.ts';
import { testApp, testContext } from './builders.ts';

let connection: Connection;
let context: AuthContext;
let users: UserModel;
beforeAll(async () => {
  connection = await testStore();
  context = await testContext(connection);
  users = context.users;
});
afterAll(() => dropTestStore(connection));

const serve = (RATE_LIMITS = false) => request(testApp(context, { RATE_LIMITS }));

/** Stores an account as it was stored under former rules, and returns its id. */
async function storedAccount(email: string, withPassword = password): Promise<string> {
  const _id = randomBytes(12).toString('hex');
  await users.create([
    { _id, email, passwordHash: await hashPassword(withPassword), createdAt: '2026-01-01T00:00:00.000Z' },
  ]);
  return _id;
}

let made = 0;
const newEmail = () => `person-${++made}@example.com`;
const password = 'correct horse battery';
const problems = (answer: { body: unknown }) => (answer.body as { errors: { code: string; field?: string }[] }).errors;
const cookieOf = (answer: { headers: Record<string, unknown> }) =>
  (answer.headers['set-cookie'] as string[]).map((cookie) => cookie.split(';')[0]).join('; ');

describe('sign up', () => {
  it('answers 201 with the user and a session', async () => {
    const email = newEmail();
    const answer = await serve().post('/api/users/signup').send({ email, password });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({ id: expect.stringMatching(/^[0-9a-f]{24}$/), email });
    const session = await serve().get('/api/users/currentuser').set('Cookie', cookieOf(answer));
    expect(session.body).toEqual({ currentUser: answer.body as unknown });
  });

  it('sets a cookie that scripts can not read and other sites do not send', async () => {
    const answer = await serve().post('/api/users/signup').send({ email: newEmail(), password });
    for (const cookie of answer.headers['set-cookie'] as unknown as string[]) {
      expect(cookie).toMatch(/; httponly/i);
      expect(cookie).toMatch(/; samesite=lax/i);
    }
  });

  it('stores the password only as an argon2id hash at the documented cost', async () => {
    const email = newEmail();
    const answer = await serve().post('/api/users/signup').send({ email, password });
    const stored = await users.findOne({ email }).lean().exec();
    expect(stored?.passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(JSON.stringify([stored, answer.body])).not.toContain(password);
  });

  it('answers 409 to the same address in another spelling', async () => {
    const email = newEmail();
    await serve().post('/api/users/signup').send({ email, password }).expect(201);
    const answer = await serve()
      .post('/api/users/signup')
      .send({ email: ` ${email.toUpperCase()} `, password });
    expect(answer.status).toBe(409);
    expect(problems(answer)).toEqual([expect.objectContaining({ code: 'email-in-use', field: 'email' })]);
  });

  it.each([
    ['decomposed Unicode', (n: number) => `jose\u0301-${n}@example.com`, (n: number) => `jos\u00e9-${n}@example.com`],
    [
      'the domain in ASCII',
      (n: number) => `ann-${n}@münchen.example`,
      (n: number) => `ann-${n}@xn--mnchen-3ya.example`,
    ],
  ])('answers 409 to the same mailbox with %s, and signs in with either spelling', async (_, one, other) => {
    const n = ++made;
    for (const [first, second] of [
      [one(n), other(n)],
      [other(-n), one(-n)],
    ]) {
      const signedUp = await serve().post('/api/users/signup').send({ email: first, password }).expect(201);
      const again = await serve().post('/api/users/signup').send({ email: second, password });
      expect([again.status, problems(again)[0]?.code]).toEqual([409, 'email-in-use']);
      for (const email of [first, second]) {
        const answer = await serve().post('/api/users/signin').send({ email, password });
        expect([answer.status, answer.body]).toEqual([200, signedUp.body]);
      }
    }
  });

  it('makes one account for five concurrent sign-ups with one address', async () => {
    const email = newEmail();
    const app = serve();
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => app.post('/api/users/signup').send({ email, password })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409]);
    expect(await users.countDocuments({ email })).toBe(1);
  });

  it.each([
    ['no e-mail address', { email: undefined }, 'email', 'required'],
    ['null', { email: null }, 'email', 'required'],
    ['an operator object', { email: { $gt: '' } }, 'email', 'invalid-type'],
    ['an array', { email: ['a@example.com'] }, 'email', 'invalid-type'],
    ['no at', { email: 'example.com' }, 'email', 'invalid-format'],
    ['two ats', { email: 'a@b@example.com' }, 'email', 'invalid-format'],
    ['a NUL', { email: 'a\0@example.com' }, 'email', 'invalid-format'],
    ['a lone surrogate', { email: 'a\ud800@example.com' }, 'email', 'invalid-format'],
    ['too long an address', { email: `${'a'.repeat(65)}@example.com` }, 'email', 'invalid-format'],
    ['no password', { password: undefined }, 'password', 'required'],
    ['a number', { password: 12345678 }, 'password', 'invalid-type'],
    ['seven characters', { password: 'abcdefg' }, 'password', 'too-short'],
    ['129 characters', { password: 'x'.repeat(129) }, 'password', 'too-long'],
    ['a NUL in the password', { password: 'abc\0defgh' }, 'password', 'invalid-characters'],
    ['a lone surrogate in the password', { password: 'abc\ud800defgh' }, 'password', 'invalid-characters'],
    ['an operator object as password', { password: { $ne: '' } }, 'password', 'invalid-type'],
    ['an empty password', { password: '' }, 'password', 'too-short'],
    ['a common password', { password: 'Password1' }, 'password', 'common-password'],
    ['a common password in wide letters', { password: 'ｐａｓｓｗｏｒｄ１' }, 'password', 'common-password'],
    ['a common password with a number', { password: 'summer2026' }, 'password', 'common-password'],
    ['a common password with other characters', { password: 'P@ssw0rd!' }, 'password', 'common-password'],
    ['a password of our own words', { password: 'tickets123' }, 'password', 'common-password'],
    ['a sequence', { password: '0987654321' }, 'password', 'common-password'],
    ['eight spaces', { password: '        ' }, 'password', 'blank-password'],
    ['spaces of several kinds', { password: ' \u00a0\u2003 \u3000\u200b  ' }, 'password', 'blank-password'],
    ['one repeated character', { password: 'zzzzzzzzzzzz' }, 'password', 'repeated-characters'],
    ['one repeated emoji', { password: '🎫'.repeat(128) }, 'password', 'repeated-characters'],
    ['three repeated characters', { password: 'xy7xy7xy7xy7' }, 'password', 'repeated-characters'],
    [
      'their address',
      { email: 'marisol.quuxley@example.com', password: 'Marisol.Quuxley@example.com' },
      'password',
      'password-from-address',
    ],
    [
      'their name',
      { email: 'marisol.quuxley@example.com', password: 'marisol.quuxley' },
      'password',
      'password-from-address',
    ],
    [
      'a part of it',
      { email: 'marisol.quuxley@example.com', password: 'Quuxley1' },
      'password',
      'password-from-address',
    ],
    ['an empty address', { email: '' }, 'email', 'invalid-format'],
    ['a domain without a dot', { email: 'a@localhost' }, 'email', 'invalid-format'],
    ['a domain that is too long', { email: `a@${'b.'.repeat(130)}com` }, 'email', 'invalid-format'],
    ['a line break', { email: 'a@example.com\nb@example.com' }, 'email', 'invalid-format'],
    ['an unknown field', { admin: true }, 'admin', 'unknown-field'],
  ])('answers 400 with the field for %s', async (_, change, field, code) => {
    const answer = await serve()
      .post('/api/users/signup')
      .send({ email: newEmail(), password, ...change });
    expect(answer.status).toBe(400);
    expect(problems(answer)).toContainEqual(expect.objectContaining({ field, code }));
  });

  it('accepts a password of 128 characters outside ASCII', async () => {
    const email = newEmail();
    const long = '🎫🎭🎪🎟️ ¿nächste Reihe? '.repeat(8).slice(0, 128).toWellFormed();
    await serve().post('/api/users/signup').send({ email, password: long }).expect(201);
    await serve().post('/api/users/signin').send({ email, password: long }).expect(200);
  });

  it.each(['correct horse battery', 'kaffee und kuchen', 'xK9fLq2z', 'Gartenzaun7', 'дождливый четверг'])(
    'accepts %s as a password',
    async (good) => {
      await serve().post('/api/users/signup').send({ email: newEmail(), password: good }).expect(201);
    },
  );

  it('refuses every common password of a public list', () => {
    const rules = passwordWith(...newPasswordRules);
    const list = dictionary['passwords-common'].filter((common) => common.length >= 8);
    expect(list.length).toBeGreaterThan(10_000);
    // The most common ones, and a sample of the others: each takes a few milliseconds.
    const tried = [...list.slice(0, 200), ...list.filter((_, index) => index % 100 === 0)];
    expect(tried.filter((common) => rules.safeParse(common).success)).toEqual([]);
  });
});

describe('an account that is stored under another spelling of its address', () => {
  it.each([
    ['with the domain outside ASCII', 'bob@köln.example', 'bob@xn--kln-sna.example'],
    ['in decomposed Unicode', 'rene\u0301@example.com', 'ren\u00e9@example.com'],
  ])('is signed in to, and not made again, %s', async (_, stored, other) => {
    const id = await storedAccount(stored);
    for (const email of [stored, other]) {
      const answer = await serve().post('/api/users/signin').send({ email, password });
      expect([answer.status, answer.body]).toEqual([200, { id, email: stored }]);
      const again = await serve().post('/api/users/signup').send({ email, password });
      expect(again.status).toBe(409);
    }
  });

  it('is told from another of the same mailbox by its password', async () => {
    const [first, second] = [
      await storedAccount('zoe@köln.example'),
      await storedAccount('zoe@xn--kln-sna.example', 'another one entirely'),
    ];
    const signIn = async (given: string) =>
      (await serve().post('/api/users/signin').send({ email: 'zoe@köln.example', password: given })).body as {
        id?: string;
      };
    expect([(await signIn(password)).id, (await signIn('another one entirely')).id]).toEqual([first, second]);
    expect((await signIn('neither of them')).id).toBeUndefined();
  });

  it('is signed in to with a password that would be refused now', async () => {
    const id = await storedAccount('old@example.com', 'password1');
    const answer = await serve().post('/api/users/signin').send({ email: 'old@example.com', password: 'password1' });
    expect(answer.body).toMatchObject({ id });
  });
});

describe('sign in', () => {
  it('answers 200 with the user and a session', async () => {
    const email = newEmail();
    const signedUp = await serve().post('/api/users/signup').send({ email, password });
    const answer = await serve().post('/api/users/signin').send({ email: email.toUpperCase(), password });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual(signedUp.body);
    expect(cookieOf(answer)).toContain('session=');
  });

  it('gives the same response to an unknown user and to a wrong password', async () => {
    const email = newEmail();
    await serve().post('/api/users/signup').send({ email, password }).expect(201);
    const wrong = await serve().post('/api/users/signin').send({ email, password: 'another password' });
    const unknown = await serve().post('/api/users/signin').send({ email: newEmail(), password });
    expect(wrong.status).toBe(401);
    expect([unknown.status, unknown.body]).toEqual([wrong.status, wrong.body]);
    expect(wrong.headers['set-cookie']).toBeUndefined();
  });

  it('does as much work for an unknown user as for a known one', async () => {
    expect(await passwordMatches(undefined, password)).toBe(false);
    const costOf = (passwordHash: string) => passwordHash.split('$').slice(0, 4);
    expect(costOf(DUMMY_HASH)).toEqual(costOf(await hashPassword(password)));
    expect(await passwordMatches(await hashPassword(password), password)).toBe(true);
    // A malformed hash would throw, so this shows that a comparison is made.
    await expect(passwordMatches('not a hash', password)).rejects.toThrow();
  });
});

describe('sign in with bad input', () => {
  it.each([
    ['no e-mail address', { email: undefined }, 'email', 'required'],
    ['an operator object', { email: { $gt: '' } }, 'email', 'invalid-type'],
    ['no password', { password: null }, 'password', 'required'],
    ['an operator object as password', { password: { $gt: '' } }, 'password', 'invalid-type'],
    ['a list', { password: [password] }, 'password', 'invalid-type'],
    ['an unknown field', { remember: true }, 'remember', 'unknown-field'],
  ])('answers 400 with the field for %s', async (_, change, field, code) => {
    const answer = await serve()
      .post('/api/users/signin')
      .send({ email: newEmail(), password, ...change });
    expect(answer.status).toBe(400);
    expect(problems(answer)).toContainEqual(expect.objectContaining({ field, code }));
  });
});

describe('sign out', () => {
  it('answers 200 and clears the session cookie', async () => {
    const signedUp = await serve().post('/api/users/signup').send({ email: newEmail(), password });
    const answer = await serve().post('/api/users/signout').set('Cookie', cookieOf(signedUp));
    expect([answer.status, answer.body]).toEqual([200, {}]);
    const now = await serve().get('/api/users/currentuser').set('Cookie', cookieOf(answer));
    expect(now.body).toEqual({ currentUser: null });
  });
});

describe('current user', () => {
  it('answers null without a session', async () => {
    const answer = await serve().get('/api/users/currentuser');
    expect([answer.status, answer.body]).toEqual([200, { currentUser: null }]);
  });
});

describe('abuse protection', () => {
  it('answers 429 with Retry-After after ten wrong passwords from one network for one account in a minute', async () => {
    const app = serve(true);
    const email = newEmail();
    let answer = await app.post('/api/users/signin').send({ email, password });
    for (let i = 0; i < 10 && answer.status === 401; i++)
      answer = await app.post('/api/users/signin').send({ email, password });
    expect(answer.status).toBe(429);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(problems(answer)[0]?.code).toBe('too-many-requests');
    // Another account is not affected.
    await app.post('/api/users/signin').send({ email: newEmail(), password }).expect(401);
    // Nor is the account's owner in another network.
    await storedAccount(email);
    const elsewhere = { 'X-Forwarded-For': '198.51.100.7' };
    await app.post('/api/users/signin').set(elsewhere).send({ email, password }).expect(200);
  });

  it('answers 429 after thirty requests from one address in a minute', async () => {
    const app = serve(true);
    const statuses: number[] = [];
    for (let i = 0; i < 31; i++) statuses.push((await app.post('/api/users/signup').send({})).status);
    expect(statuses).toEqual([...Array<number>(30).fill(400), 429]);
  });

  it('answers 429 to the rest of 33 sign-ups from one IPv6 network, and not to another network', async () => {
    const app = serve(true);
    const signUpFrom = async (address: string) =>
      (await app.post('/api/users/signup').set('X-Forwarded-For', address).send({ email: newEmail(), password }))
        .status;
    const statuses: number[] = [];
    for (let i = 1; i <= 33; i++) statuses.push(await signUpFrom(`2001:db8:5:6:${i}::${i}`));
    expect(statuses).toEqual([...Array<number>(30).fill(201), 429, 429, 429]);
    expect(await signUpFrom('2001:db8:5:7::1')).toBe(201);
  });

  it('lets the owner of an account in while another network guesses a hundred times at its password', async () => {
    const app = serve(true);
    const email = newEmail();
    await storedAccount(email);
    const signInFrom = async (address: string, guess: string) =>
      (await app.post('/api/users/signin').set('X-Forwarded-For', address).send({ email, password: guess })).status;
    let refused = 0;
    for (let i = 1; i <= 100; i++) if ((await signInFrom(`2001:db8:8:9::${i}`, `guess ${i}`)) === 429) refused++;
    // Ten tries a minute are allowed, and the test may take longer than one.
    expect(refused).toBeGreaterThan(50);
    expect(await signInFrom('2001:db8:8:a::1', password)).toBe(200);
  });

  it('answers 403 to a request from another site', async () => {
    const answer = await serve()
      .post('/api/users/signin')
      .set('Origin', 'https://elsewhere.example')
      .send({ email: newEmail(), password });
    expect(answer.status).toBe(403);
    expect(problems(answer)[0]?.code).toBe('cross-site');
  });
});
