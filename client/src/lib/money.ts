import { currencyOf } from '@ticketing/common/currencies';
import type { Money } from '@/api/types.ts';
import { memo } from './memo.ts';

export { CURRENCIES, currencyOf, MAX_AMOUNT, priceProblem } from '@ticketing/common/currencies';

/** How many decimals the minor unit of a currency stands for. */
const decimalsOf = (currency: string): number => currencyOf(currency)?.decimals ?? 2;

// Creating a formatter takes longer than using it a hundred times, and a list needs many.
const moneyFormat = memo((currency: string, decimals: number, shown: number) =>
  Intl.NumberFormat('en-US', {
    style: 'currency',
    currency: currency.toUpperCase(),
    minimumFractionDigits: shown,
    maximumFractionDigits: decimals,
  }),
);

/** `$49.50`, `¥6,500`, `£1,250`: minor units shown as people write them, whole sums without decimals. */
export function formatMoney({ amount, currency }: Money): string {
  const decimals = decimalsOf(currency);
  const whole = amount % 10 ** decimals === 0;
  // As text, because a division would round large amounts.
  return moneyFormat(currency, decimals, whole ? 0 : decimals).format(
    plainAmount({ amount, currency }) as Intl.StringNumericLiteral,
  );
}

/** `49.50`: minor units for an input field. */
export function plainAmount({ amount, currency }: Money): string {
  const decimals = decimalsOf(currency);
  if (decimals === 0) return String(amount);
  const digits = String(amount).padStart(decimals + 1, '0');
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/** `US dollar`. */
export const currencyName = (currency: string): string =>
  new Intl.DisplayNames('en', { type: 'currency' }).of(currency.toUpperCase()) ?? currency.toUpperCase();

/**
 * Minor units out of a price as people type it: `49`, `49.5`, `$1,250.00`, `1.250,00 €`, `1 250`. Undefined when it can't
 * be read in one way only, has more decimals than the currency, or is too large to count exactly.
 */
export function parsePrice(typed: string, currency: string): number | undefined {
  const decimals = decimalsOf(currency);
  const bare = typed
    .normalize('NFKC')
    .replace(/\p{Sc}/gu, '')
    .replace(/[\s'’_]/g, '')
    .replace(/^[A-Za-z]{1,3}\$?|[A-Za-z]{2,3}$/g, '');
  if (!/^\d[\d.,]*$/.test(bare)) return undefined;
  const parts = bare.split(/[.,]/);
  const separators = bare.replace(/\d/g, '');
  const last = parts.at(-1) ?? '';
  // A separator before the last one or two digits is the decimal one; one before three digits separates thousands.
  const hasFraction = separators !== '' && last.length !== 3;
  const fraction = hasFraction ? last : '';
  const groups = hasFraction ? parts.slice(0, -1) : parts;
  const grouping = hasFraction ? separators.slice(0, -1) : separators;
  if (fraction.length > decimals || (hasFraction && fraction === '')) return undefined;
  if (new Set(grouping).size > 1 || (hasFraction && grouping.includes(separators.slice(-1)))) return undefined;
  if (groups.length > 1 && !(/^\d{1,3}$/.test(groups[0] ?? '') && groups.slice(1).every((part) => part.length === 3)))
    return undefined;
  const amount = Number(groups.join('') + fraction.padEnd(decimals, '0'));
  return Number.isSafeInteger(amount) ? amount : undefined;
}
