import { headers } from 'next/headers';
import { listMyOrders } from '@/api/orders.ts';
import { holdNote } from '@/lib/held-tickets.ts';
import { isHolding } from '@/lib/holding-cookie.ts';
import { sessionCookie } from '@/lib/session-cookie.ts';
import { pageHttp } from '@/lib/visitor.ts';
import { HoldBarLine } from './hold-bar-line.tsx';

/** A buyer may hold fewer. */
const NEWEST = 5;

const NONE: never[] = [];

/** The bar with the time left, on every page while the visitor holds a ticket. Only visitors with the hint of a cookie cost a read. */
export async function HoldBar() {
  const cookies = (await headers()).get('cookie');
  if (!isHolding(cookies) || sessionCookie(cookies) === undefined) return <HoldBarLine notes={NONE} />;
  const answer = await listMyOrders(await pageHttp(), { limit: NEWEST });
  return <HoldBarLine notes={answer.ok ? answer.data.orders.map(holdNote) : NONE} />;
}
