// The amounts that the payment provider accepts in each currency that we trade in. Browsers load this file too, so it imports only
// what they load anyway.
import { decimalsOf } from './decimals.ts';

export interface Currency {
  /** The smallest amount of a payment, in minor units. */
  minimum: number;
  /** The largest amount of a payment, in minor units. */
  maximum: number;
  /** Every amount is a multiple of it, in minor units. */
  step: number;
}

/** The provider's limit of eight digits. */
const EIGHT_DIGITS = 99_999_999;

const from = (minimum: number, others: Partial<Currency> = {}): Currency => ({
  minimum,
  maximum: EIGHT_DIGITS,
  step: 1,
  ...others,
});
/** The provider requires the last of three decimals to be 0. */
const threeDecimals = (minimum: number): Currency => from(minimum, { maximum: 99_999_990, step: 10 });

/**
 * Each supported currency, the most used first. Where the provider publishes no minimum it requires the equivalent of half a US
 * dollar; those minimums are rounded up, because rates move.
 */
const LIMITS = {
  usd: from(50),
  eur: from(50),
  gbp: from(30),
  jpy: from(50),
  aud: from(50),
  cad: from(50),
  chf: from(50),
  sek: from(300),
  nok: from(300),
  dkk: from(250),
  pln: from(200),
  czk: from(1500),
  // Fractions of a forint can be charged, though not paid out.
  huf: from(17_500),
  ron: from(200),
  rsd: from(6000),
  // The króna has no fractions any more; the provider still counts hundredths of it.
  isk: from(10_000, { step: 100, maximum: 99_999_900 }),
  try: from(3000),
  uah: from(2500),
  ils: from(200),
  aed: from(200),
  sar: from(200),
  kwd: threeDecimals(200),
  bhd: threeDecimals(200),
  omr: threeDecimals(200),
  jod: threeDecimals(400),
  tnd: threeDecimals(2000),
  egp: from(3000),
  mad: from(600),
  ngn: from(100_000),
  kes: from(10_000),
  zar: from(1000),
  inr: from(50),
  cny: from(400),
  hkd: from(400),
  twd: from(2000),
  krw: from(1000),
  sgd: from(50),
  thb: from(1000),
  myr: from(200),
  idr: from(1_000_000, { maximum: 999_999_999_999 }),
  php: from(3500),
  vnd: from(15_000),
  nzd: from(50),
  brl: from(50),
  ars: from(100_000),
  clp: from(600),
  cop: from(250_000),
  mxn: from(1000),
  pen: from(200),
} as const satisfies Record<string, Currency>;

export type CurrencyCode = keyof typeof LIMITS;

/** The codes of the supported currencies, the most used first. */
export const CURRENCIES = Object.keys(LIMITS) as [CurrencyCode, ...CurrencyCode[]];

/** The largest amount in any currency, in minor units. */
export const MAX_AMOUNT = Math.max(...Object.values(LIMITS).map(({ maximum }) => maximum));

/** The limits of a currency; undefined for one that is not supported. */
export const currencyOf = (code: string): Currency | undefined =>
  Object.hasOwn(LIMITS, code) ? LIMITS[code as CurrencyCode] : undefined;

interface Amount {
  amount: number;
  currency: string;
}

/** Why the payment provider would refuse a price: a code, and a message that gives the limit. Undefined when it would not. */
export function priceProblem({ amount, currency }: Amount): { code: string; message: string } | undefined {
  const limits = currencyOf(currency);
  if (limits === undefined)
    return { code: 'unknown-currency', message: 'The currency must be a lower-case ISO 4217 code that we trade in.' };
  const { minimum, maximum, step } = limits;
  if (amount < minimum)
    return {
      code: 'out-of-range',
      message: `The price must be at least ${amountText({ amount: minimum, currency })}.`,
    };
  if (amount > maximum)
    return { code: 'out-of-range', message: `The price must be at most ${amountText({ amount: maximum, currency })}.` };
  if (amount % step !== 0)
    return {
      code: 'not-a-multiple',
      message: `The price must be a multiple of ${amountText({ amount: step, currency })}.`,
    };
  return undefined;
}

/** `999,999.99 USD`, `100 ISK`: whole amounts without decimals. */
export function amountText({ amount, currency }: Amount): string {
  const decimals = decimalsOf(currency);
  const isWhole = amount % 10 ** decimals === 0;
  const number = (amount / 10 ** decimals).toLocaleString('en-US', {
    minimumFractionDigits: isWhole ? 0 : decimals,
    maximumFractionDigits: decimals,
  });
  return `${number} ${currency.toUpperCase()}`;
}
