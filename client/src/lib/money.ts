import { decimalsOf } from '@ticketing/common/decimals';
import type { Money } from '@/api/types.ts';
import type { Format } from './formats.ts';
import { memo } from './memo.ts';

// Creating a formatter takes longer than using it a hundred times, and a list needs many.
const moneyFormat = memo((format: string, currency: string, decimals: number, shown: number) =>
  Intl.NumberFormat(format, {
    style: 'currency',
    currency: currency.toUpperCase(),
    minimumFractionDigits: shown,
    maximumFractionDigits: decimals,
  }),
);

/** The sign of a currency, the same for everybody: `$` is one dollar here, whichever other dollars a visitor's country has. */
const signOf = memo(
  (currency: string): string =>
    moneyFormat('en-US', currency, 0, 0)
      .formatToParts(0)
      .find(({ type }) => type === 'currency')?.value ?? currency.toUpperCase(),
);

/** `$49.50`, `¥6,500`, `1.250 €`: minor units shown as people write them, whole sums without decimals. */
export function formatMoney({ amount, currency }: Money, format: Format): string {
  const decimals = decimalsOf(currency);
  const whole = amount % 10 ** decimals === 0;
  // As text, because a division would round large amounts.
  return moneyFormat(format, currency, decimals, whole ? 0 : decimals)
    .formatToParts(plainAmount({ amount, currency }) as Intl.StringNumericLiteral)
    .map(({ type, value }) => (type === 'currency' ? signOf(currency) : value))
    .join('');
}

/** Prices as people may type them in a currency: `49 or 49.50`. */
export function priceExamples(currency: string): string {
  const decimals = decimalsOf(currency);
  return decimals === 0 ? '4500' : `49 or 49.${'5'.padEnd(decimals, '0')}`;
}

/** `49.50`: minor units for an input field. */
export function plainAmount({ amount, currency }: Money): string {
  const decimals = decimalsOf(currency);
  if (decimals === 0) return String(amount);
  const digits = String(amount).padStart(decimals + 1, '0');
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/** `US dollar`; of what is not a currency, the code itself. */
export function currencyName(currency: string): string {
  const code = currency.toUpperCase();
  return (/^[A-Z]{3}$/.test(code) ? new Intl.DisplayNames('en', { type: 'currency' }).of(code) : undefined) ?? code;
}

// What people write for a currency that Intl does not know.
const OTHER_SIGNS: Partial<Record<string, string[]>> = {
  usd: ['us$'],
  cad: ['c$'],
  sgd: ['s$'],
  chf: ['fr', 'sfr'],
  pln: ['zl'],
  czk: ['kc'],
  ron: ['leu'],
  rsd: ['din', 'дин'],
  try: ['tl'],
  uah: ['грн'],
  aed: ['dh', 'dhs'],
  kwd: ['kd'],
  bhd: ['bd'],
  omr: ['ro'],
  jod: ['jd'],
  tnd: ['dt'],
  mad: ['dh', 'dhs'],
  inr: ['rs'],
  jpy: ['円', 'yen'],
  cny: ['元', 'rmb'],
  hkd: ['元'],
  twd: ['元'],
  krw: ['원', 'won'],
  vnd: ['đ'],
};

const bareSign = (sign: string): string =>
  sign
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s.\p{Cf}]/gu, '');

/** The signs and names that people write beside an amount in a currency, in English and where it is the currency. */
const signsOf = memo((currency: string): ReadonlySet<string> => {
  const code = currency.toUpperCase();
  if (!/^[A-Z]{3}$/.test(code)) return new Set();
  // The first two letters of a currency's code are those of its country.
  const local = new Intl.Locale(`und-${code.slice(0, 2)}`).maximize();
  const signs = ['en', `${local.language}-${code.slice(0, 2)}`].flatMap((locale) =>
    (['symbol', 'narrowSymbol', 'name'] as const).map(
      (currencyDisplay) =>
        new Intl.NumberFormat(locale, { style: 'currency', currency: code, currencyDisplay })
          .formatToParts(2)
          .find(({ type }) => type === 'currency')?.value ?? code,
    ),
  );
  return new Set([code, ...signs, ...(OTHER_SIGNS[currency] ?? [])].map(bareSign));
});

// A whole number, or thousands in groups with one separator, the first of which has no leading zero; then a fraction of one or two
// digits, or of up to three where the currency has as many.
const WHOLE = /(?:\d+|[1-9]\d{0,2}(?:([.,'’_ ])\d{3})(?:\1\d{3})*)/.source;
const NUMBER = new RegExp(`^${WHOLE}(?:([.,])(\\d{1,2}))?$`);
const NUMBER_IN_THOUSANDTHS = new RegExp(`^${WHOLE}(?:([.,])(\\d{1,3}))?$`);

/** With three decimals `1.250` is a little more than one, as we write it; `1,250` may also be a thousand and more. */
const isThousandOrFraction = (number: string): boolean => /^[1-9]\d{0,2},\d{3}$/.test(number);

/**
 * Minor units out of a price as people type it: `49`, `49.5`, `$1,250.00`, `1.250,00 €`, `1 250`. A problem when it has the sign
 * of another currency, or when it can't be read in one way only, has more decimals than the currency, or is too large to count
 * exactly.
 */
export function readPrice(
  typed: string,
  currency: string,
): { amount: number } | { problem: 'unclear' | 'other-currency' } {
  const unclear = { problem: 'unclear' } as const;
  const decimals = decimalsOf(currency);
  const [, before = '', number = '', after = ''] =
    /^(\D*)(\d.*\d|\d)(\D*)$/s.exec(typed.normalize('NFKC').trim()) ?? [];
  const match = (decimals === 3 ? NUMBER_IN_THOUSANDTHS : NUMBER).exec(number);
  if (match === null || (decimals === 3 && isThousandOrFraction(number))) return unclear;
  const [, group, point, fraction = ''] = match;
  if (fraction.length > decimals || (point !== undefined && point === group)) return unclear;
  const signs = [before, after].map((sign) => sign.trim()).filter((sign) => sign !== '');
  // Anything but a word or a sign, such as a minus, may change what the number means.
  if (!signs.every((sign) => /^[\p{L}\p{Sc}][\p{L}\p{M}\p{Sc}\p{Cf}\s./]*$/u.test(sign))) return unclear;
  if (!signs.every((sign) => signsOf(currency).has(bareSign(sign)))) return { problem: 'other-currency' };
  const whole = (point === undefined ? number : number.slice(0, number.lastIndexOf(point))).replace(/\D/g, '');
  const amount = Number(whole + fraction.padEnd(decimals, '0'));
  return Number.isSafeInteger(amount) ? { amount } : unclear;
}

/** The minor units of a price as `readPrice` reads it; undefined when it has a problem. */
export function parsePrice(typed: string, currency: string): number | undefined {
  const reading = readPrice(typed, currency);
  return 'amount' in reading ? reading.amount : undefined;
}
