// Cached pages of the public list: most requests are for the same page, and get the same bytes while it does not change.
//
// Trade-off: up to 50 pages in memory (a page of 100 tickets with long notes takes 150 kB), and a query for the version of a page
// before it is used. A page that keeps changing is read without that query. A page is never older than the request.
import { coalesced } from '@ticketing/core';
import type { ListQuery } from '../models/list-query.ts';

const MAX_PAGES = 50;

interface CachedPage {
  version: string;
  bytes: Buffer;
  /** Whether the page had not changed between its last two reads. */
  isStable: boolean;
}

/** Decorates the reading of list pages: it returns their JSON as bytes, from the cache while the version is the same. */
export function cachedPages({
  version,
  read,
}: {
  version: (query: ListQuery) => Promise<string>;
  read: (query: ListQuery) => Promise<{ body: object; version: string }>;
}): (query: ListQuery) => Promise<Buffer> {
  const cached = new Map<string, CachedPage>();
  const page = coalesced(async (key) => {
    const query = JSON.parse(key) as ListQuery;
    const last = cached.get(key);
    if (last?.isStable && (await version(query)) === last.version) return last.bytes;
    const current = await read(query);
    const bytes = Buffer.from(JSON.stringify(current.body));
    if (cached.size >= MAX_PAGES) cached.clear();
    cached.set(key, { version: current.version, bytes, isStable: current.version === last?.version });
    return bytes;
  });
  return (query) => page(JSON.stringify(query));
}
