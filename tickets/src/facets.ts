import type { Listing } from '@ticketing/common';
import { cityKey } from './words.ts';

/** What the list can be filtered by besides prices, dates and words. */
interface Facets {
  category?: string | undefined;
  city?: string | undefined;
  currency?: string | undefined;
}

const keyOf = ({ category = '', city = '', currency = '' }: Facets): string => `${category}|${city}|${currency}`;

/**
 * The key of every filter by category or city that finds a listing, with and without its currency, so that each filter is one
 * point of an index, in any sort order. Undefined for a listing that no such filter finds.
 */
export function facetKeys({ category, city, price: { currency } }: Listing): string[] | undefined {
  const key = city === undefined ? '' : cityKey(city);
  const places = key === '' ? [] : [{ city: key }];
  const kinds = category === undefined ? [] : [{ category }];
  const found = [...kinds, ...places, ...kinds.flatMap((kind) => places.map((place) => ({ ...kind, ...place })))];
  return found.length === 0 ? undefined : found.flatMap((facets) => [keyOf(facets), keyOf({ ...facets, currency })]);
}

/**
 * The key of a query's filters by category and city; undefined without them. `null` for a city without a letter or a digit, in which
 * nothing is found.
 */
export function facetKey({ category, city, currency }: Facets): string | null | undefined {
  if (category === undefined && city === undefined) return undefined;
  const key = city === undefined ? undefined : cityKey(city);
  return key === '' ? null : keyOf({ category, city: key, currency });
}
