import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { silentLog } from '@ticketing/core/testing';
import { gaugeReader } from '@ticketing/runtime';
import { register } from 'prom-client';
import { startOrders } from './builders.ts';
import type { OrdersUnderTest } from './builders.ts';

let service: OrdersUnderTest;
beforeAll(async () => {
  service = await startOrders();
});
afterAll(() => service.stop());

async function scrape(): Promise<string> {
  await gaugeReader(service.gauges, silentLog)();
  return register.metrics();
}

it('the metrics tell how many orders hold a ticket, what became of them, and which are overdue', async () => {
  const { id } = await service.orderIn('created');
  await service.orderIn('awaiting:payment');
  await service.orderIn('complete');
  await service.orderIn('cancelled');
  const metrics = await scrape();
  expect(metrics).toContain('orders_live{status="created"} 1');
  expect(metrics).toContain('orders_live{status="awaiting:payment"} 1');
  expect(metrics).toContain('orders_live{status="capturing"} 0');
  expect(metrics).toContain('order_changes_total{status="created",reason=""} 4');
  expect(metrics).toContain('order_changes_total{status="complete",reason=""} 1');
  expect(metrics).toContain('order_changes_total{status="cancelled",reason="buyer"} 1');
  expect(metrics).toMatch(/^orders_overdue 0$/m);
  await service.clearOutbox(id);
  service.setNow(new Date(Date.now() + 1_000_000));
  expect(await scrape()).toMatch(/^orders_overdue 2$/m);
});

it('the metrics tell how many documents wait for the bus, since when, and how many messages are dead letters', async () => {
  const old = new Date(Date.now() - 90_000).toISOString();
  await service.orderIn('created');
  await service.models.orders.updateMany({}, { $set: { outbox: [] } });
  const none = await scrape();
  expect(none).toMatch(/^outbox_documents 0$/m);
  expect(none).toMatch(/^outbox_oldest_event_age_seconds 0$/m);
  expect(none).toMatch(/^dead_letters 0$/m);
  const { id } = await service.orderIn('created');
  await service.models.orders.updateOne({ _id: id }, { $set: { 'outbox.0.at': old } });
  await service.orderIn('created');
  await service.stores.deadLetters.add('order:created', Buffer.from('poison'), new Error('malformed'));
  const metrics = await scrape();
  expect(metrics).toMatch(/^outbox_documents 1$/m);
  expect(metrics).toMatch(/^dead_letters 1$/m);
  expect(Number(/^outbox_oldest_event_age_seconds (\S+)$/m.exec(metrics)?.[1])).toBeGreaterThanOrEqual(90);
});
