import { moneyProblem, optional, required, text, trimmed } from '@ticketing/common';
import type { Money, Test } from '@ticketing/common';
import { body } from 'express-validator';

const INSTANT =
  /^(\d{4})-(\d{2})-(\d{2})T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,3})?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
const TEN_YEARS_MS = 10 * 365.25 * 24 * 3600 * 1000;

/** A test for an instant in ISO 8601 with its offset. A day that the month doesn't have is refused, not carried over. */
export const isInstant: Test = (value) => {
  const problem = {
    code: 'invalid-instant',
    message: 'This must be a date and time with its offset, such as 2027-05-01T20:00:00Z.',
  };
  if (typeof value !== 'string') return problem;
  const [, year, month, day] = INSTANT.exec(value) ?? [];
  if (year === undefined) return problem;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day) ? undefined : problem;
};

export const utc = (value: string): string => new Date(value).toISOString();

const isFuture =
  (now: () => Date): Test =>
  (value) => {
    const problem = isInstant(value);
    if (problem) return problem;
    const ahead = new Date(value as string).getTime() - now().getTime();
    if (ahead <= 0) return { code: 'in-the-past', message: 'The event must start in the future.' };
    return ahead > TEN_YEARS_MS ? { code: 'too-far', message: 'The event must start within ten years.' } : undefined;
  };

const isTimeZone: Test = (value) => {
  const problem = { code: 'unknown-time-zone', message: 'This must be a time zone such as Europe/Berlin.' };
  // A zone's name, not a bare offset, which Intl takes as well: an offset knows nothing of summer time.
  if (typeof value !== 'string' || value.length > 64 || !/^[A-Za-z]/.test(value)) return problem;
  try {
    Intl.DateTimeFormat('en', { timeZone: value });
    return undefined;
  } catch {
    return problem;
  }
};

/** The body of a listing, as `Listing` has it. */
export const listingChains = (now: () => Date) => [
  required(body('title'), text({ max: 120 }), trimmed),
  required(
    body('price'),
    (value) => moneyProblem('price', value),
    ({ amount, currency }: Money) => ({ amount, currency }),
  ),
  optional(body('venue'), text({ max: 120 }), trimmed),
  optional(body('startsAt'), isFuture(now), utc),
  optional(body('timeZone'), isTimeZone),
  optional(body('notes'), text({ max: 1000, lines: true }), trimmed),
];
