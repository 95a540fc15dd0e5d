import { describe, expect, it } from '@jest/globals';
import { describeError, errorFields, isRefused, isUnreachable } from '@ticketing/runtime';

const named = (name: string, message: string, fields: object = {}): Error =>
  Object.assign(new Error(message), { name, ...fields });

describe('isRefused', () => {
  it.each([
    ['MongoDB: a wrong password', named('MongoServerError', 'Authentication failed.', { code: 18 })],
    ['Atlas: a wrong password', named('MongoServerError', 'bad auth : authentication failed', { code: 8000 })],
    ['MongoDB: not authorized', named('MongoServerError', 'not authorized on orders', { code: 13 })],
    ['Redis: a wrong password', named('ReplyError', 'WRONGPASS invalid username-password pair or user is disabled.')],
    ['Redis: no password', named('ReplyError', 'NOAUTH Authentication required.')],
    ['Redis: no database of that number', named('ReplyError', 'ERR DB index is out of range')],
    ['NATS JetStream: a wrong password', named('AuthorizationError', 'Authorization Violation')],
    ['NATS JetStream: no TLS', named('ConnectionError', "server does not support 'tls'")],
    ['NATS: a wrong password', named('NatsError', "'Authorization Violation'", { code: 'NATS_PROTOCOL_ERR' })],
    [
      'NATS: no TLS',
      named('NatsError', 'Server does not support a secure connection.', { code: 'NON_SECURE_CONN_REQ' }),
    ],
    ['an unknown CA', named('Error', 'self-signed certificate', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })],
    ['another host', named('Error', 'does not match', { code: 'ERR_TLS_CERT_ALTNAME_INVALID' })],
    ['no TLS at all', named('Error', 'wrong version number', { code: 'ERR_SSL_WRONG_VERSION_NUMBER' })],
  ])('is true for %s, which is also unreachable', (_, error) => {
    expect(isRefused(error)).toBe(true);
    expect(isUnreachable(error)).toBe(true);
  });

  it('is true when the reason is the cause of another error', () => {
    const inner = named('Error', 'self-signed certificate', { code: 'SELF_SIGNED_CERT_IN_CHAIN' });
    const mongo = named('MongooseServerSelectionError', 'self-signed certificate', {
      reason: { servers: new Map([['a', { error: new Error('network', { cause: inner }) }]]) },
    });
    const nats = named('NatsError', 'Could not connect', { code: 'CONN_ERR', chainedError: inner });
    expect([mongo, nats].map(isRefused)).toEqual([true, true]);
  });

  it.each([
    ['a server that is only unreachable', named('Error', 'connect ECONNREFUSED', { code: 'ECONNREFUSED' })],
    ['a wrong command', named('ReplyError', 'WRONGTYPE Operation against a key holding the wrong kind of value')],
    ['a duplicate key', named('MongoServerError', 'duplicate key', { code: 11_000 })],
    ['a value that is not an error', 'Authorization Violation'],
  ])('is false for %s', (_, error) => {
    expect(isRefused(error)).toBe(false);
  });
});

describe('isUnreachable', () => {
  it.each<[string, Error]>([
    ['MongoDB: it shuts down', named('MongoServerError', 'interrupted at shutdown', { code: 11_600 })],
    ['MongoDB: it is no primary any more', named('MongoServerError', 'not primary', { code: 10_107 })],
    ['MongoDB: it has stepped down', named('MongoBulkWriteError', 'stepped down', { code: 189 })],
    ['MongoDB: it is frozen', named('PoolClearedOnNetworkError', 'interrupted due to server monitor timeout')],
    ['MongoDB: the connection was closed', named('MongoServerClosedError', 'server closed')],
    ['mongos: a shard is unreachable', named('MongoServerError', 'no host', { code: 133 })],
  ])('is true for %s', (_, error) => {
    expect(isUnreachable(error)).toBe(true);
    expect(isRefused(error)).toBe(false);
  });

  it.each<[string, Error]>([
    ['a duplicate key', named('MongoServerError', 'duplicate key', { code: 11_000 })],
    ['a document that is too large', named('MongoServerError', 'too large', { code: 10_334 })],
    ['the same number in another error', named('Error', 'exit code', { code: 91 })],
    ['a mistake', new TypeError('undefined is not a function')],
  ])('is false for %s', (_, error) => {
    expect(isUnreachable(error)).toBe(false);
  });
});

describe('the loggable fields of an error', () => {
  it('are its type, message, code and stack, the same of its cause, and nothing else', () => {
    const cause = named('ReplyError', 'WRONGTYPE of key', { command: { name: 'hello', args: ['user', 'S3CRET'] } });
    const error = Object.assign(new TypeError('broken', { cause }), { code: 7, config: { password: 'S3CRET' } });
    const shown = errorFields(error);
    const stack: unknown = expect.stringContaining('failures.test');
    expect(shown).toEqual({
      ...{ type: 'TypeError', message: 'broken', code: 7, stack },
      cause: { type: 'ReplyError', message: 'WRONGTYPE of key', stack },
    });
    expect(JSON.stringify(shown)).not.toContain('S3CRET');
  });

  it('have no stack when a server is unreachable', () => {
    const shown = errorFields(named('Error', 'connect ECONNREFUSED 127.0.0.1:1', { code: 'ECONNREFUSED' }));
    expect(shown).toEqual({ type: 'Error', message: 'connect ECONNREFUSED 127.0.0.1:1', code: 'ECONNREFUSED' });
  });

  it.each([
    ['mongodb://user:S3CRET@host/db is wrong', 'mongodb://[redacted]@host/db is wrong'],
    ['nats://a:S3CRET@one,nats://b:S3CRET@two', 'nats://[redacted]@two'],
    ['redis://:p@S3CRET/x@host', 'redis://[redacted]@host'],
    ['nats://S3CRET@host and redis://host', 'nats://[redacted]@host and redis://host'],
    [
      "ERR unknown command 'AUTH', with args beginning with: 'S3CRET' ",
      "ERR unknown command 'AUTH', with args beginning with: [redacted]",
    ],
  ])('contain no login of a URL or a command: %s', (text, expected) => {
    const shown = errorFields(new Error(text));
    expect(shown['message']).toBe(expected);
    expect(JSON.stringify(shown)).not.toContain('S3CRET');
    expect(describeError(new Error(text))).toBe(`Error: ${expected}`);
    expect(errorFields(text)).toEqual({ message: expected });
  });

  it('are finite even when an error is its own cause', () => {
    const error = new Error('round');
    error.cause = error;
    expect(JSON.stringify(errorFields(error))).toContain('round');
    expect(isRefused(error)).toBe(false);
  });

  it('name every failed address of a host', () => {
    const refused = ['::1', '127.0.0.1'].map((host) => new Error(`connect ECONNREFUSED ${host}:1`));
    expect(describeError(new AggregateError(refused))).toBe(
      'AggregateError: connect ECONNREFUSED ::1:1; connect ECONNREFUSED 127.0.0.1:1',
    );
  });
});
