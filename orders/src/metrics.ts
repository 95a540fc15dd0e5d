import type { Collection } from '@ticketing/core';
import { Counter, Gauge } from '@ticketing/runtime';
import type { StoreGauge } from '@ticketing/runtime';
import type { Order, OrderState } from './order.ts';

const holds = new Gauge({
  name: 'orders_live',
  help: 'Orders that hold a ticket, by status, up to 10,000 each.',
  labelNames: ['status'],
});
const overdue = new Gauge({
  name: 'orders_overdue',
  help: 'Orders whose hold ended over 30 s ago and that are not cancelled yet, up to 1,000.',
});
const changes = new Counter({
  name: 'order_changes_total',
  help: 'Orders that came to a status, by the reason of those that were cancelled.',
  labelNames: ['status', 'reason'],
});

const OVERDUE_MS = 30_000;
const LIVE = ['created', 'awaiting:payment', 'capturing'];

/** Counts that an order came to its status. */
export function countChange({ status, reason }: Pick<OrderState, 'status' | 'reason'>): void {
  changes.inc({ status, reason: reason ?? '' });
}

/** The gauges of the orders in the store. */
export function orderGauges(orders: Pick<Collection<Order>, 'count'>, now: () => Date): StoreGauge[] {
  const before = () => new Date(now().getTime() - OVERDUE_MS).toISOString();
  return [
    ...LIVE.map((status) => ({ gauge: holds, labels: { status }, read: () => orders.count({ status }, 10_000) })),
    {
      gauge: overdue,
      read: () =>
        orders.count({ status: { $in: ['created', 'awaiting:payment'] }, expiresAt: { $lt: before() } }, 1000),
    },
  ];
}
