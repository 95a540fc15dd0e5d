import { endSession, endSessions } from '../../auth/src/sessions.ts';
import { startSession } from '../../auth/src/use-cases/start-session.ts';
import { readDelivery } from '../../tickets/src/delivery/read-delivery.ts';
import type { TicketState } from '../../tickets/src/ticket.ts';
import { editTicket } from '../../tickets/src/use-cases/edit-ticket.ts';
import { listTicket } from '../../tickets/src/use-cases/list-ticket.ts';
import { putDelivery } from '../../tickets/src/use-cases/put-delivery.ts';
import { withdrawTicket } from '../../tickets/src/use-cases/withdraw-ticket.ts';
import { cancelOrder } from '../../orders/src/use-cases/cancel-order.ts';
import { placeOrder } from '../../orders/src/use-cases/place-order.ts';
import { payOrder } from '../../payments/src/use-cases/pay-order.ts';
import type { Bank } from './bank.ts';
import { CODES } from './invariants.ts';
import type { Monitor } from './monitor.ts';
import type { Cluster, Response } from './services.ts';
import type { World } from './world.ts';

/** All buyers have one address. */
const NETWORK = '192.0.2.1';

const CARDS = {
  good: 'pm_card_visa',
  declined: 'pm_card_chargeDeclined',
  authenticating: 'pm_card_authenticationRequired',
};

/** What was acknowledged with a 2xx, and must still exist at the end. */
export interface Acknowledged {
  tickets: string[];
  orders: string[];
}

