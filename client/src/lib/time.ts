import { memo } from './memo.ts';

const LOCALE = 'en-GB';

// Creating a formatter takes longer than using it a hundred times, and a list needs many.
const format = memo((locale: string, options: Intl.DateTimeFormatOptions) => Intl.DateTimeFormat(locale, options));

const isZone = (zone: string): boolean => {
  try {
    format(LOCALE, { timeZone: zone });
    return true;
  } catch {
    return false;
  }
};

const zoneOr = (zone: string | undefined): string => (zone !== undefined && isZone(zone) ? zone : 'UTC');

/** The pieces of an event's date in its own zone, for a ticket's face. Memoized: it takes a dozen formats, and a list shows the same dates for days. */
export const eventDate = memo((instant: string, zone: string | undefined) => {
  const timeZone = zoneOr(zone);
  const part = (options: Intl.DateTimeFormatOptions) =>
    format(LOCALE, { timeZone, ...options }).format(new Date(instant));
  return {
    day: part({ day: 'numeric' }),
    month: part({ month: 'short' }).slice(0, 3),
    weekday: part({ weekday: 'short' }),
    year: part({ year: 'numeric' }),
    time: part({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
    zone: zoneName(instant, timeZone),
    long: part({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }),
  };
});

/** `CET`, `GMT-5`: the zone's short name at that instant. */
function zoneName(instant: string, timeZone: string): string {
  // Each English locale has the names of its own zones (CET, EST, AEDT); zones without a name are shown as an offset.
  const nameIn = (locale: string) =>
    format(locale, { timeZone, timeZoneName: 'short' })
      .formatToParts(new Date(instant))
      .find((part) => part.type === 'timeZoneName')?.value;
  const names = ['en-GB', 'en-US', 'en-AU', 'en-IN'].map(nameIn);
  return names.find((name) => name !== undefined && !/^(GMT|UTC)[+-]/.test(name)) ?? names[0] ?? timeZone;
}

/** `23 Nov 2026, 14:32 UTC` in the given zone. */
export function formatInstant(
  instant: string,
  { zone, withDate = true }: { zone: string; withDate?: boolean },
): string {
  const timeZone = zoneOr(zone);
  const text = format(LOCALE, {
    timeZone,
    hourCycle: 'h23',
    hour: '2-digit',
    minute: '2-digit',
    ...(withDate ? { day: 'numeric', month: 'short', year: 'numeric' } : {}),
  }).format(new Date(instant));
  return `${text} ${zoneName(instant, timeZone)}`;
}

/** `2026-12-04` of an instant in a zone. */
export function dateIn(instant: string, zone: string | undefined): string {
  return wallTime(instant, zone).slice(0, 10);
}

/** `2026-12-04T19:30`: what a datetime-local field shows for an instant in a zone. */
export function wallTime(instant: string, zone: string | undefined): string {
  const parts = format('en-CA', {
    timeZone: zoneOr(zone),
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  }).formatToParts(new Date(instant));
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? '';
  return `${of('year')}-${of('month')}-${of('day')}T${of('hour')}:${of('minute')}`;
}

/**
 * The instant, as ISO UTC, at which clocks in `zone` show `wall` (`2026-12-04T19:30`). For an hour that occurs twice it is
 * the first; for an hour that is skipped, the offset before it applies. Undefined when either can't be parsed.
 */
export function instantOf(wall: string, zone: string): string | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::\d{2}(?:\.\d+)?)?$/.exec(wall);
  if (!match || !isZone(zone)) return undefined;
  const asUtc = Date.parse(`${wall.slice(0, 16)}:00Z`);
  if (Number.isNaN(asUtc) || new Date(asUtc).toISOString().slice(0, 16) !== wall.slice(0, 16)) return undefined;
  const offsetAt = (time: number) => Date.parse(`${wallTime(new Date(time).toISOString(), zone)}:00Z`) - time;
  const DAY = 86_400_000;
  // The offset is one of those a day before and a day after; the earlier matching instant wins.
  const candidates = [offsetAt(asUtc - DAY), offsetAt(asUtc + DAY)]
    .map((offset) => asUtc - offset)
    .sort((a, b) => a - b);
  const exact = candidates.find((time) => time + offsetAt(time) === asUtc);
  return new Date(exact ?? asUtc - offsetAt(asUtc - DAY)).toISOString();
}

/** IANA zones by region, for a select. */
export function zonesByRegion(): Map<string, string[]> {
  const regions = new Map<string, string[]>([['Universal', ['UTC']]]);
  for (const zone of Intl.supportedValuesOf('timeZone')) {
    const slash = zone.indexOf('/');
    if (slash === -1) continue;
    const region = zone.slice(0, slash);
    regions.set(region, [...(regions.get(region) ?? []), zone]);
  }
  return regions;
}

/** Whether an event has started, by this server's clock; the services decide by theirs. */
export const hasStarted = ({ startsAt }: { startsAt?: string | undefined }): boolean =>
  startsAt !== undefined && Date.parse(startsAt) <= Date.now();

/** The seconds from `now`, in milliseconds, until an instant, rounded up; never below 0. */
export const secondsUntil = (instant: string, now: number): number =>
  Math.max(0, Math.ceil((Date.parse(instant) - now) / 1000));

/** `14:59`, `1:02:03`. */
export function clock(seconds: number): string {
  const left = Math.max(0, Math.ceil(seconds));
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(left / 3600);
  return `${hours > 0 ? `${hours}:` : ''}${two(Math.floor((left % 3600) / 60))}:${two(left % 60)}`;
}

/** `15 minutes`, `1 minute`, `90 seconds`. */
export function duration(seconds: number): string {
  const [value, unit] = seconds % 60 === 0 ? [seconds / 60, 'minute'] : [seconds, 'second'];
  return `${value} ${unit}${value === 1 ? '' : 's'}`;
}
