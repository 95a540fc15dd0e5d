import { createHttp } from '@/api/http.ts';
import { getOrder } from '@/api/orders.ts';
import { type HeldTicket, heldTickets, holdNote } from './held-tickets.ts';
import { onReturn } from './on-return.ts';

/** Reads the order of a hold, now and whenever the visitor comes back to the page, and notes what became of it. Returns how to end that. */
export function followHold({ orderId, expiresAt }: Pick<HeldTicket, 'orderId' | 'expiresAt'>): () => void {
  const http = createHttp({ baseUrl: '' });
  let isBusy = false;
  let isDueAgain = false;
  const look = async () => {
    if (document.visibilityState !== 'visible' || !navigator.onLine) return;
    // The answer that is on its way may be older than the return.
    isDueAgain = isBusy;
    if (isBusy) return;
    isBusy = true;
    const answer = await getOrder(http, orderId);
    isBusy = false;
    if (answer.ok) heldTickets.note(holdNote(answer.data));
    else if (answer.status === 401 || answer.status === 404)
      heldTickets.note({ orderId, at: expiresAt, held: undefined });
    if (isDueAgain) await look();
  };
  const lookNow = () => void look();
  lookNow();
  return onReturn(lookNow);
}
