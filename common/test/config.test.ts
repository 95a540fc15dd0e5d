import { describe, expect, it } from '@jest/globals';
import {
  ConfigError,
  busSettings,
  commonSettings,
  loadConfig,
  mongoSettings,
  onOff,
  sessionSettings,
} from '@ticketing/common';
import { z } from 'zod';

const KEY = 'k'.repeat(32);

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
    expect(loadConfig({ ...commonSettings, ...sessionSettings }, { PORT: '3000', SESSION_KEYS: KEY })).toEqual({
      HOST: '127.0.0.1',
      PORT: 3000,
      LOG_LEVEL: 'info',
      TRUSTED_PROXIES: 1,
      SESSION_KEYS: [KEY],
      SESSION_SECONDS: 604_800,
      COOKIE_SECURE: false,
      RATE_LIMITS: true,
    });
  });

  it('leave the rest of the environment alone', () => {
    expect(loadConfig({ FLAG: onOff('off') }, { FLAG: 'on', PATH: '/bin' })).toEqual({ FLAG: true });
  });

  it('that are empty count as absent', () => {
    expect(loadConfig({ FLAG: onOff('on') }, { FLAG: '' })).toEqual({ FLAG: true });
    expect(failure({ PORT: commonSettings.PORT }, { PORT: '' })).toContain('PORT: is required');
  });

  it('that are bad are named all at once', () => {
    const message = failure(
      { ...commonSettings, ...sessionSettings, ...mongoSettings, ...busSettings },
      { PORT: 'http', LOG_LEVEL: 'loud', RATE_LIMITS: 'yes', NATS_URL: 'http://bus', SESSION_SECONDS: '1' },
    );
    const named = message
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(':')[0]);
    expect(named.sort()).toEqual([
      ...['LOG_LEVEL', 'MONGO_URL', 'NATS_URL', 'PORT', 'RATE_LIMITS', 'SESSION_KEYS', 'SESSION_SECONDS'],
    ]);
  });

  it('that are bad are named without their values, which may be secrets', () => {
    const secret = 'short-secret';
    const message = failure(
      { ...sessionSettings, ...mongoSettings, ...busSettings },
      { SESSION_KEYS: secret, MONGO_URL: secret, NATS_URL: secret, INSTANCE: `${secret}!`, COOKIE_SECURE: secret },
    );
    expect(message).not.toContain(secret);
  });
});

describe('session keys', () => {
  const keys = (SESSION_KEYS: string) => loadConfig({ SESSION_KEYS: sessionSettings.SESSION_KEYS }, { SESSION_KEYS });

  it('may be several, each of 32 bytes or more', () => {
    expect(keys(`${KEY}, ${'é'.repeat(16)}`)).toEqual({ SESSION_KEYS: [KEY, 'é'.repeat(16)] });
  });

  it.each([
    ['that is short', 'k'.repeat(31)],
    ['that is short behind a good one', `${KEY},short`],
    ['that is empty behind a good one', `${KEY},`],
    ['made of spaces', ' '.repeat(40)],
  ])('are refused for one %s', (_, value) => {
    expect(() => keys(value)).toThrow('SESSION_KEYS: every key must be at least 32 bytes long');
  });
});

describe('the name on the bus', () => {
  const settings = { NATS_URL: 'nats://127.0.0.1:4222' };

  it('is the process by default', () => {
    expect(loadConfig(busSettings, settings).INSTANCE).toMatch(new RegExp(`^[\\w-]+-${process.pid}$`));
  });

  it('can be given, in letters that the bus takes', () => {
    expect(loadConfig(busSettings, { ...settings, INSTANCE: 'orders-2' }).INSTANCE).toBe('orders-2');
    expect(failure(busSettings, { ...settings, INSTANCE: 'orders.2' })).toContain('INSTANCE');
  });
});

describe('the address of the store', () => {
  it.each(['mongodb://127.0.0.1:27017/auth', 'mongodb+srv://user:secret@cluster.example/auth?retryWrites=true'])(
    'may be %s',
    (MONGO_URL) => {
      expect(loadConfig(mongoSettings, { MONGO_URL })).toEqual({ MONGO_URL });
    },
  );

  it.each(['mongodb://127.0.0.1:27017', 'mongodb://127.0.0.1:27017/', 'http://127.0.0.1/auth', '127.0.0.1'])(
    'must name a database: %s',
    (MONGO_URL) => {
      expect(failure(mongoSettings, { MONGO_URL })).toContain('MONGO_URL: must be mongodb://host/database');
    },
  );
});
