import { describe, expect, it } from '@jest/globals';
import { busSettings } from '@ticketing/core';
import { mongoUrl } from '@ticketing/core/mongo';
import { testKeys } from '@ticketing/core/testing';
import {
  ConfigError,
  commonSettings,
  decimalNumber,
  loadConfig,
  onOff,
  secretKeys,
  sessionSettings,
  wholeNumber,
} from '@ticketing/runtime';
import { generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { z } from 'zod';

const KEY = testKeys.publicKey.export({ format: 'der', type: 'spki' }).toString('base64');

function failure(shape: z.ZodRawShape, environment: Record<string, string | undefined>): string {
  try {
    loadConfig(shape, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('these settings were accepted');
}

describe('settings', () => {
  it('are read with their types and defaults', () => {
    expect(loadConfig({ ...commonSettings, ...sessionSettings }, { PORT: '3000', SESSION_PUBLIC_KEYS: KEY })).toEqual({
      HOST: '127.0.0.1',
      PORT: 3000,
      ADMIN_HOST: '127.0.0.1',
      ADMIN_PORT: 0,
      LOG_LEVEL: 'info',
      OTEL_TRACES_SAMPLER: 'parentbased_always_on',
      OTEL_TRACES_SAMPLER_ARG: 1,
      TRUSTED_PROXIES: 1,
      SESSION_PUBLIC_KEYS: [testKeys.publicKey],
      COOKIE_SECURE: false,
      RATE_LIMITS: true,
    });
  });

  it('ignore the rest of the environment', () => {
    expect(loadConfig({ FLAG: onOff('off') }, { FLAG: 'on', PATH: '/bin' })).toEqual({ FLAG: true });
  });

  it('count as absent when they are empty', () => {
    expect(loadConfig({ FLAG: onOff('on') }, { FLAG: '' })).toEqual({ FLAG: true });
    expect(failure({ PORT: commonSettings.PORT }, { PORT: '' })).toContain('PORT: is required');
  });

  it('are all reported when they are bad, one per line', () => {
    const message = failure(
      { ...commonSettings, ...sessionSettings, ...busSettings, MONGO_URL: mongoUrl },
      { PORT: 'http', LOG_LEVEL: 'loud', RATE_LIMITS: 'yes', NATS_URL: 'http://bus' },
    );
    const named = message.split('\n').map((line) => line.split(': ')[0]);
    expect(named.sort()).toEqual([
      ...['LOG_LEVEL', 'MONGO_URL', 'NATS_URL', 'PORT', 'RATE_LIMITS', 'SESSION_PUBLIC_KEYS'],
    ]);
    expect(message).toContain('LOG_LEVEL: must be one of trace, debug, info, warn, error, fatal, silent');
    expect(message).toContain('RATE_LIMITS: must be on or off');
  });

  it('are reported with what is wrong and where within a setting that has parts', () => {
    const targets = z.array(z.url({ protocol: /^http$/, error: 'must be http://host:port' }), 'must be a list');
    const table = z
      .string()
      .transform((text): unknown => JSON.parse(text))
      .pipe(z.array(z.object({ targets })));
    expect(failure({ ROUTES: table }, { ROUTES: '[{"targets":["http://a:1"]},{"targets":["a:1"]},{}]' })).toBe(
      'ROUTES.1.targets.0: must be http://host:port\nROUTES.2.targets: must be a list',
    );
  });

  it('are reported without their values, which may be secrets', () => {
    const secret = 'short-secret';
    const message = failure(
      { ...sessionSettings, ...busSettings, MONGO_URL: mongoUrl, WAIT: wholeNumber(0, 1) },
      {
        ...{
          SESSION_PUBLIC_KEYS: secret,
          MONGO_URL: `mongodb://user/${secret}@host/db`,
          NATS_URL: `nats://${secret}%@a`,
        },
        ...{ INSTANCE: `${secret}!`, COOKIE_SECURE: secret, WAIT: secret },
      },
    );
    expect(message.split('\n')).toHaveLength(6);
    expect(message).not.toContain(secret);
  });
});

describe('a number', () => {
  const shape = { WAIT: wholeNumber(1, 600), GRACE: decimalNumber(0, 60) };

  it('is read from digits', () => {
    expect(loadConfig(shape, { WAIT: '30', GRACE: '0.5' })).toEqual({ WAIT: 30, GRACE: 0.5 });
  });

  it.each([
    '30s',
    'abc',
    '1e2',
    '0x10',
    '-1',
    '+1',
    ' 30',
    '3 0',
    '1_0',
    '30.0',
    '0',
    '601',
    'Infinity',
    '9'.repeat(400),
  ])('is rejected with what is expected: %s', (WAIT) => {
    expect(failure(shape, { WAIT, GRACE: '1' })).toBe('WAIT: must be a whole number from 1 to 600');
  });

  it.each(['2s', '1e1', '.5', '5.', '1,5', '60.1', 'NaN'])(
    'is rejected when its fraction is malformed: %s',
    (GRACE) => {
      expect(failure(shape, { WAIT: '1', GRACE })).toBe('GRACE: must be a number from 0 to 60');
    },
  );
});

describe('the keys that verify sessions', () => {
  const keys = (SESSION_PUBLIC_KEYS: string) =>
    loadConfig({ SESSION_PUBLIC_KEYS: sessionSettings.SESSION_PUBLIC_KEYS }, { SESSION_PUBLIC_KEYS })
      .SESSION_PUBLIC_KEYS;
  const encoded = (key: KeyObject) => key.export({ format: 'der', type: 'spki' }).toString('base64');

  it('are one or several public keys', () => {
    const { publicKey: other } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    expect(keys(`${KEY}, ${encoded(other)}`).map(encoded)).toEqual([KEY, encoded(other)]);
  });

  it.each([
    ['is no key', 'k'.repeat(64)],
    ['is no key behind a good one', `${KEY},short`],
    ['is empty behind a good one', `${KEY},`],
    ['is of another curve', encoded(generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey)],
    ['is for another algorithm', encoded(generateKeyPairSync('ed25519').publicKey)],
    ['is private', testKeys.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64')],
  ])('are rejected when one %s', (_, value) => {
    expect(() => keys(value)).toThrow(
      'SESSION_PUBLIC_KEYS: must be public keys of the curve P-256, DER in base64, separated by commas',
    );
  });
});

describe('secret keys', () => {
  const keys = (DELIVERY_KEYS: string) => loadConfig({ DELIVERY_KEYS: secretKeys }, { DELIVERY_KEYS });
  const SECRET = 'k'.repeat(32);

  it('are accepted when each has 32 bytes or more', () => {
    expect(keys(`${SECRET}, ${'é'.repeat(16)}`)).toEqual({ DELIVERY_KEYS: [SECRET, 'é'.repeat(16)] });
  });

  it.each([
    ['is short', 'k'.repeat(31)],
    ['is short behind a good one', `${SECRET},short`],
    ['is empty behind a good one', `${SECRET},`],
    ['consists of spaces', ' '.repeat(40)],
  ])('are rejected when one %s', (_, value) => {
    expect(() => keys(value)).toThrow('DELIVERY_KEYS: every key must be at least 32 bytes long');
  });
});

describe('the name on the bus', () => {
  const settings = { NATS_URL: 'nats://127.0.0.1:4222' };

  it('identifies the process by default', () => {
    expect(loadConfig(busSettings, settings).INSTANCE).toMatch(new RegExp(`^[\\w-]+-${process.pid}$`));
  });

  it('can be set to characters that the bus accepts', () => {
    expect(loadConfig(busSettings, { ...settings, INSTANCE: 'orders-2' }).INSTANCE).toBe('orders-2');
    expect(failure(busSettings, { ...settings, INSTANCE: 'orders.2' })).toContain('INSTANCE');
  });
});

describe('the address of the store', () => {
  const read = (MONGO_URL: string) => loadConfig({ MONGO_URL: mongoUrl }, { MONGO_URL });

  it.each([
    'mongodb://127.0.0.1:27017/auth',
    'mongodb://a.example,b.example:27018/auth?replicaSet=rs0&tls=true',
    'mongodb+srv://user:s%40cr%2Ft@cluster.example/auth?retryWrites=true&w=majority&appName=Cluster0',
    'mongodb://127.0.0.1/auth?readPreference=primary&readConcernLevel=local&journal=true&maxPoolSize=5',
  ])('is accepted: %s', (url) => {
    expect(read(url)).toEqual({ MONGO_URL: url });
  });

  it.each([
    ['another protocol', 'http://127.0.0.1/auth'],
    ['no protocol', '127.0.0.1'],
    ['no database', 'mongodb://127.0.0.1:27017'],
    ['no database behind the slash', 'mongodb://127.0.0.1:27017/'],
    ['no database before the options', 'mongodb://127.0.0.1:27017/?tls=true'],
    ['no database before an option with a path', 'mongodb://127.0.0.1/?tlsCAFile=/etc/ca.pem'],
    ['an option of Mongoose', 'mongodb://127.0.0.1/auth?autoIndex=false'],
    ['a malformed port', 'mongodb://127.0.0.1:port/auth'],
    ['an option that the driver does not have', 'mongodb://127.0.0.1/auth?retryWritez=true'],
    ['an option with an invalid value', 'mongodb://127.0.0.1/auth?tls=perhaps'],
    ['a password that is not percent-encoded', 'mongodb://user:s@cret@127.0.0.1/auth'],
    ['a password with a stray percent sign', 'mongodb://user:100%@127.0.0.1/auth'],
    ['several cluster names', 'mongodb+srv://a.example,b.example/auth'],
  ])('is rejected with %s', (_, url) => {
    expect(() => read(url)).toThrow(/^MONGO_URL: must be mongodb:\/\/host:port\/database, .*$/);
  });

  it.each([
    'readPreference=secondaryPreferred',
    'readPreference=nearest',
    'readConcernLevel=available',
    'w=0',
    'w=1',
    'journal=false',
    'w=majority&wtimeoutMS=100',
  ])('is rejected with an option that weakens reads or writes: %s', (option) => {
    expect(() => read(`mongodb://127.0.0.1/auth?${option}`)).toThrow(/^MONGO_URL: must not have readPreference, .*$/);
  });
});
