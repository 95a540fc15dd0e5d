import type { Answer, Http } from './http.ts';
import type { Payment, PaymentInput } from './types.ts';

/** The payment of one of the visitor's own orders; 404 before the first attempt. */
export const getPayment = (http: Http, orderId: string): Promise<Answer<Payment>> =>
  http('GET', `/api/payments/${encodeURIComponent(orderId)}`);

/** Pays an order; when repeated, returns the existing payment. One attempt with the same key. */
export const payOrder = (http: Http, input: PaymentInput, key?: string): Promise<Answer<Payment>> =>
  http('POST', '/api/payments', input, key);
