import type { LedgerType } from './payment-intents.ts';

/** One movement of money. `at` is ISO 8601, `amount` minor units; `orderId` comes from the intent's metadata. */
export type LedgerEntry = {
  at: string;
  type: LedgerType;
  paymentIntent: string;
  orderId: string | null;
  amount: number;
  currency: string;
  idempotencyKey: string | null;
};

const TYPES: readonly LedgerType[] = ['authorized', 'captured', 'voided', 'declined', 'dropped'];

/** The count and the sums by currency, in minor units, of each type of entry. */
export function totals(entries: readonly LedgerEntry[]) {
  const all = Object.fromEntries(TYPES.map((type) => [type, { count: 0, amounts: {} }])) as Record<
    LedgerType,
    { count: number; amounts: Record<string, number> }
  >;
  for (const { type, amount, currency } of entries) {
    all[type].count += 1;
    all[type].amounts[currency] = (all[type].amounts[currency] ?? 0) + amount;
  }
  return all;
}

/** The entries of one order with `{ count, amount }` for each type, amounts in minor units. */
export function summaryOf(orderId: string, entries: readonly LedgerEntry[]) {
  const sums = TYPES.map((type) => {
    const some = entries.filter((entry) => entry.type === type);
    return [type, { count: some.length, amount: some.reduce((sum, entry) => sum + entry.amount, 0) }];
  });
  return {
    orderId,
    currencies: [...new Set(entries.map((entry) => entry.currency))],
    ...(Object.fromEntries(sums) as Record<LedgerType, { count: number; amount: number }>),
    entries,
  };
}