/** The actors of a run: buyers, sellers and a stranger. Each finishes what it does at `until`, and then stops. */
export function createActors(
  world: World,
  cluster: Cluster,
  bank: Bank,
  { wasRead, sessionUsed }: Pick<Monitor, 'wasRead' | 'sessionUsed'>,
  until: number,
) {
  const { scheduler, plan } = world;
  const acknowledged: Acknowledged = { tickets: [], orders: [] };
  const known: { id: string; sellerId: string }[] = [];
  let active = 0;
  const goesOn = () => scheduler.now < until && world.violation === undefined;

  async function list(sellerId: string, price: number): Promise<void> {
    const listing = { title: 'Concert', price: { amount: price, currency: 'usd' } };
    const { value } = await cluster.request('tickets', 'list', (context) => listTicket(context, sellerId, listing));
    if (!value) return;
    acknowledged.tickets.push(value._id);
    known.push({ id: value._id, sellerId });
  }

  async function sell(sellerId: string, first: number): Promise<void> {
    const chances = world.stream(sellerId);
    let price = 1000;
    for (let count = 0; count < first; count++) await list(sellerId, price++);
    while (goesOn()) {
      await scheduler.sleep(chances.between(100, 2500));
      const mine = known.filter((one) => one.sellerId === sellerId);
      if (mine.length === 0) {
        await list(sellerId, price++);
        continue;
      }
      const { id } = chances.pick(mine);
      let response: Response<TicketState | undefined> | undefined;
      if (chances.chance(plan.edits)) {
        const listing = { title: 'Concert', price: { amount: price++, currency: 'usd' } };
        response = await cluster.request('tickets', `edit ${id}`, (context) =>
          editTicket(context, id, sellerId, listing),
        );
      } else if (chances.chance(plan.withdrawals)) {
        response = await cluster.request('tickets', `withdraw ${id}`, async (context) => {
          await withdrawTicket(context, id, sellerId);
          return undefined;
        });
      } else if (chances.chance(0.1)) await list(sellerId, price++);
      if (response?.code === 'ticket-reserved') world.reached('a seller is refused because the ticket is held');
    }
  }

  async function buy(userId: string): Promise<void> {
    const chances = world.stream(userId);
    while (goesOn()) {
      await scheduler.sleep(chances.between(5, 1200));
      if (known.length === 0) continue;
      const { id: ticketId } = chances.pick(known.slice(-plan.tickets - 2));
      const order = () =>
        cluster.request('orders', `order ${ticketId}`, (context) =>
          placeOrder(context, { ticketId, userId, network: NETWORK }),
        );
      const [first, second] = await Promise.all([order(), chances.chance(plan.impatience) ? order() : undefined]);
      for (const one of [first, second]) {
        if (one?.code === 'network-holds') world.reached('the buyers of a network reach its limit of holds');
        if (one?.code === 'too-many-holds') world.reached('a buyer reaches the limit of holds');
        if (one?.value) acknowledged.orders.push(one.value.order._id);
        if (one?.value?.isNew === false) world.reached('a buyer orders the same ticket twice and gets one order');
      }
      const placed = (first.value ?? second?.value)?.order;
      if (!placed) continue;
      await Promise.all([
        pay(userId, placed._id, Date.parse(placed.expiresAt) - Date.parse(placed.createdAt)),
        chances.chance(plan.cancels) && cancel(userId, placed._id),
      ]);
    }
  }

  async function cancel(userId: string, id: string): Promise<void> {
    const chances = world.stream(`${userId} cancels ${id}`);
    await scheduler.sleep(chances.chance(0.5) ? chances.between(0, 30) : chances.between(0, 3000));
    await cluster.request('orders', `cancel ${id}`, (context) => cancelOrder(context, id, userId));
  }

  async function pay(userId: string, orderId: string, holdMs: number): Promise<void> {
    const chances = world.stream(`${userId} pays ${orderId}`);
    if (chances.chance(0.1)) return;
    // Around the end of the hold: before it, within the grace period, after it.
    if (chances.chance(plan.lateness)) await scheduler.sleep(holdMs + chances.between(-800, 2500));
    else await scheduler.sleep(chances.between(0, 800));
    for (let attempt = 1; attempt <= 3; attempt++) {
      const card = chances.chance(plan.declines) ? chances.pick([CARDS.declined, CARDS.authenticating]) : CARDS.good;
      const request = () =>
        cluster.request('payments', `pay ${orderId}`, (context) =>
          payOrder(context, { orderId, userId, paymentMethod: card }),
        );
      const [{ status, code }] = await Promise.all([
        request(),
        chances.chance(plan.impatience) ? request() : undefined,
      ]);
      if (code === 'order-expired') world.reached('a buyer is late: payment is requested after the hold ended');
      if (status === 200 || code === 'order-closed' || code === 'order-expired') return;
      if (code === 'authentication-required' && chances.chance(plan.closedTabs)) {
        await scheduler.sleep(chances.between(0, holdMs + 500));
        if (chances.chance(0.8)) bank.authenticate(orderId, chances.chance(0.9) ? 'succeeded' : 'failed');
        return;
      }
      await scheduler.sleep(chances.between(0, 1500));
      if (code === 'authentication-required' && chances.chance(0.7)) bank.authenticate(orderId);
    }
  }

  /** I10: tries to change what belongs to others, which must be refused. */
  async function trespass(): Promise<void> {
    const chances = world.stream('stranger');
    while (goesOn()) {
      await scheduler.sleep(chances.between(500, 4000));
      const orderId = acknowledged.orders.at(-1);
      const ticket = known.at(-1);
      if (!chances.chance(plan.strangers) || orderId === undefined || !ticket) continue;
      const [attempt, response]: [string, Response<unknown>] = chances.chance(0.5)
        ? [
            'cancels an order',
            await cluster.request('orders', 'trespass', (context) => cancelOrder(context, orderId, 'stranger')),
          ]
        : chances.chance(0.5)
          ? [
              'pays an order',
              await cluster.request('payments', 'trespass', (context) =>
                payOrder(context, { orderId, userId: 'stranger', paymentMethod: CARDS.good }),
              ),
            ]
          : [
              'withdraws a ticket',
              await cluster.request('tickets', 'trespass', (context) => withdrawTicket(context, ticket.id, 'stranger')),
            ];
      if (response.status === 200) world.broken(`I10: a stranger ${attempt} of another user`);
      if (response.status === 403 || response.status === 404) world.reached('a stranger is refused');
    }
  }

  /** I13, I14: sellers enter codes, the same ones too, and everybody tries to read them. */
  async function deliver(name: string): Promise<void> {
    const chances = world.stream(name);
    while (goesOn()) {
      await scheduler.sleep(chances.between(20, 800));
      const ticket = known.length > 0 ? chances.pick(known.slice(-plan.tickets - 2)) : undefined;
      if (!ticket || !chances.chance(plan.deliveries)) continue;
      if (chances.chance(0.4)) await putCode(ticket, chances.chance(0.2) ? undefined : chances.pick(CODES));
      else {
        const buyers = Array.from({ length: plan.buyers }, (_, index) => `buyer-${index + 1}`);
        await read(ticket.id, chances.pick([ticket.sellerId, 'stranger', ...buyers, ...buyers]));
      }
    }
  }

  async function putCode({ id: ticketId, sellerId: userId }: { id: string; sellerId: string }, code?: string) {
    const { code: problem } = await cluster.request('tickets', `deliver ${ticketId}`, (context) =>
      putDelivery(context, { ticketId, userId, text: { code } }),
    );
    if (problem === 'already-listed') world.reached('a code is refused because another listing has it');
    if (problem === 'ticket-reserved') world.reached('a delivery is refused because the ticket is held');
  }

  async function read(ticketId: string, userId: string): Promise<void> {
    const { status } = await cluster.request('tickets', `read ${ticketId} as ${userId}`, (context) =>
      readDelivery(context, ticketId, userId),
    );
    if (status === 200) wasRead({ ticketId, userId });
    if (!userId.startsWith('buyer')) return;
    if (status === 200) world.reached('a buyer reads the delivery of the ticket that they paid for');
    if (status === 404) world.reached('a buyer who has not paid is refused the delivery');
  }

  /** I10: a user signs in in several browsers, signs out in one, in the others, or everywhere. `copies`: all cookies, for ever. */
  async function browse(userId: string, copies: string[]): Promise<void> {
    const chances = world.stream(`sessions of ${userId}`);
    let browsers: string[] = [];
    const user = { id: userId, email: `${userId}@example.com` };
    while (goesOn()) {
      await scheduler.sleep(chances.between(50, 1500));
      if (!chances.chance(plan.sessions)) continue;
      const current = browsers.at(-1);
      if (current === undefined || (browsers.length < 3 && chances.chance(0.5))) {
        const { value } = await cluster.request('auth', `sign ${userId} in`, (context) =>
          startSession(context, user, { network: '192.0.2.1', browser: 'Firefox on Linux' }),
        );
        if (value) browsers.push(value.id);
        if (value) copies.push(value.id);
        continue;
      }
      const [ended, response] = chances.chance(0.5)
        ? [
            [current],
            await cluster.request('auth', `sign ${userId} out`, (context) => endSession(context, userId, current)),
          ]
        : chances.chance(0.5)
          ? [
              browsers.filter((one) => one !== current),
              await cluster.request('auth', `sign ${userId} out elsewhere`, (context) =>
                endSessions(context, userId, { except: current }),
              ),
            ]
          : [
              browsers,
              await cluster.request('auth', `sign ${userId} out everywhere`, (context) => endSessions(context, userId)),
            ];
      if (response.status !== 200) continue;
      if (ended.length > 1) world.reached('all sessions of a user end in one write');
      browsers = browsers.filter((one) => !ended.includes(one));
    }
  }

  /** Uses copies of all cookies that there ever were. */
  async function copyCookies(copies: readonly string[]): Promise<void> {
    const chances = world.stream('copied cookies');
    while (goesOn()) {
      await scheduler.sleep(chances.between(20, 400));
      if (copies.length === 0) continue;
      const id = chances.pick(copies);
      const service = chances.pick(['tickets', 'orders', 'payments'] as const);
      await cluster.request(service, `use session ${id}`, ({ endedSessions }) => {
        sessionUsed({ id, process: service, isRefused: endedSessions.has(id) });
        return Promise.resolve();
      });
    }
  }

  async function track(actor: Promise<void>): Promise<void> {
    active++;
    await actor;
    active--;
  }

  return {
    acknowledged,
    /** Whether an actor has not finished yet. */
    get busy() {
      return active > 0;
    },
    start(): void {
      for (let index = 0; index < plan.sellers; index++)
        void track(sell(`seller-${index + 1}`, index === 0 ? plan.tickets : 0));
      for (let index = 0; index < plan.buyers; index++) void track(buy(`buyer-${index + 1}`));
      if (plan.sessions > 0) {
        const copies: string[] = [];
        for (const userId of ['seller-1', 'buyer-1']) void track(browse(userId, copies));
        void track(copyCookies(copies));
      }
      if (plan.strangers > 0) void track(trespass());
      if (plan.deliveries > 0) for (const name of ['delivery-1', 'delivery-2', 'delivery-3']) void track(deliver(name));
    },
  };
}
