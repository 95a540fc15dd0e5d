// The indexes of the list (docs/adr/0019). Each has its tickets in one sort order, or those with a word, and holds every field that
// the list is filtered and sorted by, so that only the tickets of a page are read.
import type { SORT_NAMES } from '../routes/api.ts';

export const PRICE = 'price.amount';
export const CURRENCY = 'price.currency';

export type ListIndex = Readonly<Record<string, 1 | -1>>;
type ListIndexes = Readonly<Record<(typeof SORT_NAMES)[number], ListIndex>>;

const HELD = ['status', CURRENCY, PRICE, 'closesAt', 'day', 'searchText', '_id'];

/** The index that begins with these fields. */
const holding = (fields: ListIndex): ListIndex => ({
  ...fields,
  ...Object.fromEntries(HELD.filter((field) => !(field in fields)).map((field) => [field, 1 as const])),
});

/** The indexes for the sort orders of tickets that have the same values in `fields`. */
const inEachOrder = (fields: ListIndex, price: ListIndex): ListIndexes => ({
  newest: holding({ ...fields, _id: -1 }),
  price,
  '-price': price,
  soonest: holding({ ...fields, closesAt: 1, _id: 1 }),
});
const byPrice = (fields: ListIndex) => holding({ ...fields, [CURRENCY]: 1, [PRICE]: 1, _id: 1 });

/** For all tickets that are listed, for those in one currency, and for those with one facet. */
export const ALL = inEachOrder({ status: 1 }, byPrice({ status: 1 }));
export const WITH_CURRENCY = inEachOrder({ [CURRENCY]: 1 }, ALL.price);
export const WITH_FACET = inEachOrder({ facets: 1 }, byPrice({ facets: 1 }));

/** For those with a word. */
export const WITH_WORD = holding({ keywords: 1 });
