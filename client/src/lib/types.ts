/** `amount` is an integer of minor units (cents), `currency` a lower-case ISO 4217 code. */
export type Money = { amount: number; currency: string };

/** One thing that is wrong with a request, as the services report it. */
export type Problem = {
  code: string;
  message: string;
  field?: string;
  /** `ticket-reserved`: when the hold of it ends. */
  reservedUntil?: string;
  /** `too-many-holds`: how many are allowed. */
  limit?: number;
  /** `price-changed`: what it costs now. */
  price?: Money;
  /** `card-declined`: the bank's reason. */
  declineCode?: string;
  /** `authentication-required`: lets the browser verify the payment with the bank. */
  clientSecret?: string;
};

export type CurrentUser = { id: string; email: string };

export type TicketStatus = 'listed' | 'held' | 'sold' | 'withdrawn';

export type Ticket = {
  id: string;
  title: string;
  price: Money;
  sellerId: string;
  status: TicketStatus;
  reservedUntil?: string;
  venue?: string;
  /** A UTC instant; `timeZone` is the zone of the place, there whenever this is. */
  startsAt?: string;
  timeZone?: string;
  notes?: string;
  version: number;
};

export type TicketPage = { tickets: Ticket[]; next: string | null };

export type OrderStatus = 'created' | 'awaiting:payment' | 'capturing' | 'complete' | 'cancelled';

export type CancelReason =
  'buyer' | 'expired' | 'ticket-changed' | 'ticket-withdrawn' | 'ticket-unavailable' | 'payment-failed';

export type OrderStep = { status: OrderStatus; at: string; reason?: CancelReason };

export type Order = {
  id: string;
  number: number;
  userId: string;
  ticketId: string;
  status: OrderStatus;
  reason?: CancelReason;
  expiresAt: string;
  serverNow: string;
  ticket: Pick<Ticket, 'id' | 'title' | 'price'> & Partial<Pick<Ticket, 'venue' | 'startsAt' | 'timeZone'>>;
  version: number;
  history?: OrderStep[];
};

export type OrderPage = { orders: Order[]; next: string | null };

export type PaymentStatus = 'requested' | 'authorized' | 'captured' | 'voided' | 'declined' | 'failed';

export type Payment = {
  orderId: string;
  status: PaymentStatus;
  amount: number;
  currency: string;
};
