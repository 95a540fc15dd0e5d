import { setTimeout as delay } from 'node:timers/promises';
import type { Bus, Envelope, OrderData } from '@ticketing/common';
import { place } from '../../orders/src/order.ts';
import { joinBus, newId, seedTickets, settled } from '../bench.ts';
import type { Bench } from '../bench.ts';
import { percentiles } from '../harness.ts';
import type { Round } from '../harness.ts';

const HOLDS = 1000;
const GRACE_MS = 2000;
/** Old enough that the relay takes their events for left over. */
const AGE_MS = 10_000;
/** Until they end; in this time all of them must be held. */
const AHEAD_MS = 15_000;

/**
 * How late 1,000 holds end that run out in the same instant, over the grace: by the order's own history, and by when the others
 * are told. The orders are put into the store with their events unsaid, as if their process had died: so all of them can end
 * at one time, and everything else goes its way.
 */
export async function expiry(bench: Bench): Promise<void> {
  const bus = await joinBus(bench, 'expiry');
  try {
    const toldAt = hear(bus);
    const rounds: Round[] = [];
    while (rounds.length < bench.rounds) rounds.push(await endTogether(bench, toldAt));
    bench.keep('expiry', `${HOLDS} holds at once, late over the grace`, rounds);
  } finally {
    await bus.close();
  }
}

/** When each order was told of as cancelled: id -> time. */
function hear(bus: Bus): Map<string, number> {
  const toldAt = new Map<string, number>();
  bus.subscribe('order:cancelled', 'bench-expiry', (message) => {
    const { data } = JSON.parse(message.raw.toString()) as Envelope & { data: OrderData };
    toldAt.set(data.id, toldAt.get(data.id) ?? Date.now());
    message.ack();
  });
  return toldAt;
}

async function endTogether(bench: Bench, toldAt: Map<string, number>): Promise<Round> {
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
    const outbox = events.map((event) => ({
      id: `${state._id}:0`,
      name: event.name,
      at: then.toISOString(),
      data: event.data,
    }));
    return { ...state, outbox };
  });
  await orders.insertMany(placed);
  await noneIs(['created'], end);
  await delay(end + GRACE_MS - Date.now());
  await noneIs(['created', 'awaiting:payment'], end + 60_000);
  await settled(bench);
  const ended = await orders.find({ _id: { $in: placed.map(({ _id }) => _id) } }).toArray();
  if (ended.some(({ status }) => status !== 'cancelled')) throw new Error('a hold has ended otherwise than by expiry');
  const late = (at: number) => at - end - GRACE_MS;
  const byHistory = percentiles(ended.map(({ history }) => late(Date.parse(history.at(-1)?.at ?? ''))));
  const told = ended.map(({ _id }) => late(toldAt.get(_id) ?? NaN));
  const { 'p50 ms': p50 = NaN, 'p99 ms': p99 = NaN } = percentiles(told);
  return { ...byHistory, 'told p50 ms': p50, 'told p99 ms': p99, 'told last ms': Math.max(...told) };

  /** Looks for one that still is, once a second: to count them takes the store longer than to end them. */
  async function noneIs(statuses: string[], deadline: number): Promise<void> {
    const expiresAt = new Date(end).toISOString();
    while ((await orders.findOne({ status: { $in: statuses }, expiresAt })) !== null) {
      if (Date.now() > deadline) throw new Error(`some of ${HOLDS} orders are ${statuses.join(' or ')} still`);
      await delay(1000);
    }
  }
}
