import { sayAgain } from '@ticketing/common/mongo';
import type { TicketsContext } from '../context.ts';
import { restate } from '../ticket.ts';

/** Says where each ticket stands that has changed since then; gives how many. */
export const sayTicketsAgain = ({ tickets, now }: TicketsContext, since: Date): Promise<number> =>
  sayAgain(tickets, since, (ticket) => [restate(ticket)], now());
