import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { connectBus } from '@ticketing/common';
import { silentLog } from '@ticketing/common/testing';
import { consumedEvents } from '../../e2e/support/consumed-events.ts';
import { send } from '../../e2e/support/http.ts';
import type { Stack } from '../../scripts/stack.ts';
import type { Marketplace } from './marketplace.ts';

const subjects = [...new Set(Object.values(consumedEvents).flat())];
const POISON_LIMIT_MS = 30_000;
/** As many of the messages as come again: all of them would take minutes. */
const SAID_AGAIN = 3000;

export type Tap = Awaited<ReturnType<typeof tapBus>>;

/** Hears all that is said on the bus from now on, can say it again, and can say what nobody can read. */
export async function tapBus(servers: Marketplace['servers'], stack: Stack) {
  const bus = connectBus({ NATS_URL: servers.nats.url, NATS_CLUSTER_ID: 'ticketing', INSTANCE: 'tap' }, silentLog);
  const messages = new Map<string, string>();
  for (const subject of subjects)
    bus.subscribe(subject, 'tap', (message) => {
      const text = message.raw.toString();
      if (!isPoison(text)) messages.set(text, subject);
      message.ack();
    });
  await bus.whenConnected;

  /** The bus may be away for the moment. */
  async function publish(subject: string, text: string): Promise<void> {
    for (;;)
      try {
        await bus.publish(subject, text);
        return;
      } catch {
        await delay(200);
      }
  }

  async function areSetAside(text: string): Promise<boolean> {
    for (const [service, ofService] of Object.entries(consumedEvents)) {
      const { body } = await send<{ deadLetters?: { subject: string; text: string }[] }>(
        `${stack.process(`${service}-1`).url}/dead-letters`,
        'GET',
      );
      const there = new Set(body.deadLetters?.filter((letter) => letter.text === text).map(({ subject }) => subject));
      if (!ofService.every((subject) => there.has(subject))) return false;
    }
    return true;
  }

  return {
    /** Forgets what it consumedEvents: the bus has lost its data, and with them what had not been consumedEvents by all. */
    forget: () => {
      messages.clear();
    },
    /** Says what nobody can read on every subject; gives whether every service that hears it has set it aside in time. */
    async poison(): Promise<boolean> {
      const text = `poison ${randomUUID()}`;
      await Promise.all(subjects.map((subject) => publish(subject, text)));
      const deadline = Date.now() + POISON_LIMIT_MS;
      while (Date.now() < deadline) {
        if (await areSetAside(text)) return true;
        await delay(100);
      }
      return false;
    },
    /** Says a good part of what was said once more, in another order, and waits until nobody handles any more of it. Gives how much. */
    async sayAgain(): Promise<number> {
      const shuffled = [...messages]
        .map((message) => [Math.random(), message] as const)
        .sort(([a], [b]) => a - b)
        .slice(0, SAID_AGAIN);
      await Promise.all(shuffled.map(([, [text, subject]]) => publish(subject, text)));
      let [before, now] = [-1, await handled()];
      while (now !== before) {
        await delay(2000);
        [before, now] = [now, await handled()];
      }
      return shuffled.length;
    },
    close: () => bus.close(),
  };

  /** How many messages all processes have handled. */
  async function handled(): Promise<number> {
    let sum = 0;
    for (const { name, url } of stack.processes) {
      if (!Object.keys(consumedEvents).some((service) => name.startsWith(`${service}-`))) continue;
      const text = await (await fetch(`${url}/metrics`)).text();
      for (const [, count] of text.matchAll(/^events_handled_total\{.*\} (\d+)$/gm)) sum += Number(count);
    }
    return sum;
  }
}

export const isPoison = (text: string): boolean => text.startsWith('poison ');
