import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { silentLog } from '@ticketing/core/testing';
import { gaugeReader } from '@ticketing/runtime';
import { register } from 'prom-client';
import { measured } from '../src/provider/measured.ts';
import { startPayments } from './builders.ts';
import type { PaymentsUnderTest } from './builders.ts';
import { fakeProvider } from './fake-provider.ts';

let service: PaymentsUnderTest;
beforeAll(async () => {
  service = await startPayments();
});
afterAll(() => service.stop());

async function scrape(): Promise<string> {
  await gaugeReader(service.startInstance().gauges, silentLog)();
  return register.metrics();
}

it('the metrics tell the money that was authorised, captured and voided, each once, and which payments are overdue', async () => {
  const paid = await service.order();
  await paid.pay().expect(201);
  await service.consume(paid.order, 'capturing');
  await service.consume(paid.order, 'capturing');
  const late = await service.order();
  await late.pay().expect(201);
  await service.consume(late.order, 'cancelled');
  const waiting = await service.order();
  await waiting.pay().expect(201);
  const metrics = await scrape();
  expect(metrics).toContain('payment_amount_total{status="authorized",currency="usd"} 6000');
  expect(metrics).toContain('payment_amount_total{status="captured",currency="usd"} 2000');
  expect(metrics).toContain('payment_amount_total{status="voided",currency="usd"} 2000');
  expect(metrics).toContain('payment_changes_total{status="captured",currency="usd"} 1');
  expect(metrics).toMatch(/^payments_overdue 0$/m);
  service.pass(60);
  expect(await scrape()).toMatch(/^payments_overdue 1$/m);
});

it('the metrics tell the outcome of each call to the provider, which is unchanged', async () => {
  const fake = fakeProvider();
  const provider = measured(fake.provider);
  expect(provider.name).toBe(fake.provider.name);
  const payment = { orderId: 'an-order', amount: 2000, currency: 'usd' };
  const intent = await provider.authorize({ ...payment, paymentMethod: 'pm_card_visa' }, 'key-1');
  expect(await provider.retrieve(intent.id)).toEqual(intent);
  expect(await provider.find('an-order', new Date(0))).toEqual([intent]);
  await expect(provider.authorize({ ...payment, paymentMethod: 'pm_card_chargeDeclined' }, 'key-2')).rejects.toThrow(
    'declined',
  );
  await expect(provider.capture('unknown', 'key-3')).rejects.toThrow('no such intent');
  fake.plan('cancel', 'fails-before-acting');
  await expect(provider.cancel(intent.id, 'key-4')).rejects.toThrow();
  const metrics = await register.metrics();
  const counted = [...metrics.matchAll(/^provider_request_duration_seconds_count\{(.*)\} (\d)$/gm)].map(
    ([, labels, count]) => `${labels} ${count}`,
  );
  expect(counted.sort()).toEqual([
    'call="authorize",outcome="declined" 1',
    'call="authorize",outcome="ok" 1',
    'call="cancel",outcome="failed" 1',
    'call="capture",outcome="refused" 1',
    'call="find",outcome="ok" 1',
    'call="retrieve",outcome="ok" 1',
  ]);
});
