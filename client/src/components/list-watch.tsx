'use client';
import { useMemo } from 'react';
import { createHttp, type Failure, type Http } from '@/api/http.ts';
import { listMyOrders } from '@/api/orders.ts';
import { listMyTickets } from '@/api/tickets.ts';
import type { PageQuery } from '@/api/types.ts';
import { versionsOf } from '@/lib/versions.ts';
import { useWatch } from './use-watch.ts';

type Kind = 'orders' | 'listings';

const INTERVAL_MS = 60_000;

/**
 * Keeps a list of the visitor's own up to date: a browser that comes back to it shows it as it was. `content` is what the page shows,
 * by lib/versions.ts.
 */
export function ListWatch({ of, query, content }: { of: Kind; query: PageQuery; content: string }) {
  const { limit, cursor } = query;
  const watched = useMemo(() => {
    const http = createHttp({ baseUrl: '' });
    return {
      async look() {
        const now = await read(http, of, {
          ...(limit !== undefined && { limit }),
          ...(cursor !== undefined && { cursor }),
        });
        if (typeof now === 'string') return now === content ? 'unchanged' : 'changed';
        // Without a session the page leads to sign in.
        return now.status === 401 ? 'changed' : 'unreachable';
      },
      delayMs: () => INTERVAL_MS,
    } as const;
  }, [of, limit, cursor, content]);
  useWatch(watched);
  return null;
}

async function read(http: Http, of: Kind, query: PageQuery): Promise<string | Failure> {
  if (of === 'orders') {
    const answer = await listMyOrders(http, query);
    return answer.ok ? versionsOf(answer.data.orders) : answer;
  }
  const answer = await listMyTickets(http, query);
  return answer.ok ? versionsOf(answer.data.tickets) : answer;
}
