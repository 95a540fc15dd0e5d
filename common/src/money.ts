import type { Problem } from './errors.ts';

/** Minor units (cents; yen for jpy) as an integer, and a lower-case ISO 4217 code. */
export interface Money {
  amount: number;
  currency: string;
}

/** The currencies a listing may be in. The payment provider must support every one of them. */
export const CURRENCIES = [
  ...['aed', 'ars', 'aud', 'brl', 'cad', 'chf', 'clp', 'cny', 'cop', 'czk', 'dkk', 'egp', 'eur', 'gbp', 'hkd', 'huf'],
  ...['idr', 'ils', 'inr', 'isk', 'jpy', 'kes', 'krw', 'mad', 'mxn', 'myr', 'ngn', 'nok', 'nzd', 'pen', 'php', 'pln'],
  ...['ron', 'rsd', 'sar', 'sek', 'sgd', 'thb', 'try', 'twd', 'uah', 'usd', 'vnd', 'zar'],
] as const;

/** The largest amount, in minor units, that the provider takes in one payment. */
export const MAX_AMOUNT = 99_999_999;

const known = new Set<string>(CURRENCIES);

/** What is wrong with an amount in minor units, if anything. */
export function amountProblem(value: unknown): Problem | undefined {
  if (typeof value !== 'number')
    return { code: 'invalid-type', message: 'The amount must be a number of minor units, such as cents.' };
  if (!Number.isSafeInteger(value))
    return { code: 'not-an-integer', message: 'The amount must be a whole number of minor units, such as cents.' };
  if (value < 1 || value > MAX_AMOUNT)
    return { code: 'out-of-range', message: `The amount must be from 1 to ${MAX_AMOUNT} minor units.` };
  return undefined;
}

/** What is wrong with a currency code, if anything. */
export function currencyProblem(value: unknown): Problem | undefined {
  if (typeof value !== 'string') return { code: 'invalid-type', message: 'The currency must be text.' };
  if (!known.has(value))
    return {
      code: 'unknown-currency',
      message: 'The currency must be a lower-case ISO 4217 code that we trade in, such as usd.',
    };
  return undefined;
}

export const sameMoney = (a: Money, b: Money): boolean => a.amount === b.amount && a.currency === b.currency;

/** What is wrong with `{ amount, currency }` sent as `field`, if anything. */
export function moneyProblem(field: string, value: unknown): Problem | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { code: 'invalid-type', message: `${field} must be an object with amount and currency.` };
  const { amount, currency, ...unknown } = value as Record<string, unknown>;
  const [stranger] = Object.keys(unknown);
  if (stranger !== undefined)
    return {
      code: 'unknown-field',
      message: `${field}.${stranger} is not a known field.`,
      field: `${field}.${stranger}`,
    };
  for (const [name, part, problemOf] of [
    ['amount', amount, amountProblem],
    ['currency', currency, currencyProblem],
  ] as const) {
    const path = `${field}.${name}`;
    if (part === undefined || part === null) return { code: 'required', message: `${path} is required.`, field: path };
    const problem = problemOf(part);
    if (problem) return { ...problem, field: path };
  }
  return undefined;
}
