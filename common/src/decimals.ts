// How many decimals the currencies have that we trade in. Apart from their limits, because browsers load this file on every page with a
// price; it imports nothing.

const OTHER_THAN_TWO: Record<string, 0 | 3> = {
  ...{ jpy: 0, krw: 0, vnd: 0, clp: 0 },
  ...{ kwd: 3, bhd: 3, omr: 3, jod: 3, tnd: 3 },
};

/** How many decimals an amount in minor units has, by the payment provider's count, which Intl does not always share. */
export const decimalsOf = (currency: string): 0 | 2 | 3 =>
  Object.hasOwn(OTHER_THAN_TWO, currency) ? (OTHER_THAN_TWO[currency] ?? 2) : 2;
