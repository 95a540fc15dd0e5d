import { setTimeout as delay } from 'node:timers/promises';
import type { Envelope, TicketData } from '@ticketing/common';
import { joinBus, newId } from '../bench.ts';
import type { Bench } from '../bench.ts';
import { call } from '../harness.ts';

/** How long orders takes to consume the events of tickets that were listed while it was down. */
export async function backlog(bench: Bench): Promise<void> {
  const { stack } = bench;
  const count = bench.quick ? 6000 : 60_000;
  const orders = stack.process('orders-1');
  await orders.stop();

  const bus = await joinBus(bench, 'backlog');
  for (let sent = 0; sent < count; sent += 1000)
    await Promise.all(Array.from({ length: 1000 }, () => bus.publish('ticket:created', JSON.stringify(listed(bench)))));
  await bus.close();

  const startedAt = performance.now();
  await orders.start();
  const readyMs = performance.now() - startedAt;
  const deadline = Date.now() + 600_000;
  while ((await handled(orders.adminUrl)) < count) {
    if (Date.now() > deadline) throw new Error('orders did not catch up within 10 minutes');
    await delay(100);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  bench.record('backlog', `${count} events`, [
    { 'seconds to catch up': seconds, 'events per second': count / seconds, 'ready again ms': readyMs },
  ]);
  await bench.collection('orders', 'tickets').deleteMany({ status: 'listed' });
  bench.free.length = 0;
}

function listed({ seller }: Bench): Envelope {
  const id = newId();
  const price = { amount: 2000, currency: 'usd' };
  const data: TicketData = { id, version: 0, sellerId: seller.id, title: 'Concert', price, status: 'listed' };
  return { id: `${id}:0:ticket:created`, name: 'ticket:created', at: new Date().toISOString(), data };
}

async function handled(url: string): Promise<number> {
  const { body } = await call<string>('GET', `${url}/metrics`);
  return Number(/^events_handled_total\{event="ticket:created".*\} (\d+)$/m.exec(body)?.[1] ?? 0);
}
