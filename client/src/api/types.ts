/*
 * The requests and responses of the API, as docs/api.md describes them. Only these types, and nowhere else in the client,
 * declare the shape of a response.
 */

/** `amount` is an integer of minor units (cents), `currency` a lower-case ISO 4217 code. */
export interface Money {
  amount: number;
  currency: string;
}

/** One problem of a request. */
export interface Problem {
  code: string;
  message: string;
  field?: string;
  /** `ticket-reserved`: when the hold ends. */
  reservedUntil?: string;
  /** `too-many-holds`: how many are allowed. */
  limit?: number;
  /** `price-changed`: the current price. */
  price?: Money;
  /** `card-declined`: the bank's reason. */
  declineCode?: string;
  /** `authentication-required`: lets the browser verify the payment with the bank. */
  clientSecret?: string;
}

export interface Credentials {
  email: string;
  password: string;
}

export interface User {
  id: string;
  email: string;
}

export interface CurrentUser {
  currentUser: User | null;
}

/** What a seller enters about a ticket. */
export interface TicketInput {
  title: string;
  price: Money;
  venue?: string;
  /** A UTC instant. */
  startsAt?: string;
  /** The IANA zone of the venue. */
  timeZone?: string;
  notes?: string;
}

export interface Ticket extends TicketInput {
  id: string;
  sellerId: string;
  status: 'listed' | 'held' | 'sold' | 'withdrawn';
  /** While the ticket is held. */
  reservedUntil?: string;
  version: number;
}

export type TicketStatus = Ticket['status'];

export interface TicketPage {
  tickets: Ticket[];
  next: string | null;
}

/** The query of a list of tickets; instants and amounts as in responses. */
export interface TicketListQuery {
  search?: string;
  minPrice?: number;
  maxPrice?: number;
  after?: string;
  before?: string;
  sort?: 'newest' | 'price' | '-price' | 'soonest';
  limit?: number;
  cursor?: string;
}

export interface PageQuery {
  limit?: number;
  cursor?: string;
}

export interface OrderInput {
  ticketId: string;
  expectedPrice?: Money;
}

export interface OrderStep {
  status: 'created' | 'awaiting:payment' | 'capturing' | 'complete' | 'cancelled';
  at: string;
  reason?: 'buyer' | 'expired' | 'ticket-changed' | 'ticket-withdrawn' | 'payment-failed';
}

export type OrderStatus = OrderStep['status'];
export type CancelReason = NonNullable<OrderStep['reason']>;

export interface Order {
  id: string;
  number: number;
  userId: string;
  ticketId: string;
  status: OrderStatus;
  reason?: CancelReason;
  createdAt: string;
  expiresAt: string;
  serverNow: string;
  /** The ticket as the buyer saw it when ordering. */
  ticket: Omit<TicketInput, 'notes'> & { id: string };
  version: number;
  /** Only in the response for a single order. */
  history?: OrderStep[];
}

export interface OrderPage {
  orders: Order[];
  next: string | null;
}

export interface PaymentInput {
  orderId: string;
  paymentMethod: string;
}

export interface PaymentAttempt {
  number: number;
  status: string;
  at: string;
  declineCode?: string;
}

export interface Payment {
  orderId: string;
  status: 'requested' | 'authorized' | 'captured' | 'voided' | 'declined' | 'failed';
  amount: number;
  currency: string;
  attempts: PaymentAttempt[];
  version: number;
}
