import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { busSettings, connectBus } from '@ticketing/core';
import { silentLog } from '@ticketing/core/testing';
import { loadConfig } from '@ticketing/runtime';
import { consumedEvents } from '../../e2e/support/consumed-events.ts';
import { send } from '../../e2e/support/http.ts';
import type { Stack } from '../../scripts/stack.ts';
import type { Marketplace } from './marketplace.ts';

const subjects = [...new Set(Object.values(consumedEvents).flat())];
const POISON_LIMIT_MS = 30_000;
/** How many messages are published again: all of them would take minutes. */
const MAX_REPUBLISHED = 3000;

export type Tap = Awaited<ReturnType<typeof tapBus>>;

/** Records every event on the bus from now on, can publish them again, and can publish poison messages. */
export async function tapBus(servers: Marketplace['servers'], stack: Stack) {
  const settings = { ...process.env, NATS_URL: servers.nats.url, INSTANCE: 'tap' };
  const bus = connectBus(loadConfig(busSettings, settings), silentLog);
  const messages = new Map<string, string>();
  for (const subject of subjects)
    bus.subscribe(subject, 'tap', (message) => {
      const text = message.raw.toString();
      if (!isPoison(text)) messages.set(text, subject);
      message.ack();
    });
  await bus.whenConnected;

  /** Retries while the bus is down. */
  async function publish(subject: string, text: string): Promise<void> {
    for (;;)
      try {
        await bus.publish(subject, text);
        return;
      } catch {
        await delay(200);
      }
  }

  /** Whether every service has dead-lettered the text on each subject that it consumes. */
  async function isDeadLettered(text: string): Promise<boolean> {
    for (const [service, ofService] of Object.entries(consumedEvents)) {
      const { body } = await send<{ deadLetters?: { subject: string; text: string }[] }>(
        `${stack.process(`${service}-1`).adminUrl}/dead-letters?limit=1000`,
        'GET',
      );
      const deadLettered = new Set(
        body.deadLetters?.filter((letter) => letter.text === text).map(({ subject }) => subject),
      );
      if (!ofService.every((subject) => deadLettered.has(subject))) return false;
    }
    return true;
  }

  return {
    /** Drops what it recorded, because the bus has lost its data: not every service may have consumed it. */
    forget: () => {
      messages.clear();
    },
    /** Publishes a malformed message on every subject. Returns whether every consumer has dead-lettered it in time. */
    async poison(): Promise<boolean> {
      const text = `poison ${randomUUID()}`;
      await Promise.all(subjects.map((subject) => publish(subject, text)));
      const deadline = Date.now() + POISON_LIMIT_MS;
      while (Date.now() < deadline) {
        if (await isDeadLettered(text)) return true;
        await delay(100);
      }
      return false;
    },
    /** Publishes recorded messages again, in random order, and waits until all are handled. Returns how many. */
    async republish(): Promise<number> {
      const shuffled = [...messages]
        .map((message) => [Math.random(), message] as const)
        .sort(([a], [b]) => a - b)
        .slice(0, MAX_REPUBLISHED);
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

  /** How many messages all processes have handled so far. */
  async function handled(): Promise<number> {
    let sum = 0;
    for (const { name, adminUrl } of stack.processes) {
      if (!Object.keys(consumedEvents).some((service) => name.startsWith(`${service}-`))) continue;
      const text = await (await fetch(`${adminUrl}/metrics`)).text();
      for (const [, count] of text.matchAll(/^events_handled_total\{.*\} (\d+)$/gm)) sum += Number(count);
    }
    return sum;
  }
}

/** Whether a message is one of `poison`. */
export const isPoison = (text: string): boolean => text.startsWith('poison ');
