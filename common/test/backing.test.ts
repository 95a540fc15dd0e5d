import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { watchBacking } from '@ticketing/common';
import { pino } from 'pino';

/** A server that is watched, and the log's lines. */
function watch() {
  const lines: Record<string, unknown>[] = [];
  const log = pino(
    { base: null, timestamp: false },
    { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) },
  );
  return { lines, backing: watchBacking('Redis', 'REDIS_URL', log) };
}

const wrongPassword = () =>
  Object.assign(new Error('WRONGPASS invalid username-password pair'), { name: 'ReplyError' });
const gone = (port: number) =>
  Object.assign(new Error(`connect ECONNREFUSED 10.0.0.1:${port}`), { code: 'ECONNREFUSED' });

describe('a server behind the service', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('that is unavailable is one warning, and another for other trouble, and again when it lasts', () => {
    const { lines, backing } = watch();
    for (const port of [1, 2, 3]) expect(backing.failed(gone(port))).toBe(true);
    backing.failed(new Error('no answer'));
    expect(lines).toEqual([
      { level: 40, reason: 'connect ECONNREFUSED 10.0.0.1:1', msg: 'Redis is unavailable; trying again (REDIS_URL)' },
      { level: 40, reason: 'no answer', msg: 'Redis is unavailable; trying again (REDIS_URL)' },
    ]);
    jest.advanceTimersByTime(30_000);
    backing.failed(gone(4));
    backing.failed(gone(5));
    expect(lines).toHaveLength(3);
  });

  it('that refuses the first connection is a mistake in a setting, and not tried again', async () => {
    const { lines, backing } = watch();
    expect(backing.failed(wrongPassword())).toBe(false);
    await expect(backing.whenConnected).rejects.toMatchObject({
      name: 'ConfigError',
      message: 'REDIS_URL: Redis refuses the connection: WRONGPASS invalid username-password pair',
    });
    expect(lines).toEqual([]);
  });

  it('that refuses a later connection is a warning, and tried again', async () => {
    const { lines, backing } = watch();
    backing.connected();
    await backing.whenConnected;
    expect(backing.failed(wrongPassword())).toBe(true);
    expect(lines).toEqual([
      { level: 30, msg: 'connected to Redis' },
      {
        level: 40,
        reason: 'WRONGPASS invalid username-password pair',
        msg: 'Redis refuses the connection; trying again (REDIS_URL)',
      },
    ]);
  });

  it('gives the reason why the service is not ready until it is connected', async () => {
    const { backing } = watch();
    await expect(backing.check()).rejects.toThrow('not connected yet');
    backing.failed(new Error('no\n  answer of //user:secret@host'));
    await expect(backing.check()).rejects.toThrow('no answer of //[redacted]@host');
    backing.connected();
    await backing.check();
  });

  it('that comes back is told once', () => {
    const { lines, backing } = watch();
    for (const step of ['connected', 'connected', 'failed', 'connected'] as const)
      if (step === 'failed') backing.failed(gone(1));
      else backing.connected();
    expect(lines.map(({ msg }) => msg)).toEqual([
      'connected to Redis',
      'Redis is unavailable; trying again (REDIS_URL)',
      'connected to Redis',
    ]);
  });
});
