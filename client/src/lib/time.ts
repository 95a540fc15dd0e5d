import { type Format, hasTwelveHours } from './formats.ts';
import { memo } from './memo.ts';

const LOCALE = 'en-GB';

// Creating a formatter takes longer than using it a hundred times, and a list needs many.
const format = memo((locale: string, options: Intl.DateTimeFormatOptions) => Intl.DateTimeFormat(locale, options));

/** Whether Intl knows a zone by this name. */
export const isZone = (zone: string): boolean => {
  try {
    format(LOCALE, { timeZone: zone });
    return true;
  } catch {
    return false;
  }
};

const zoneOr = (zone: string | undefined): string => (zone !== undefined && isZone(zone) ? zone : 'UTC');

/** The pieces of an event's date in its own zone, for a ticket's face. Memoized: it takes a dozen formats, and a list shows the same dates for days. */
export const eventDate = memo((instant: string, zone: string | undefined, locale: Format) => {
  const timeZone = zoneOr(zone);
  const part = (options: Intl.DateTimeFormatOptions) =>
    format(LOCALE, { timeZone, ...options }).format(new Date(instant));
  return {
    day: part({ day: 'numeric' }),
    month: part({ month: 'short' }).slice(0, 3),
    weekday: part({ weekday: 'short' }),
    year: part({ year: 'numeric' }),
    time: timeOfDay(instant, timeZone, locale),
    zone: zoneName(instant, timeZone),
    long: part({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }),
  };
});

/** `19:30`, `7:30 pm`: what clocks in a zone show. By hand, because browsers differ in the spaces and letters of twelve hours. */
function timeOfDay(instant: string, timeZone: string, locale: Format): string {
  const shown = format(LOCALE, { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(
    new Date(instant),
  );
  if (!hasTwelveHours(locale)) return shown;
  const [hour = 0, minute = 0] = shown.split(':').map(Number);
  return `${((hour + 11) % 12) + 1}:${String(minute).padStart(2, '0')}\u00a0${hour < 12 ? 'am' : 'pm'}`;
}

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
  { zone, locale, withDate = true }: { zone: string; locale: Format; withDate?: boolean },
): string {
  const timeZone = zoneOr(zone);
  const date = { timeZone, day: 'numeric', month: 'short', year: 'numeric' } as const;
  const day = withDate ? `${format(LOCALE, date).format(new Date(instant))}, ` : '';
  return `${day}${timeOfDay(instant, timeZone, locale)} ${zoneName(instant, timeZone)}`;
}

/**
 * `2026-12-04T19:30`, or `2026-12-04T19:30:15.250` where there are seconds: what clocks in a zone show at an instant, as in a
 * datetime-local field.
 */
export function wallTime(instant: string, zone: string | undefined): string {
  const parts = format('en-CA', {
    timeZone: zoneOr(zone),
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
  }).formatToParts(new Date(instant));
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? '';
  const day = `${of('year').padStart(4, '0')}-${of('month')}-${of('day')}`;
  return shortest(`${day}T${of('hour')}:${of('minute')}:${of('second')}.${of('fractionalSecond')}`);
}

/** A wall time without the seconds or the fraction that are zero. */
const shortest = (wall: string): string => wall.replace(/\.000$/, '').replace(/(T\d\d:\d\d):00$/, '$1');

/** A wall time as a browser sends it, in the spelling of `wallTime`. Undefined when there is no such date or time. */
export function readWall(typed: string): string | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?$/.test(typed)) return undefined;
  const time = Date.parse(`${typed}Z`);
  // Date carries a day that the month does not have over to the next month.
  if (Number.isNaN(time) || !new Date(time).toISOString().startsWith(typed.slice(0, 16))) return undefined;
  return shortest(new Date(time).toISOString().slice(0, -1));
}

const DAY = 86_400_000;

/**
 * Every instant, as ISO UTC, at which clocks in `zone` show `wall` (`2026-12-04T19:30`), the earliest first: one, two when
 * clocks go back over it, or none when they skip it. Undefined when either can't be parsed.
 */
