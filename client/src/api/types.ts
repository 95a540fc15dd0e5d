/*
 * What the API takes and gives. The fields of answers and of listings are those of the services' own shapes; only requests that have no
 * shape of their own are declared here. Types only.
 */
import type {
  AccountView as Account,
  CancelReason,
  Card,
  Category,
  CurrentUser as User,
  CurrentUserView as CurrentUser,
  DeliveryFile,
  DeliveryInput,
  DeliveryView as Delivery,
  Listing,
  Money,
  Moment,
  OrderPage,
  OrderStatus,
  OrderView,
  PaymentView,
  Problem,
  SessionList,
  TicketPage,
  TicketSearch,
  TicketStatus,
  TicketView,
} from '@ticketing/common/shapes';

export type {
  Account,
  CancelReason,
  Card,
  Category,
  CurrentUser,
  Delivery,
  DeliveryFile,
  DeliveryInput,
  Money,
  OrderPage,
  OrderStatus,
  Problem,
  SessionList,
  TicketPage,
  TicketSearch,
  TicketStatus,
  User,
};

export type Session = SessionList['sessions'][number];
export type TicketInput = Listing;
export type Ticket = TicketView;
export type OrderStep = Moment;
export type Payment = PaymentView;

/** An order; `history` only where one order is read. */
export type Order = OrderView & { history?: OrderStep[] };

export interface Credentials {
  email: string;
  password: string;
}

/** The query of a list of tickets; days as `2031-06-01`, where the event is, and amounts as in the answers. */
export interface TicketListQuery {
  search?: string;
  category?: string;
  city?: string;
  currency?: string;
  minPrice?: number;
  maxPrice?: number;
  from?: string;
  to?: string;
  sort?: 'newest' | 'price' | '-price' | 'soonest';
  limit?: number;
  cursor?: string;
}

export interface PageQuery {
  limit?: number;
  cursor?: string;
}

export interface OrderListQuery extends PageQuery {
  ticketId?: string;
}

export interface OrderInput {
  ticketId: string;
  expectedPrice?: Money;
  /** The tag of the whole offer that the buyer saw. */
  expectedOffer?: string;
}

export interface PaymentInput {
  orderId: string;
  paymentMethod: string;
}
