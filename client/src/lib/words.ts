import { duration } from './time.ts';
import { formatMoney } from './money.ts';
import type { CancelReason, OrderStatus, OrderStep, Problem } from './types.ts';

/** What a refusal means for the person in front of the page. Codes that are not here keep the API's own sentence. */
export function sentence(problem: Problem, retryAfter?: number): string {
  switch (problem.code) {
    case 'service-unavailable':
      return 'That part of the box office is not answering right now. Nothing was changed. Please try again in a moment.';
    case 'too-many-requests':
      return `That was a lot of tries in a short time. Please wait ${retryAfter === undefined ? 'a little' : duration(retryAfter)} and try again.`;
    case 'own-ticket':
      return 'This is your own listing. You can edit or withdraw it, but not buy it.';
    case 'too-many-holds':
      return 'You are holding as many tickets as one person can. Pay for one or let one go, then try again.';
    case 'ticket-reserved':
      return 'Somebody else was faster and is holding this ticket. If they don’t pay in time, it is listed again.';
    case 'ticket-sold':
      return 'This ticket has been sold.';
    case 'ticket-withdrawn':
      return 'The seller has withdrawn this ticket.';
    case 'listing-closed':
      return 'The event has started, so this ticket can no longer be had.';
    case 'price-changed':
      return problem.price
        ? `The seller has changed the price: it is ${formatMoney(problem.price)} now. Hold it again if you still want it.`
        : 'The seller has changed the price. Look at it again before you hold it.';
    case 'order-closed':
      return 'This order has ended, so it can’t be changed any more.';
    case 'order-expired':
      return 'The hold ran out before the payment arrived. No money was taken.';
    case 'order-not-ready':
      return 'The ticket is still being set aside for you. Try again in a few seconds.';
    case 'payment-pending':
      return 'The payment provider is slow to answer. We keep asking while your hold goes on; this page will say how it ended.';
    case 'too-many-attempts':
      return 'Too many cards were declined for this order. Let the ticket go, or wait until the hold ends.';
    case 'payment-refused':
      return 'The payment provider refused this payment. No money was taken and your hold goes on. Use another card.';
    case 'payment-in-progress':
      return 'A payment for this order is already on its way.';
    case 'card-declined':
      return declined(problem.declineCode);
    case 'authentication-required':
      return 'The bank wants you to confirm this payment, and that could not be done here. No money was taken. Use another card; your hold goes on.';
    case 'cross-site':
      return 'This request came from another site and was refused.';
    case 'invalid-credentials':
      return 'That e-mail address and password don’t go together.';
    default:
      return problem.message;
  }
}

function declined(code: string | undefined): string {
  const hold = 'No money was taken and your hold goes on.';
  switch (code) {
    case 'insufficient_funds':
      return `The bank says there is not enough money on this card. ${hold} Use another card.`;
    case 'expired_card':
      return `This card has expired. ${hold} Use another card.`;
    case 'incorrect_cvc':
      return `The security code did not match this card. ${hold} Check it, or use another card.`;
    case 'processing_error':
      return `The bank could not work on this payment. ${hold} Try again in a moment.`;
    default:
      return `The bank declined this card. ${hold} Use another card, or ask your bank.`;
  }
}

export const ORDER_STATES: Record<OrderStatus, string> = {
  created: 'Setting aside',
  'awaiting:payment': 'Held for you',
  capturing: 'Paying',
  complete: 'Yours',
  cancelled: 'Ended',
};

const REASONS: Record<CancelReason, string> = {
  buyer: 'You let the ticket go',
  expired: 'The hold ran out',
  'ticket-changed': 'The seller changed the ticket before it could be held',
  'ticket-withdrawn': 'The seller withdrew the ticket',
  'ticket-unavailable': 'The ticket could not be held',
  'payment-failed': 'The payment could not be completed',
};

export const reasonText = (reason: CancelReason | undefined): string =>
  (reason === undefined ? undefined : (REASONS as Partial<Record<string, string>>)[reason]) ?? 'The order ended';

/** A step of an order as a line of its story. */
export function stepText({ status, reason }: OrderStep): string {
  switch (status) {
    case 'created':
      return 'You asked for the ticket';
    case 'awaiting:payment':
      return 'The ticket was held for you';
    case 'capturing':
      return 'Your bank agreed to the payment';
    case 'complete':
      return 'The money was taken and the ticket is yours';
    case 'cancelled':
      return reasonText(reason);
  }
}
