/*
 * What the API takes and gives. The fields of answers and of listings are those of the services' own shapes; only requests that have no
 * shape of their own are declared here. Types only.
 */
import type {
  CancelReason,
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
  TicketPage,
  TicketStatus,
  TicketView,
} from '@ticketing/common/shapes';

export type {
  CancelReason,
  CurrentUser,
  Delivery,
  DeliveryFile,
  DeliveryInput,
  Money,
  OrderPage,
  OrderStatus,
  Problem,
  TicketPage,
  TicketStatus,
  User,
};

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

/** The query of a list of tickets; instants and amounts as in the answers. */
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

export interface PaymentInput {
  orderId: string;
  paymentMethod: string;
}
