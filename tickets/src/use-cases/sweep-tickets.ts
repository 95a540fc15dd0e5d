import { change } from '@ticketing/common/mongo';
import { trusted } from 'mongoose';
import type { TicketsContext } from '../context.ts';
import { remind } from '../ticket.ts';
import type { TicketState } from '../ticket.ts';

/** How long after the end of a hold the news of its end may take. */
const NEWS_MS = 30_000;
const BATCH = 200;

/**
 * Says again that tickets are held whose holds should have ended: orders answers with how they ended, in case the bus has
 * lost it. Says `ticket:updated`.
 */
export async function askAgain({ tickets, now }: TicketsContext): Promise<number> {
  const at = now();
  const before = new Date(at.getTime() - NEWS_MS).toISOString();
  const overdue = await tickets
    .find({ status: 'held', 'hold.reservedUntil': trusted({ $lt: before }) })
    .select('_id')
    .limit(BATCH)
    .lean<Pick<TicketState, '_id'>[]>()
    .exec();
  for (const { _id } of overdue) await change(tickets, _id, remind, at);
  return overdue.length;
}
