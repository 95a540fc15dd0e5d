import { setTimeout as delay } from 'node:timers/promises';
import type { Envelope, OrderData } from '@ticketing/common';
import type { Bus } from '@ticketing/core';
import { place } from '../../orders/src/order.ts';
import { joinBus, newId, seedTickets, untilIdle } from '../bench.ts';
import type { Bench } from '../bench.ts';
import { percentiles } from '../harness.ts';
import type { Round } from '../harness.ts';

const HOLDS = 1000;
const GRACE_MS = 2000;
/** Old enough that the outbox sweep publishes their events. */
const AGE_MS = 10_000;
/** From the insert to the end of the holds; all tickets must be held by then. */
const AHEAD_MS = 15_000;

/**
 * How late 1,000 holds end that expire at the same instant, beyond the grace: by the order's history, and by the delivery
 * of `order:cancelled`. The orders are inserted with unpublished events, as a crashed process leaves them, so that all
 * expire at one instant while the rest of the flow is unchanged.
 */
export async function expiry(bench: Bench): Promise<void> {
  const bus = await joinBus(bench, 'expiry');
  try {
    const deliveredAt = recordCancellations(bus);
    const rounds: Round[] = [];
    while (rounds.length < bench.rounds) rounds.push(await expireTogether(bench, deliveredAt));
    bench.record('expiry', `${HOLDS} holds at once, late over the grace`, rounds);
  } finally {
    await bus.close();
  }
}

/** When `order:cancelled` was delivered: order id → time. */
function recordCancellations(bus: Bus): Map<string, number> {
  const deliveredAt = new Map<string, number>();
  bus.subscribe('order:cancelled', 'bench-expiry', (message) => {
    const { data } = JSON.parse(message.raw.toString()) as Envelope & { data: OrderData };
    deliveredAt.set(data.id, deliveredAt.get(data.id) ?? Date.now());
    message.ack();
  });
  return deliveredAt;
}

async function expireTogether(bench: Bench, deliveredAt: Map<string, number>): Promise<Round> {
  const orders = bench.collection<{ _id: string; status: string; expiresAt: string; history: { at: string }[] }>(
    'orders',
    'orders',
  );
  const then = new Date(Date.now() - AGE_MS);
  const end = then.getTime() + AGE_MS + AHEAD_MS;
  const tickets = await seedTickets(bench, HOLDS);
  const placed = tickets.map((ticketId, index) => {
    const offer = {
      ...{ title: `Concert ${index}`, venue: 'Town Hall', startsAt: '2099-05-01T20:00:00.000Z' },
      ...{ price: { amount: 2000 + (index % 500), currency: 'usd' }, timeZone: 'Europe/Berlin' },
    };
    const holdSeconds = (AGE_MS + AHEAD_MS) / 1000;
    const { state, events } = place({ ticketId, number: 1, userId: newId(), offer, holdSeconds }, then);
    const outbox = events.map(({ name, data }) => ({ id: `${state._id}:0`, name, at: then.toISOString(), data }));
    return { ...state, outbox };
  });
  await orders.insertMany(placed);
  await noneIs(['created'], end);
  await delay(end + GRACE_MS - Date.now());
  await noneIs(['created', 'awaiting:payment'], end + 60_000);
  await untilIdle(bench);
  const ended = await orders.find({ _id: { $in: placed.map(({ _id }) => _id) } }).toArray();
  if (ended.some(({ status }) => status !== 'cancelled')) throw new Error('a hold ended other than by expiry');
  const late = (at: number) => at - end - GRACE_MS;
  const byHistory = percentiles(ended.map(({ history }) => late(Date.parse(history.at(-1)?.at ?? ''))));
  const delivered = ended.map(({ _id }) => late(deliveredAt.get(_id) ?? NaN));
  const { 'p50 ms': p50 = NaN, 'p99 ms': p99 = NaN } = percentiles(delivered);
  return {
    ...byHistory,
    'delivered p50 ms': p50,
    'delivered p99 ms': p99,
    'delivered last ms': Math.max(...delivered),
  };

  /** Polls once a second for one such order: counting them would load the store more than expiring them. */
  async function noneIs(statuses: string[], deadline: number): Promise<void> {
    const expiresAt = new Date(end).toISOString();
    while ((await orders.findOne({ status: { $in: statuses }, expiresAt })) !== null) {
      if (Date.now() > deadline) throw new Error(`some of ${HOLDS} orders are still ${statuses.join(' or ')}`);
      await delay(1000);
    }
  }
}
