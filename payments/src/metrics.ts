import type { Collection } from '@ticketing/core';
import { Counter, Gauge } from '@ticketing/runtime';
import type { StoreGauge } from '@ticketing/runtime';
import type { Payment, PaymentState } from './payment.ts';

const changes = new Counter({
  name: 'payment_changes_total',
  help: 'Payments that came to a status, by currency.',
  labelNames: ['status', 'currency'],
});
const money = new Counter({
  name: 'payment_amount_total',
  help: "Money of payments that came to a status, in the currency's minor units.",
  labelNames: ['status', 'currency'],
});
const overdue = new Gauge({
  name: 'payments_overdue',
  help: 'Payments whose next step at the provider was due over 30 s ago, up to 1,000.',
});

const OVERDUE_MS = 30_000;

/** Counts that a payment came to its status, with its money. */
export function countChange({ status, order }: PaymentState): void {
  const labels = { status, currency: order.price.currency };
  changes.inc(labels);
  money.inc(labels, order.price.amount);
}

/** The gauges of the payments in the store. */
export const paymentGauges = (payments: Pick<Collection<Payment>, 'count'>, now: () => Date): StoreGauge[] => [
  {
    gauge: overdue,
    read: () => payments.count({ dueAt: { $lt: new Date(now().getTime() - OVERDUE_MS).toISOString() } }, 1000),
  },
];
