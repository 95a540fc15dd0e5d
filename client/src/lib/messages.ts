import type { CancelReason, Order, OrderStep, Problem } from '@/api/types.ts';
import { DEFAULT_FORMAT, type Format } from './formats.ts';
import { formatMoney } from './money.ts';
import { waitText } from './time.ts';

/** A form's own messages for errors that have another meaning there. */
export interface Wording {
  /** `ticket-reserved`. */
  held?: string;
  /** How amounts are written. */
  format?: Format;
}

/** What a form shows when nobody knows whether its request was carried out. */
export interface Unconfirmed {
  text: string;
  /** The same, when the form was changed since: what it had before may have been carried out. */
  changed?: string;
  /** Where to look. */
  look?: { href: string; label: string };
}

const MY_LISTINGS = { href: '/sell', label: 'My listings' };
/** Where a problem of a request can be solved, when that is another page. */
export const placeToSolve = ({ code }: Problem): { href: string; label: string } | undefined =>
  code === 'unconfirmed-holds' ? MY_ACCOUNT : undefined;

const MY_ACCOUNT = { href: '/account', label: 'My account' };
const MY_ORDERS = { href: '/orders', label: 'My orders' };

/** Never an assertion that something happened, or did not. */
export const UNCONFIRMED = {
  list: {
    text: 'We don’t know yet whether your ticket was listed. Check My listings. You can safely try again here: it won’t be listed twice.',
    changed:
      'We don’t know yet whether your ticket was listed the way you first entered it. Check My listings: if you submit now, this becomes another listing.',
    look: MY_LISTINGS,
  },
  edit: {
    text: 'We don’t know yet whether your changes were saved. Check My listings, or save them again.',
    look: MY_LISTINGS,
  },
  withdraw: {
    text: 'We don’t know yet whether your listing was removed. Check My listings, or remove it again.',
    look: MY_LISTINGS,
  },
  delivery: {
    text: 'We don’t know yet whether your changes were saved. Load this page again to check, or save them again.',
  },
  hold: {
    text: 'We don’t know yet whether the ticket is on hold for you. Check My orders. You can safely try again here: you won’t hold it twice.',
    changed: 'The ticket may already be on hold for you. Check My orders before you try again.',
    look: MY_ORDERS,
  },
  cancel: {
    text: 'We don’t know yet whether your order was cancelled. Check My orders, or cancel it again.',
    look: MY_ORDERS,
  },
  pay: {
    text: 'We don’t know yet whether your payment went through. Check My orders. You can safely try again here: you won’t be charged twice.',
    changed:
      'We don’t know yet whether your payment with the first card went through. Check My orders before you pay with this one. You won’t be charged twice.',
    look: MY_ORDERS,
  },
  mail: {
    text: 'We don’t know yet whether the email is on its way. Look for it in a minute, or try again.',
  },
  password: {
    text: 'We don’t know yet whether your password was changed. Try to sign in with the new one, or try again.',
  },
  deletion: {
    text: 'We don’t know yet whether your account was deleted. This page shows it as soon as we know.',
  },
  sessions: {
    text: 'We don’t know yet whether you were signed out there. Load this page again to check, or try again.',
  },
  signup: {
    text: 'We don’t know yet whether your account was created. Try again with the same email address and password: you’ll be signed in either way.',
  },
} as const satisfies Record<string, Unconfirmed>;

