// The amounts that the payment provider accepts in each currency that we trade in. Browsers load this file too, so it imports nothing.

export interface Currency {
  /** How many decimals an amount in minor units has, by the provider's count, which Intl does not always share. */
  decimals: 0 | 2 | 3;
  /** The smallest amount of a payment, in minor units. */
  minimum: number;
  /** The largest amount of a payment, in minor units. */
  maximum: number;
  /** Every amount is a multiple of it, in minor units. */
  step: number;
}

/** The provider's limit of eight digits. */
const EIGHT_DIGITS = 99_999_999;

const twoDecimals = (minimum: number, others: Partial<Currency> = {}): Currency => ({
  decimals: 2,
  minimum,
  maximum: EIGHT_DIGITS,
  step: 1,
  ...others,
});
const noDecimals = (minimum: number): Currency => ({ decimals: 0, minimum, maximum: EIGHT_DIGITS, step: 1 });
/** The provider requires the last of three decimals to be 0. */
const threeDecimals = (minimum: number): Currency => ({ decimals: 3, minimum, maximum: 99_999_990, step: 10 });

/**
 * Each supported currency, the most used first. Where the provider publishes no minimum it requires the equivalent of half a US
 * dollar; those minimums are rounded up, because rates move.
 */
const LIMITS = {
  usd: twoDecimals(50),
  eur: twoDecimals(50),
  gbp: twoDecimals(30),
  jpy: noDecimals(50),
  aud: twoDecimals(50),
  cad: twoDecimals(50),
  chf: twoDecimals(50),
  sek: twoDecimals(300),
  nok: twoDecimals(300),
  dkk: twoDecimals(250),
  pln: twoDecimals(200),
  czk: twoDecimals(1500),
  // Fractions of a forint can be charged, though not paid out.
  huf: twoDecimals(17_500),
  ron: twoDecimals(200),
  rsd: twoDecimals(6000),
  // The króna has no fractions any more; the provider still counts hundredths of it.
  isk: twoDecimals(10_000, { step: 100, maximum: 99_999_900 }),
  try: twoDecimals(3000),
  uah: twoDecimals(2500),
  ils: twoDecimals(200),
  aed: twoDecimals(200),
  sar: twoDecimals(200),
  kwd: threeDecimals(200),
  bhd: threeDecimals(200),
  omr: threeDecimals(200),
  jod: threeDecimals(400),
  tnd: threeDecimals(2000),
  egp: twoDecimals(3000),
  mad: twoDecimals(600),
  ngn: twoDecimals(100_000),
  kes: twoDecimals(10_000),
  zar: twoDecimals(1000),
  inr: twoDecimals(50),
  cny: twoDecimals(400),
  hkd: twoDecimals(400),
  twd: twoDecimals(2000),
  krw: noDecimals(1000),
  sgd: twoDecimals(50),
  thb: twoDecimals(1000),
  myr: twoDecimals(200),
  idr: twoDecimals(1_000_000, { maximum: 999_999_999_999 }),
  php: twoDecimals(3500),
  vnd: noDecimals(15_000),
  nzd: twoDecimals(50),
  brl: twoDecimals(50),
  ars: twoDecimals(100_000),
  clp: noDecimals(600),
  cop: twoDecimals(250_000),
  mxn: twoDecimals(1000),
  pen: twoDecimals(200),
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
  const { decimals = 2 } = currencyOf(currency) ?? {};
  const isWhole = amount % 10 ** decimals === 0;
  const number = (amount / 10 ** decimals).toLocaleString('en-US', {
    minimumFractionDigits: isWhole ? 0 : decimals,
    maximumFractionDigits: decimals,
  });
  return `${number} ${currency.toUpperCase()}`;
}
