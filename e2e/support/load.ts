import { setTimeout as delay } from 'node:timers/promises';
import { usd, visitors } from './http.ts';
import type { Answer, User } from './http.ts';

const pick = <T>(all: readonly T[]): T => {
  const one = all[Math.floor(Math.random() * all.length)];
  if (one === undefined) throw new Error('nothing to pick from');
  return one;
};

/** A code that the API has acknowledged. */
export interface AcknowledgedCode {
  ticketId: string;
  sellerId: string;
  code: string;
}

/**
 * Runs sellers who list with a code and edit, and buyers who order, pay, are declined, cancel or abandon their order, until stopped.
 * Each pauses for `pauseMs` after what it did. Records what was acknowledged with a 2xx and which codes were readable before they
 * were paid for, counts the answers, and calls `onAnswer` with each.
 */
export async function startLoad(
  url: string,
  {
    buyers = 6,
    sellers = 2,
    pauseMs = 0,
    onAnswer = () => undefined,
  }: {
    buyers?: number;
    sellers?: number;
    pauseMs?: number;
    onAnswer?: (what: string, answer: Answer<unknown>) => void;
  } = {},
) {
  const { signUp } = visitors(url);
  const users = await Promise.all(Array.from({ length: buyers + sellers }, signUp));
  const acknowledged = { tickets: [] as string[], orders: [] as string[] };
  const codes: AcknowledgedCode[] = [];
  const readUnpaid: string[] = [];
  const answers = new Map<string, number>();
  let running = true;

  const count = (what: string, answer: Answer<unknown>) => {
    const key = `${what} ${answer.status}`;
    answers.set(key, (answers.get(key) ?? 0) + 1);
    onAnswer(what, answer);
  };

  async function sell(seller: User): Promise<void> {
    const ticket = await seller.list();
    count('list', ticket);
    if (ticket.status === 201) {
      // Before buyers know of it: while one holds it, nothing can be added.
      await deliver(seller, ticket.body.id);
      acknowledged.tickets.push(ticket.body.id);
    }
    if (acknowledged.tickets.length > 0 && Math.random() < 0.3) {
      const edited = await seller.edit(pick(acknowledged.tickets), {
        title: 'Concert',
        price: usd(2000 + Math.floor(Math.random() * 3)),
      });
      count('edit', edited);
    }
    await delay(20);
  }

  /** Adds a code to a ticket, sometimes that of another ticket, which must be refused. */
  async function deliver(seller: User, ticketId: string): Promise<void> {
    const code = (Math.random() < 0.2 ? codes.at(-1)?.code : undefined) ?? `code of ${ticketId}`;
    const answer = await seller.deliver(ticketId, code);
    count('deliver', answer);
    if (answer.status === 200) codes.push({ ticketId, sellerId: seller.id, code });
  }

  async function buy(buyer: User): Promise<void> {
    const ticketId = acknowledged.tickets.at(-1 - Math.floor(Math.random() * 8));
    if (ticketId === undefined) {
      await delay(20);
      return;
    }
    const order = await buyer.order(ticketId);
    count('order', order);
    // The connection failed; a retry at once would only be a busy loop.
    if (order.status === 0) await delay(100);
    if (order.status !== 201) return;
    acknowledged.orders.push(order.body.id);
    if (Math.random() < 0.2) {
      const unpaid = await buyer.delivery(ticketId);
      count('read unpaid', unpaid);
      if (unpaid.status === 200) readUnpaid.push(ticketId);
    }
    const mood = Math.random();
    if (mood < 0.15) count('cancel', await buyer.cancel(order.body.id));
    else if (mood < 0.3) count('decline', await buyer.pay(order.body.id, 'pm_card_chargeDeclined'));
    if (mood > 0.2 && mood < 0.9) count('pay', await buyer.pay(order.body.id));
  }

  const loops = users.map(async (user, index) => {
    while (running) {
      await (index < sellers ? sell(user) : buy(user));
      if (pauseMs > 0) await delay(pauseMs);
    }
  });

  return {
    users,
    acknowledged,
    codes,
    readUnpaid,
    answers: () => Object.fromEntries([...answers].sort()),
    async stop() {
      running = false;
      await Promise.all(loops);
    },
  };
}
