import type { OrderData } from '@ticketing/common';
import type { AuthContext } from '../context.ts';

/** Mails the receipt to the buyer of an order and the news of the sale to its seller, each once for an order. */
export async function mailSale({ mails }: AuthContext, order: OrderData): Promise<void> {
  const { id, ticketId, userId, sellerId, offer } = order;
  const mailed = { id, ticketId, title: offer.title, price: offer.price };
  // At the same time, which is one write.
  await Promise.all([
    mails.add(`receipt:${id}`, { kind: 'receipt', userId, order: mailed }),
    // Orders that were placed by a former version don't know their seller.
    sellerId !== undefined && mails.add(`sold:${id}`, { kind: 'sold', userId: sellerId, order: mailed }),
  ]);
}
