import { describe, expect, it } from '@jest/globals';
import { parseNatsUrls, parseServerUrl } from '@ticketing/runtime';

/** Every printable ASCII character that is neither a letter nor a digit, and some others. */
const SPECIAL = ` !"#$%&'()*+,-./:;<=>?@[\\]^_\`{|}~é🎟`;

describe('a server URL', () => {
  const parse = (text: string) => parseServerUrl(text, ['redis:'], 6379);

  it('is parsed, with user and password decoded', () => {
    const [user, password] = [encodeURIComponent(SPECIAL), encodeURIComponent(`${SPECIAL}2`)];
    expect(parse(`redis://${user}:${password}@store.example:7000/3`)).toEqual({
      ...{ protocol: 'redis:', host: 'store.example', port: 7000, user: SPECIAL, password: `${SPECIAL}2`, path: '/3' },
    });
  });

  it('has the default port, and an empty path instead of a single slash', () => {
    expect(parse('redis://10.0.0.1/')).toEqual({
      ...{ protocol: 'redis:', host: '10.0.0.1', port: 6379, user: '', password: '', path: '' },
    });
    expect(parse('redis://[::1]:7000')).toMatchObject({ host: '::1', port: 7000 });
  });

  it.each([
    ['another protocol', 'http://host'],
    ['no protocol', 'host:6379'],
    ['no host', 'redis://'],
    ['no host behind a user', 'redis://user:password@'],
    ['a malformed port', 'redis://host:port'],
    ['port 0', 'redis://host:0'],
    ['a port too high', 'redis://host:65536'],
    ['a query', 'redis://host?db=1'],
    ['a fragment', 'redis://host#1'],
    ['malformed percent-encoding', 'redis://user:100%@host'],
    ['a space in the host', 'redis://ho st'],
    ['an encoded host', 'redis://ho%73t'],
  ])('is rejected with %s', (_, text) => {
    expect(parse(text)).toBeUndefined();
  });
});

describe('the list of NATS servers', () => {
  it('can be one server with the default port', () => {
    expect(parseNatsUrls('nats://bus')).toEqual([{ host: 'bus', port: 4222, tls: false, login: undefined }]);
  });

  it('can be several servers, each with its own login, with or without TLS', () => {
    const password = encodeURIComponent(SPECIAL);
    expect(parseNatsUrls(`nats://a:${password}@one:1, tls://token@two`)).toEqual([
      { host: 'one', port: 1, tls: false, login: { user: 'a', pass: SPECIAL } },
      { host: 'two', port: 4222, tls: true, login: { token: 'token' } },
    ]);
  });

  it.each([
    ['an unknown protocol', 'ws://bus'],
    ['a path', 'nats://bus/subject'],
    ['a query', 'nats://bus?tls=true'],
    ['a server without a protocol', 'nats://one,two'],
    ['an empty place', 'nats://one,,nats://two'],
    ['a comma in a password', 'nats://user:a,b@bus'],
    ['a password without a user', 'nats://:password@bus'],
    ['an IPv6 address, which the client looks up as a name', 'nats://[::1]:4222'],
  ])('is rejected with %s', (_, text) => {
    expect(parseNatsUrls(text)).toBeUndefined();
  });
});
