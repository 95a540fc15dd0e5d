import { sayAgain } from '@ticketing/common/mongo';
import type { OrdersContext } from '../context.ts';
import { restate } from '../order.ts';

/** Says again where each order stands that has changed since then; gives how many. */
export const sayOrdersAgain = ({ orders, now }: OrdersContext, since: Date): Promise<number> =>
  sayAgain(orders, since, (order) => restate(order).say, now());
