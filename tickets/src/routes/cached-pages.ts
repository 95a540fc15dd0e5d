// Cached pages of the public list: most visitors ask for the same page, and get the same bytes while it does not change.
//
// Trade-off: up to 50 pages in memory (a page of 100 tickets with long notes takes 150 kB), and a query for a page's version before
// it is read. A page that changes all the time is read at once. No visitor gets a page from before they asked.
import { coalesced } from '@ticketing/common';
import type { ListQuery } from '../models/list-query.ts';

const MOST_PAGES = 50;

interface CachedPage {
  version: string;
  bytes: Buffer;
  /** Whether the page was the same when it was last asked for. */
  isStable: boolean;
}

/** Reads pages of the list as the bytes of their JSON. */
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
    if (cached.size >= MOST_PAGES) cached.clear();
    cached.set(key, { version: current.version, bytes, isStable: current.version === last?.version });
    return bytes;
  });
  return (query) => page(JSON.stringify(query));
}
