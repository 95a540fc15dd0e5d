import type { Answer, Http } from '@/api/http.ts';
import { getOrder } from '@/api/orders.ts';
import { getPayment } from '@/api/payments.ts';
import type { Order, Payment, Ticket } from '@/api/types.ts';

export type Stage = 'reserving' | 'pay' | 'confirming' | 'unclear' | 'paying' | 'bought' | 'ended';

/**
 * What the page shows: the order's status, except that nobody is asked to pay unless it is known that there is no payment yet, or
 * that the last card was declined. The payment is read after the order, so it may be ahead: captured for an order that was read as awaiting payment.
 */
export function stageOf({ status }: Pick<Order, 'status'>, payment: Answer<Payment> | undefined): Stage {
  switch (status) {
    case 'created':
      return 'reserving';
    case 'awaiting:payment':
      return stageOfPayment(payment);
    case 'capturing':
      return 'paying';
    case 'complete':
      return 'bought';
    case 'cancelled':
      return 'ended';
  }
}

function stageOfPayment(payment: Answer<Payment> | undefined): Stage {
  if (!payment?.ok) return isUnknown(payment) ? 'unclear' : 'pay';
  switch (payment.data.status) {
    case 'declined':
      return 'pay';
    case 'authenticating':
      return 'confirming';
    default:
      return 'paying';
  }
}

/** Whether nothing is known of the payment: it could not be read. Before the first attempt it is a 404. */
export const isUnknown = (payment: Answer<Payment> | undefined): boolean => !payment?.ok && payment?.status !== 404;

export type Availability = 'on-sale' | 'on-hold' | 'closed' | 'sold' | 'removed' | 'unknown';

/** What has become of the ticket of an order that has ended; unknown when it could not be read. */
export function availabilityOf(ticket: Answer<Ticket> | undefined): Availability {
  if (!ticket?.ok) return ticket?.status === 410 ? 'removed' : 'unknown';
  const { status, isClosed } = ticket.data;
  switch (status) {
    case 'sold':
      return 'sold';
    case 'withdrawn':
      return 'removed';
    case 'held':
      // Who holds it may still pay; for others it does not come back.
      return isClosed === true ? 'closed' : 'on-hold';
    case 'listed':
      return isClosed === true ? 'closed' : 'on-sale';
  }
}

/** The same in words. Never that this buyer can get it: after two holds that were not paid they pause. */
export const AVAILABILITY_TEXTS: Record<Availability, string> = {
  'on-sale': 'It’s back on sale.',
  'on-hold': 'It’s on hold at the moment. If it isn’t paid for in time, it goes back on sale.',
  closed: 'Sales have ended: the event has started.',
  sold: 'It has been sold.',
  removed: 'The seller removed it, so it’s no longer available.',
  unknown: 'We can’t tell right now whether it’s available.',
};

/**
 * What became of the last payment of an order that has ended, beside that no money was taken. When the buyer confirmed it is not
 * known, only when that reached us.
 */
export function endOfPayment({ reason }: Pick<Order, 'reason'>, { status, attempts }: Payment): string {
  const released = 'Your bank may show the amount as pending for a few days; it will be released.';
  switch (attempts.at(-1)?.status) {
    case 'authenticating':
      return 'Your bank had no confirmation from you. If you confirm the payment there now, nothing is charged.';
    case 'authorized':
      return reason === 'expired' ? `Your payment reached us too late to complete this order. ${released}` : released;
    default:
      return status === 'requested' || status === 'voided' ? released : '';
  }
}

const USUAL_WAIT_MS = 10_000;

/** Whether the hold on the ticket takes longer than usual to be confirmed. */
export const isSlow = ({ status, serverNow, history }: Order): boolean =>
  status === 'created' && Date.parse(serverNow) - Date.parse(history?.[0]?.at ?? serverNow) > USUAL_WAIT_MS;

/** How long the ticket is still on hold, by the server's instants. */
export const msLeft = ({ expiresAt, serverNow }: Order): number => Date.parse(expiresAt) - Date.parse(serverNow);

/** Everything on an order's page that can change, but for the time left: the page has changed when this text has. */
export const contentOf = (order: Order, payment: Answer<Payment> | undefined): string =>
  [order.version, stageOf(order, payment), isSlow(order)].join(' ');

/** The warning near the end of a hold; it changes only now and then, so that it is announced once. */
export function minutesWarning(seconds: number): string | undefined {
  const minutes = [1, 2, 5].find((mark) => seconds <= mark * 60);
  return minutes === undefined ? undefined : `Less than ${minutes} minute${minutes === 1 ? '' : 's'} left to pay.`;
}

/** How long to wait before an order is looked at again, after so many looks, and so many since its hold should have ended. */
export function lookDelayMs(
  stage: Stage,
  { looks, msLeft, overdueLooks }: { looks: number; msLeft: number; overdueLooks: number },
): number {
  if (stage !== 'pay') return looks <= 30 ? 1000 : 3000;
  // Just after the end of the hold, by this clock; the services end it moments later.
  if (msLeft > 0) return Math.min(10_000, msLeft + 300);
  return Math.min(1000 * 2 ** Math.floor(overdueLooks / 4), 15_000);
}

/** What has become of an order since its page was rendered. */
export type OrderNews = { content: string; msLeft: number } | 'not visible' | 'unknown';

/** Reads an order as its page does. `not visible` when the visitor is signed out or has no such order, `unknown` when a service is down. */
export async function readOrderNews(http: Http, id: string): Promise<OrderNews> {
  const answer = await getOrder(http, id);
  if (!answer.ok) return answer.status === 401 || answer.status === 404 ? 'not visible' : 'unknown';
  const order = answer.data;
  const payment = order.status === 'awaiting:payment' ? await getPayment(http, id) : undefined;
  return { content: contentOf(order, payment), msLeft: msLeft(order) };
}
