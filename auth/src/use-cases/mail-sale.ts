import type { OrderData } from '@ticketing/common';
import type { AuthContext } from '../context.ts';

/** Mails the receipt to the buyer of an order and the news of the sale to its seller, each once for an order. */
export async function mailSale({ mails }: AuthContext, order: OrderData): Promise<void> {
  const { id, ticketId, userId, sellerId, offer } = order;
  const mailed = { id, ticketId, title: offer.title, price: offer.price };
  const receipt = { kind: 'receipt', userId, order: mailed } as const;
  // Orders that were placed by a former version don't know their seller.
  const sold = sellerId !== undefined && ({ kind: 'sold', userId: sellerId, order: mailed } as const);
  await mails.add(`receipt:${id}`, sold ? [receipt, sold] : [receipt]);
}
