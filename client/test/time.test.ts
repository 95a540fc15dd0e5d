import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  callAt,
  clock,
  currentZone,
  duration,
  instantsOf,
  isZone,
  readWall,
  waitText,
  wallTime,
  zonesByRegion,
} from '../src/lib/time.ts';
import { FURTHER_ZONE_NAMES, zoneNames } from './zone-names.ts';

describe('instantsOf', () => {
  it.each([
    ['2026-12-04T19:30', 'Europe/London', ['2026-12-04T19:30:00.000Z']],
    ['2026-07-04T19:30', 'Europe/London', ['2026-07-04T18:30:00.000Z']],
    ['2026-12-04T19:30', 'America/New_York', ['2026-12-05T00:30:00.000Z']],
    ['2026-12-04T19:30', 'Asia/Kathmandu', ['2026-12-04T13:45:00.000Z']],
    ['2026-12-04T01:00', 'Pacific/Kiritimati', ['2026-12-03T11:00:00.000Z']],
    ['2026-12-04T19:30:15', 'Europe/London', ['2026-12-04T19:30:15.000Z']],
    ['2026-12-04T19:30:15.25', 'Europe/London', ['2026-12-04T19:30:15.250Z']],
    ['9999-12-31T23:59', 'Asia/Tokyo', ['9999-12-31T14:59:00.000Z']],
    ['0001-01-01T10:00', 'UTC', ['0001-01-01T10:00:00.000Z']],
  ])('converts %s in %s to one instant', (wall, zone, instants) => {
    expect(instantsOf(wall, zone)).toEqual(instants);
  });

  it('has both instants of an hour that comes twice, and none of one that is skipped', () => {
    expect(instantsOf('2026-10-25T02:30', 'Europe/Berlin')).toEqual([
      '2026-10-25T00:30:00.000Z',
      '2026-10-25T01:30:00.000Z',
    ]);
    expect(instantsOf('2026-03-29T02:30', 'Europe/Berlin')).toEqual([]);
    // Clocks on Lord Howe Island move by half an hour.
    expect(instantsOf('2026-10-04T02:15', 'Australia/Lord_Howe')).toEqual([]);
    expect(instantsOf('2026-04-05T01:45', 'Australia/Lord_Howe')).toHaveLength(2);
  });

  it.each(['2026-03-10T08:00:00.000Z', '2026-10-25T00:30:59.999Z', '2030-01-01T00:00:07.000Z'])(
    'inverts wallTime for %s in every zone',
    (instant) => {
      for (const zone of zoneNames()) expect(instantsOf(wallTime(instant, zone), zone)).toContain(instant);
    },
  );

  it.each(['2026-02-30T10:00', '2026-13-01T10:00', 'tomorrow', '', '2026-12-04T25:00', '12026-12-04T10:00'])(
    'refuses %s and unknown zones',
    (wall) => {
      expect(instantsOf(wall, 'UTC')).toBeUndefined();
      expect(instantsOf('2026-12-04T10:00', 'Nowhere/At_All')).toBeUndefined();
    },
  );
});

describe('readWall', () => {
  it('gives a time one spelling, however a browser writes its seconds', () => {
    for (const typed of ['2026-12-04T19:30', '2026-12-04T19:30:00', '2026-12-04T19:30:00.000'])
      expect(readWall(typed)).toBe('2026-12-04T19:30');
    for (const typed of ['2026-12-04T19:30:15.25', '2026-12-04T19:30:15.250'])
      expect(readWall(typed)).toBe(wallTime('2026-12-04T19:30:15.250Z', 'UTC'));
  });
});

describe('zones', () => {
  it.each([
    ['Asia/Calcutta', 'Asia/Kolkata'],
    ['Europe/Kiev', 'Europe/Kyiv'],
    ['America/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
    ['US/Eastern', 'America/New_York'],
    ['europe/berlin', 'Europe/Berlin'],
    ['Etc/UTC', 'UTC'],
    ['GMT', 'UTC'],
  ])('%s and %s are one zone', (former, current) => {
    expect([currentZone(former), currentZone(current)]).toEqual([current, current]);
  });

  it('keep a name that is not known', () => {
    expect(currentZone('Mars/Olympus')).toBe('Mars/Olympus');
  });

  it('are all offered by their current names, in regions, each once', () => {
    const offered = [...zonesByRegion().values()].flat();
    expect(new Set(offered).size).toBe(offered.length);
    expect(offered.filter((name) => currentZone(name) !== name)).toEqual([]);
    expect([...zonesByRegion().keys()]).toContain('Europe');
    // Every place is found by the name that a browser reports for it; what is left has no place.
    const missing = zoneNames().filter((name) => isZone(name) && !offered.includes(currentZone(name)));
    expect(missing.filter((name) => !/^(Etc\/|[A-Z0-9]+$)/.test(name))).toEqual([]);
    expect(FURTHER_ZONE_NAMES).toEqual(expect.arrayContaining(['Asia/Kolkata', 'Europe/Kyiv', 'US/Eastern']));
  });
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

  it.each([
    [1, '1 second'],
    [59.2, '1 minute'],
    [90, '90 seconds'],
    [121, '3 minutes'],
    [897, '15 minutes'],
    [7199, '120 minutes'],
    [7201, '3 hours'],
    [86_400, '24 hours'],
  ])('write %d seconds to wait as %s', (seconds, text) => {
    expect(waitText(seconds)).toBe(text);
  });
});

describe('a call at an instant', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it.each([
    ['in a minute', 60_000],
    ['in a hundred days, further ahead than a timer reaches', 100 * 86_400_000],
  ])('comes then and not before: %s', (_, ms) => {
    const called = jest.fn();
    callAt(Date.now() + ms, called);
    jest.advanceTimersByTime(ms - 1);
    expect(called).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1);
    expect(called).toHaveBeenCalledTimes(1);
  });

  it('comes at once for an instant that has passed, and never once it is called off', () => {
    const [late, off] = [jest.fn(), jest.fn()];
    callAt(Date.now() - 1, late);
    callAt(Date.now() + 1000, off)();
    jest.advanceTimersByTime(2000);
    expect([late.mock.calls.length, off.mock.calls.length]).toEqual([1, 0]);
  });
});
