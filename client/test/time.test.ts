import { describe, expect, it } from '@jest/globals';
import { clock, duration, instantOf, wallTime } from '../src/lib/time.ts';

describe('instantOf', () => {
  it.each([
    ['2026-12-04T19:30', 'Europe/London', '2026-12-04T19:30:00.000Z'],
    ['2026-07-04T19:30', 'Europe/London', '2026-07-04T18:30:00.000Z'],
    ['2026-12-04T19:30', 'America/New_York', '2026-12-05T00:30:00.000Z'],
    ['2026-12-04T19:30', 'Asia/Kathmandu', '2026-12-04T13:45:00.000Z'],
    ['2026-12-04T01:00', 'Pacific/Kiritimati', '2026-12-03T11:00:00.000Z'],
    // This hour comes twice: the first counts.
    ['2026-10-25T02:30', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'],
    // This hour is skipped: counted on from before it.
    ['2026-03-29T02:30', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'],
  ])('converts %s in %s to one instant', (wall, zone, instant) => {
    expect(instantOf(wall, zone)).toBe(instant);
  });

  it.each(['2026-03-10T08:00:00.000Z', '2026-10-25T00:30:00.000Z', '2030-01-01T00:00:00.000Z'])(
    'inverts wallTime for %s in every zone',
    (instant) => {
      for (const zone of ['UTC', 'Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe'])
        expect(instantOf(wallTime(instant, zone), zone)).toBe(instant);
    },
  );

  it.each(['2026-02-30T10:00', '2026-13-01T10:00', 'tomorrow', '', '2026-12-04T25:00'])(
    'refuses %s and unknown zones',
    (wall) => {
      expect(instantOf(wall, 'UTC')).toBeUndefined();
      expect(instantOf('2026-12-04T10:00', 'Nowhere/At_All')).toBeUndefined();
    },
  );
});

describe('clock and duration', () => {
  it('write time in minutes and seconds', () => {
    expect([clock(899.2), clock(60), clock(0.1), clock(-3), clock(3723)]).toEqual([
      '15:00',
      '01:00',
      '00:01',
      '00:00',
      '1:02:03',
    ]);
    expect([duration(900), duration(60), duration(6)]).toEqual(['15 minutes', '1 minute', '6 seconds']);
  });
});