export function instantsOf(wall: string, zone: string): string[] | undefined {
  const shown = readWall(wall);
  if (shown === undefined || !isZone(zone)) return undefined;
  const asUtc = Date.parse(`${shown}Z`);
  const offsetAt = (time: number) => Date.parse(`${wallTime(new Date(time).toISOString(), zone)}Z`) - time;
  // The offset is one of those a day before and a day after; there is none beyond the last year with four digits.
  return [...new Set([offsetAt(asUtc - DAY), offsetAt(asUtc + DAY)])]
    .map((offset) => asUtc - offset)
    .filter((time) => !Number.isNaN(time) && time + offsetAt(time) === asUtc)
    .sort((a, b) => a - b)
    .map((time) => new Date(time).toISOString());
}

// The zones that the tz database has renamed since Intl began to name them. Some browsers report the former name, some the
// current one.
const RENAMED: Partial<Record<string, string>> = {
  'Africa/Asmera': 'Africa/Asmara',
  'America/Buenos_Aires': 'America/Argentina/Buenos_Aires',
  'America/Catamarca': 'America/Argentina/Catamarca',
  'America/Coral_Harbour': 'America/Atikokan',
  'America/Cordoba': 'America/Argentina/Cordoba',
  'America/Godthab': 'America/Nuuk',
  'America/Indianapolis': 'America/Indiana/Indianapolis',
  'America/Jujuy': 'America/Argentina/Jujuy',
  'America/Louisville': 'America/Kentucky/Louisville',
  'America/Mendoza': 'America/Argentina/Mendoza',
  'Asia/Calcutta': 'Asia/Kolkata',
  'Asia/Katmandu': 'Asia/Kathmandu',
  'Asia/Rangoon': 'Asia/Yangon',
  'Asia/Saigon': 'Asia/Ho_Chi_Minh',
  'Atlantic/Faeroe': 'Atlantic/Faroe',
  'Etc/GMT': 'UTC',
  'Etc/UTC': 'UTC',
  'Europe/Kiev': 'Europe/Kyiv',
  GMT: 'UTC',
  'Pacific/Enderbury': 'Pacific/Kanton',
  'Pacific/Ponape': 'Pacific/Pohnpei',
  'Pacific/Truk': 'Pacific/Chuuk',
};

/** The current name of a zone in any of its spellings: `Asia/Kolkata` for `Asia/Calcutta`. Unknown names stay as they are. */
export const currentZone = memo((zone: string): string => {
  if (!isZone(zone)) return zone;
  // Intl knows the other names of a zone: `US/Eastern` is America/New_York.
  const { timeZone } = format(LOCALE, { timeZone: zone }).resolvedOptions();
  return RENAMED[timeZone] ?? timeZone;
});

/** The current names of the IANA zones by region, for a select. */
export function zonesByRegion(): Map<string, string[]> {
  const regions = new Map<string, string[]>([['Universal', ['UTC']]]);
  for (const zone of [...new Set(Intl.supportedValuesOf('timeZone').map(currentZone))].sort()) {
    const [region = '', place] = zone.split('/');
    // Bare offsets such as Etc/GMT+5 have no place.
    if (place === undefined || region === 'Etc') continue;
    regions.set(region, [...(regions.get(region) ?? []), zone]);
  }
  return regions;
}

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

/** `15 minutes`, `1 minute`, `90 seconds`: exactly as long. */
export function duration(seconds: number): string {
  const [value, unit] = seconds % 60 === 0 ? [seconds / 60, 'minute'] : [seconds, 'second'];
  return `${value} ${unit}${value === 1 ? '' : 's'}`;
}

/** The longest delay of a timer: with a longer one it ends at once. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** Calls `act` once the clock here has reached `time`, in milliseconds, however far ahead. Returns how to call it off. */
export function callAt(time: number, act: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const wait = () => {
    const left = time - Date.now();
    timer = left > MAX_DELAY_MS ? setTimeout(wait, MAX_DELAY_MS) : setTimeout(act, Math.max(0, left));
  };
  wait();
  return () => {
    clearTimeout(timer);
  };
}

/** How long to wait, rounded up as people count: `15 minutes` for 897 seconds, `3 hours`. */
export function waitText(seconds: number): string {
  if (seconds < 120) return duration(Math.ceil(seconds));
  return seconds < 7200 ? `${Math.ceil(seconds / 60)} minutes` : `${Math.ceil(seconds / 3600)} hours`;
}
