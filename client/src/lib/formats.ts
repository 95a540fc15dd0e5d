import { memo } from './memo.ts';

/**
 * How numbers and clocks are written for a visitor: as in this locale. The words of the pages, and the names of months and days among
 * them, are English for everybody. Few formats, so that visitors share rendered pages.
 */
export const FORMATS = ['en-GB', 'en-US', 'de-DE', 'el-GR', 'fr-FR', 'nl-NL', 'es-CO', 'de-CH', 'en-IN'] as const;
export type Format = (typeof FORMATS)[number];

/** For visitors of whom nothing is known, and for what is the same for everybody. */
export const DEFAULT_FORMAT: Format = 'en-GB';

/** The formats whose clocks have twelve hours. A list, because browsers may know another one than this server. */
const TWELVE_HOURS: ReadonlySet<Format> = new Set(['en-US', 'el-GR', 'es-CO', 'en-IN']);

/** Whether clocks have twelve hours in a format. */
export const hasTwelveHours = (format: Format): boolean => TWELVE_HOURS.has(format);

/** An amount as a locale writes it, with the same sign and spaces for all: `1.234.567,80 ¤`. */
const amountIn = memo((locale: string, withSign: boolean): string =>
  Intl.NumberFormat(locale, { style: 'currency', currency: 'EUR', numberingSystem: 'latn' })
    .formatToParts(1_234_567.8)
    .map(({ type, value }) => (type === 'currency' ? '¤' : value.replace(/\p{Cf}/gu, '').replace(/\s/g, ' ')))
    .filter((part) => withSign || !/[¤]|^ ?$/.test(part))
    .join(''),
);

/** The format that writes clocks as this locale does, and numbers as nearly as possible. */
const nearest = memo((locale: string): Format => {
  const { hour12 = false } = Intl.DateTimeFormat(locale, { hour: 'numeric' }).resolvedOptions();
  const near = FORMATS.filter((format) => hasTwelveHours(format) === hour12);
  const alike = (withSign: boolean) => near.find((format) => amountIn(format, withSign) === amountIn(locale, withSign));
  return alike(true) ?? alike(false) ?? (hour12 ? 'en-US' : DEFAULT_FORMAT);
});

/** A language, perhaps with its script and its region. Extensions could ask for other digits or calendars. */
const LANGUAGE = /^[a-z]{2,3}(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?$/;
const LONGEST_HEADER = 200;

/** The format for a visitor with this Accept-Language: that of the first language in it that is known. */
export const formatFor = (acceptLanguage: string | null | undefined): Format =>
  formatOf((acceptLanguage ?? '').slice(0, LONGEST_HEADER).toLowerCase());

const formatOf = memo((header: string): Format => {
  const wanted = header
    .split(',')
    .map((range) => {
      const [tag = '', ...parameters] = range.split(';').map((part) => part.trim());
      const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1';
      return { tag, quality: Number(quality) };
    })
    .filter(({ tag, quality }) => quality > 0 && LANGUAGE.test(tag))
    .sort((a, b) => b.quality - a.quality);
  const known = wanted.find(({ tag }) => Intl.NumberFormat.supportedLocalesOf(tag).length > 0);
  return known === undefined ? DEFAULT_FORMAT : nearest(known.tag);
});

/** A number as people read it. */
export const formatNumber = (value: number, format: Format): string => numberFormat(format).format(value);

const numberFormat = memo((format: Format) => Intl.NumberFormat(format, { maximumFractionDigits: 1 }));
