import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import path from 'node:path';

const output = execFileSync(process.execPath, [path.join(import.meta.dirname, 'logging-service.ts')], {
  encoding: 'utf8',
});
const lines = output
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('the log', () => {
  it('has one JSON object per line, with service, level, time and message', () => {
    expect(lines[0]).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      name: 'things',
      service: 'things',
      port: 3000,
      msg: 'listening',
    });
  });

  it('omits lines below its level', () => {
    expect(output).not.toContain('not shown');
  });

  it('has the request id, and errors with their type and stack', () => {
    expect(lines[1]).toMatchObject({
      level: 'warn',
      requestId: 'request-1',
      err: { type: 'TypeError', message: 'broken', stack: expect.stringContaining('logging-service') },
      msg: 'in a request',
    });
    expect(lines[0]).not.toHaveProperty('requestId');
  });

  it('has the id of a trace', () => {
    const traced = lines.filter((line) => 'trace_id' in line);
    expect(traced).toMatchObject([{ msg: 'in a trace', trace_id: 'a'.repeat(32) }]);
  });

  it('redacts secrets at the top level and one level down', () => {
    expect(lines.slice(2, 4).map(({ msg }) => msg)).toEqual(['at the top', 'one level down']);
    expect(output).not.toContain('S3CRET');
    expect(lines[2]).toMatchObject({ password: '[redacted]', SESSION_KEYS: '[redacted]', email: 'shown' });
    expect(lines[3]).toMatchObject({ body: { paymentMethod: '[redacted]', email: 'shown' } });
  });

  it('has only the harmless fields of an error', () => {
    const refused = { type: 'ReplyError', message: 'WRONGPASS invalid' };
    expect(lines[4]).toMatchObject({ err: refused, msg: 'an error of a driver' });
    expect(lines[4]?.['err']).toEqual(refused);
    expect(lines[5]).toMatchObject({ err: { message: 'nats://[redacted]@bus', cause: refused } });
    expect(lines[5]).toMatchObject({ msg: 'nats://[redacted]@bus' });
  });
});
