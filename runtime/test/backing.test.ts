import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { watchBacking } from '@ticketing/runtime';
import { pino } from 'pino';

/** Watches a server, with a log that records its lines. */
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

describe('watchBacking', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('logs one warning for each kind of failure, and repeats it after 30 s', () => {
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

  it('rejects with a ConfigError when the first connection is refused, and does not try again', async () => {
    const { lines, backing } = watch();
    expect(backing.failed(wrongPassword())).toBe(false);
    await expect(backing.whenConnected).rejects.toMatchObject({
      name: 'ConfigError',
      message: 'REDIS_URL: Redis refuses the connection: WRONGPASS invalid username-password pair',
    });
    expect(lines).toEqual([]);
  });

  it('logs a warning when a later connection is refused, and tries again', async () => {
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

  it('fails its check with the reason until the first connection', async () => {
    const { backing } = watch();
    await expect(backing.check()).rejects.toThrow('not connected yet');
    backing.failed(new Error('no\n  answer of //user:secret@host'));
    await expect(backing.check()).rejects.toThrow('no answer of //[redacted]@host');
    backing.connected();
    await backing.check();
  });

  it('logs each recovery once', () => {
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
