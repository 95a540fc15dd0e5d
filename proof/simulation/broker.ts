import type { Bus } from '@ticketing/core';
import { currentProcess, inProcess } from './scheduler.ts';
import type { Process } from './scheduler.ts';
import type { World } from './world.ts';

/** After this, a message that is not acknowledged is redelivered. The same as on the real bus. */
const ACK_WAIT_MS = 5000;

interface Message {
  subject: string;
  text: string;
  /** How often the bus had lost its data before: deliveries of an earlier epoch are dropped. */
  epoch: number;
  /** The groups that have not acknowledged it. */
  open: Map<string, { deliveries: number }>;
}

interface Member {
  process: Process;
  subject: string;
  group: string;
  onMessage: Parameters<Bus['subscribe']>[2];
}

export type Broker = ReturnType<typeof createBroker>;

/** A bus that does everything that at-least-once delivery allows: late, duplicate and reordered messages, and loss until redelivery. */
export function createBroker(
  world: World,
  observer: {
    published(subject: string, text: string): void;
    delivered(group: string, subject: string, text: string, times: number): void;
  },
) {
  const { scheduler, chances } = world;
  let messages: Message[] = [];
  let groups = new Map<string, Set<string>>();
  let members: Member[] = [];
  let epoch = 0;
  let downUntil = -1;

  const delay = () => (world.strikes('delays') ? chances.between(10, 9000) : chances.between(0.5, 15));

  function send(message: Message, group: string, after = delay()): void {
    const open = message.open.get(group);
    if (!open) return;
    scheduler.after(
      after,
      () => {
        if (message.epoch !== epoch || !message.open.has(group)) return;
        if (scheduler.now < downUntil) {
          send(message, group, downUntil - scheduler.now + chances.between(1, 500));
          return;
        }
        const receivers = members.filter((one) => one.group === group && one.subject === message.subject);
        const redeliver = () => {
          scheduler.after(
            ACK_WAIT_MS,
            () => {
              send(message, group);
            },
            null,
          );
        };
        if (receivers.length === 0 || world.strikes('drops')) {
          if (receivers.length > 0) world.trace(() => `${message.subject} to ${group} is lost`);
          redeliver();
          return;
        }
        if (world.strikes('duplicates')) {
          world.reached('a message is delivered twice');
          send(message, group);
        }
        if (open.deliveries > 0) world.reached('a message is redelivered because it was not acknowledged');
        deliver(message, group, chances.pick(receivers), open.deliveries++);
        redeliver();
      },
      null,
    );
  }

  function deliver(message: Message, group: string, { process, onMessage }: Member, times: number) {
    const ack = () => {
      if (world.mayCrash(process, 'after handling a message, before it is acknowledged')) {
        world.reached('a process crashes after handling a message, before it is acknowledged');
        return;
      }
      if (world.strikes('drops')) return;
      scheduler.after(
        world.latency(),
        () => {
          message.open.delete(group);
        },
        null,
      );
    };
    inProcess(process, () => {
      observer.delivered(group, message.subject, message.text, times);
      onMessage({ subject: message.subject, raw: Buffer.from(message.text), ack });
    });
  }

  function offer(message: Message, group: string, after?: number): void {
    message.open.set(group, { deliveries: 0 });
    send(message, group, after);
  }

  function store(subject: string, text: string): void {
    const message: Message = { subject, text, epoch, open: new Map() };
    messages.push(message);
    for (const group of groups.get(subject) ?? []) offer(message, group);
    observer.published(subject, text);
  }

  return {
    store,
    /** The connection of the current process. */
    connect(): Bus {
      const process = currentProcess();
      if (!process) throw new Error('there is no current process');
      let closed = false;
      const isConnected = () => !closed && scheduler.now >= downUntil;
      return {
        get connected() {
          return isConnected();
        },
        whenConnected: Promise.resolve(),
        publish(subject, text) {
          if (!isConnected()) return Promise.reject(new Error('the bus is down'));
          const fails = world.strikes('lostPublishes');
          const failsBefore = fails && chances.chance(0.5);
          return scheduler.call(
            () => {
              if (failsBefore || scheduler.now < downUntil) throw new Error('the bus timed out');
              store(subject, text);
              if (!fails) return;
              world.reached('a publication fails although the bus has stored it');
              throw new Error('the bus timed out');
            },
            world.latency,
            {
              before: () => world.mayCrash(process, `before it publishes ${subject}`),
              after() {
                if (world.mayCrash(process, `after the bus has stored ${subject}, before it leaves the outbox`))
                  world.reached('a process crashes after the bus has stored an event, before it leaves the outbox');
              },
            },
          );
        },
        subscribe(subject, group, onMessage) {
          members.push({ process, subject, group, onMessage });
          const existing = groups.get(subject) ?? new Set<string>();
          groups.set(subject, existing);
          if (existing.has(group)) return;
          existing.add(group);
          for (const message of messages) if (message.subject === subject) offer(message, group);
        },
        close() {
          closed = true;
          members = members.filter((one) => one.process !== process);
          return Promise.resolve();
        },
      };
    },
    /** Removes the subscriptions of a process that crashed. */
    forget(process: Process): void {
      members = members.filter((one) => one.process !== process);
    },
    goDown(ms: number): void {
      world.trace(() => `the bus is down for ${Math.round(ms)} ms`);
      downUntil = Math.max(downUntil, scheduler.now + ms);
    },
    recover(): void {
      downUntil = -1;
    },
    /** Loses all data; the members of the groups subscribe again. */
    wipe(): void {
      world.trace(() => 'the bus loses its data');
      epoch++;
      messages = [];
      groups = new Map();
      for (const { subject, group } of members) groups.set(subject, (groups.get(subject) ?? new Set()).add(group));
      downUntil = scheduler.now + chances.between(500, 3000);
    },
    /** Delivers every message again to every group of its subject, in another order. */
    redeliverAll(): void {
      for (const message of chances.shuffle(messages))
        for (const group of groups.get(message.subject) ?? []) offer(message, group, chances.between(0, 3000));
    },
    /** The messages that are not acknowledged, each with its group. */
    unacknowledged: (): string[] =>
      messages.flatMap(({ subject, open }) => [...open.keys()].map((group) => `${subject} to ${group}`)),
    get members() {
      return members.length;
    },
  };
}