/** The message for a problem. Codes that are not listed here keep the API's own message. */
export function problemText(problem: Problem, retryAfter?: number, wording: Wording = {}): string {
  switch (problem.code) {
    case 'too-many-requests':
      return `Too many attempts. Try again in ${retryAfter === undefined ? 'a moment' : waitText(retryAfter)}.`;
    case 'own-ticket':
      return 'This is your own listing. You can edit or remove it, but not buy it.';
    case 'too-many-holds':
      return `You can hold ${holdLimit(problem.limit)} at a time. Pay for one or cancel a hold, then try again.`;
    case 'hold-paused':
      return `You’ve held this ticket twice without paying. You can hold it again in ${problem.retryAfter === undefined ? 'a while' : waitText(problem.retryAfter)}.`;
    case 'holds-paused':
      return `You’ve held several tickets without paying. You can hold tickets again in ${problem.retryAfter === undefined ? 'a while' : waitText(problem.retryAfter)}.`;
    case 'unconfirmed-holds':
      return 'You can hold one ticket at a time until you confirm your email address: open the link in our email. Nothing there? We can send it again from My account.';
    case 'network-holds':
      return 'Buyers on your internet connection hold as many tickets as we allow at a time. Try again in a few minutes, or use another connection.';
    case 'ticket-not-found':
      return 'We can’t find this ticket. If it was only just listed, try again in a moment.';
    case 'ticket-reserved':
      return (
        wording.held ??
        'Someone else got there first and is holding this ticket. If they don’t pay in time, it goes back on sale.'
      );
    case 'ticket-changed':
      return 'This listing was changed after you opened this page.';
    case 'ticket-sold':
      return 'This ticket has been sold.';
    case 'ticket-withdrawn':
      return 'The seller removed this ticket, so it’s no longer available.';
    case 'not-your-ticket':
      return 'Only the seller can edit or remove this listing.';
    case 'listing-closed':
      return 'Sales have ended: the event has started.';
    case 'price-changed':
      return problem.price
        ? `The seller has changed the price: it is ${formatMoney(problem.price, wording.format ?? DEFAULT_FORMAT)} now. Hold it again if you still want it.`
        : 'The seller has changed the price. Check it before you hold the ticket.';
    case 'offer-changed':
      return 'The seller has changed this listing. Check it, then hold it again if you still want it.';
    case 'order-not-found':
    case 'payment-not-found':
      return 'We can’t find this order. Try again in a moment.';
    case 'order-closed':
      return 'This order can no longer be paid or cancelled.';
    case 'order-expired':
      return 'Your hold has ended, so this order can’t be paid any more.';
    case 'order-not-ready':
      return 'We’re still reserving this ticket for you. Try again in a few seconds.';
    case 'payment-pending':
      return 'Payment is taking longer than usual. Your ticket is still on hold, and we’ll update this page.';
    case 'too-many-attempts':
      return 'Too many cards were declined for this order. Cancel the hold, or wait until it expires.';
    case 'unknown-payment-method':
      return 'The payment provider doesn’t recognise this card. Use another card.';
    case 'payment-refused':
      return problem.declineCode === 'amount-refused'
        ? 'The payment provider doesn’t take an amount like this, with any card. Cancel the hold and tell the seller.'
        : 'The payment provider refused this payment. Your ticket is still on hold. Use another card.';
    case 'payment-in-progress':
      return 'A payment for this order is already being processed.';
    case 'card-declined':
      return declineText(problem.declineCode);
    case 'authentication-required':
      return 'Your bank wants you to confirm this payment, in its app or on its page.';
    case 'not-sent':
      return 'We can’t reach our service right now, so nothing was sent. Please try again in a moment.';
    case 'cross-site':
      return 'This request came from another site, so we refused it.';
    case 'invalid-credentials':
      return 'Incorrect email address or password.';
    default:
      return problem.message;
  }
}

const holdLimit = (limit: number | undefined): string =>
  limit === undefined ? 'only so many tickets' : limit === 1 ? '1 ticket' : `${limit} tickets`;

const STILL_ON_HOLD = 'No money was taken and your ticket is still on hold.';

/** Why the bank declined a card, and what helps. */
export function declineText(code: string | undefined): string {
  switch (code) {
    case 'authentication_failed':
      return `You or your bank didn’t confirm this payment. ${STILL_ON_HOLD} Try again, or use another card.`;
    case 'insufficient_funds':
      return `Insufficient funds. ${STILL_ON_HOLD} Use another card.`;
    case 'limit_exceeded':
      return `This payment is over the limit of the card. ${STILL_ON_HOLD} Use another card.`;
    case 'incorrect_number':
      return `The card number is incorrect. ${STILL_ON_HOLD} Check it, or use another card.`;
    case 'card_not_supported':
      return `This card can’t be used for this payment. ${STILL_ON_HOLD} Use another card.`;
    case 'expired_card':
      return `This card has expired. ${STILL_ON_HOLD} Use another card.`;
    case 'incorrect_cvc':
      return `The security code is incorrect. ${STILL_ON_HOLD} Check it, or use another card.`;
    case 'processing_error':
      return `The bank couldn’t process this payment. ${STILL_ON_HOLD} Try again in a moment.`;
    case 'canceled':
      return 'This payment was cancelled. No money was taken. Please try again.';
    default:
      return `Your bank declined this card. ${STILL_ON_HOLD} Use another card, or ask your bank.`;
  }
}

/** An order's status in a word or two, for badges and titles. */
export function orderStatusText({ status, reason }: Pick<Order, 'status' | 'reason'>): string {
  switch (status) {
    case 'created':
      return 'Reserving';
    case 'awaiting:payment':
      return 'On hold';
    case 'capturing':
      return 'Processing';
    case 'complete':
      return 'Bought';
    case 'cancelled':
      return reason === 'expired' ? 'Expired' : 'Cancelled';
  }
}

const REASONS: Record<CancelReason, string> = {
  buyer: 'You cancelled this order',
  expired: 'Your hold expired',
  'ticket-changed': 'This ticket was changed or sold before we could hold it',
  'ticket-withdrawn': 'The seller removed this ticket',
  'payment-failed': 'Your payment didn’t go through',
};

/** Why an order was cancelled. */
export const cancelReasonText = (reason: CancelReason | undefined): string =>
  (reason === undefined ? undefined : (REASONS as Partial<Record<string, string>>)[reason]) ?? 'Order cancelled';

/** A step of an order as a line of its history. */
export function orderStepText({ status, reason }: OrderStep): string {
  switch (status) {
    case 'created':
      return 'Order placed';
    case 'awaiting:payment':
      return 'Ticket on hold';
    case 'capturing':
      return 'Payment authorised';
    case 'complete':
      return 'Payment taken';
    case 'cancelled':
      return cancelReasonText(reason);
  }
}
