import { type Filters, listHref, type Query } from './filters.ts';

/**
 * The cursors of the pages between the first one and the one before this page. The API's cursors only lead forward, so the address
 * has the way back.
 */
export type Trail = string[];

/** Beyond that the way back leads to the first page. */
const LONGEST = 8;
const SEPARATOR = '~';

/** The trail in a page's address. */
export const readTrail = ({ trail }: Query): Trail =>
  typeof trail === 'string' && trail !== '' ? trail.slice(0, 5000).split(SEPARATOR).slice(-LONGEST) : [];

/** The addresses of the pages before and after a page of the list; undefined where there is none. */
export function neighbours(
  filters: Filters,
  trail: Trail,
  next: string | null,
): { previous: string | undefined; next: string | undefined } {
  const isFirst = filters.cursor === '';
  const to = (cursor: string, way: Trail): string => {
    const href = listHref(filters, { cursor });
    return way.length === 0 ? href : `${href}&trail=${encodeURIComponent(way.slice(-LONGEST).join(SEPARATOR))}`;
  };
  return {
    previous: isFirst ? undefined : to(trail.at(-1) ?? '', trail.slice(0, -1)),
    next: next === null ? undefined : to(next, isFirst ? [] : [...trail, filters.cursor]),
  };
}
