import { setTimeout as delay } from 'node:timers/promises';
import { newId, seedTickets, settled } from '../bench.ts';
import type { Bench } from '../bench.ts';
import { percentiles } from '../harness.ts';
import { place } from '../../orders/src/order.ts';

const HOLDS = 1000;
const GRACE_MS = 2000;

/**
 * How late 1,000 holds end that run out in the same instant, over the grace. The orders are put into the store with their
 * events unsaid, as if their process had died: so all of them can end at one time, and everything else goes its way.
 */
export async function expiry(bench: Bench): Promise<void> {
  const orders = bench.collection<{ _id: string; status: string; expiresAt: string; history: { at: string }[] }>(
    'orders',
    'orders',
  );
  const then = new Date(Date.now() - 10_000);
  const holdSeconds = bench.quick ? 25 : 30;
  const end = then.getTime() + holdSeconds * 1000;
  const tickets = await seedTickets(bench, HOLDS);
  const placed = tickets.map((ticketId, index) => {
    const offer = {
      ...{ title: `Concert ${index}`, venue: 'Town Hall', startsAt: '2099-05-01T20:00:00.000Z' },
      ...{ price: { amount: 2000 + (index % 500), currency: 'usd' }, timeZone: 'Europe/Berlin' },
    };
    const { state, say } = place({ ticketId, number: 1, userId: newId(), offer, holdSeconds }, then);
    const outbox = say.map((fact) => ({
      id: `${state._id}:0`,
      name: fact.name,
      at: then.toISOString(),
      data: fact.data,
    }));
    return { ...state, outbox };
  });
  await orders.insertMany(placed);
  await noneIs(['created'], end);
  await noneIs(['created', 'awaiting:payment'], end + 60_000);
  const ended = await orders.find({ _id: { $in: placed.map(({ _id }) => _id) } }).toArray();
  if (ended.some(({ status }) => status !== 'cancelled')) throw new Error('a hold has ended otherwise than by expiry');
  const late = ended.map(({ history }) => Date.parse(history.at(-1)?.at ?? '') - end - GRACE_MS);
  bench.keep('expiry', `${HOLDS} holds at once, late over the grace`, [
    { ...percentiles(late), 'last ms': Math.max(...late) },
  ]);
  await settled(bench);

  /** Looks for one that still is, once a second: to count them takes the store longer than to end them. */
  async function noneIs(statuses: string[], deadline: number): Promise<void> {
    const expiresAt = new Date(end).toISOString();
    while ((await orders.findOne({ status: { $in: statuses }, expiresAt })) !== null) {
      if (Date.now() > deadline) throw new Error(`some of ${HOLDS} orders are ${statuses.join(' or ')} still`);
      await delay(1000);
    }
  }
}
