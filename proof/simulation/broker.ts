import type { Bus } from '@ticketing/common';
import { currentProcess, inProcess } from './scheduler.ts';
import type { Process } from './scheduler.ts';
import type { World } from './world.ts';

/** As the real bus is told: what isn't acknowledged so long comes again. */
const ACK_WAIT_MS = 5000;

interface Message {
  subject: string;
  text: string;
  /** In which of the bus's lives it came: what was on its way before the data was lost is nobody's any more. */
  era: number;
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

/** A bus that does all that "at least once" allows: late, twice, in any order, lost until it comes again. */
export function createBroker(
  world: World,
  told: {
    published(subject: string, text: string): void;
    delivered(group: string, subject: string, text: string, times: number): void;
  },
) {
  const { scheduler, chances } = world;
  let messages: Message[] = [];
  let groups = new Map<string, Set<string>>();
  let members: Member[] = [];
  let era = 0;
  let awayUntil = -1;

  const delay = () => (world.strikes('delays') ? chances.between(10, 9000) : chances.between(0.5, 15));

  function send(message: Message, group: string, after = delay()): void {
    const open = message.open.get(group);
    if (!open) return;
    scheduler.after(
      after,
      () => {
        if (message.era !== era || !message.open.has(group)) return;
        if (scheduler.now < awayUntil) {
          send(message, group, awayUntil - scheduler.now + chances.between(1, 500));
          return;
        }
        const able = members.filter((one) => one.group === group && one.subject === message.subject);
        const again = () => {
          scheduler.after(
            ACK_WAIT_MS,
            () => {
              send(message, group);
            },
            null,
          );
        };
        if (able.length === 0 || world.strikes('drops')) {
          if (able.length > 0) world.tell(() => `${message.subject} to ${group} is lost on the way`);
          again();
          return;
        }
        if (world.strikes('duplicates')) {
          world.took('a message is delivered twice');
          send(message, group);
        }
        if (open.deliveries > 0) world.took('a message comes again because it was not acknowledged');
        deliver(message, group, chances.pick(able), open.deliveries++);
        again();
      },
      null,
    );
  }

  function deliver(message: Message, group: string, { process, onMessage }: Member, times: number) {
    const ack = () => {
      if (world.mayCrash(process, 'after handling a message, before it is acknowledged')) {
        world.took('a process dies after handling a message, before it is acknowledged');
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
      told.delivered(group, message.subject, message.text, times);
      onMessage({ subject: message.subject, raw: Buffer.from(message.text), ack });
    });
  }

  function offer(message: Message, group: string, after?: number): void {
    message.open.set(group, { deliveries: 0 });
    send(message, group, after);
  }

  function store(subject: string, text: string): void {
    const message: Message = { subject, text, era, open: new Map() };
    messages.push(message);
    for (const group of groups.get(subject) ?? []) offer(message, group);
    told.published(subject, text);
  }

  return {
    store,
    /** Takes the place of the connection of the process that asks. */
    connect(): Bus {
      const process = currentProcess();
      if (!process) throw new Error('only a process connects');
      let closed = false;
      const isConnected = () => !closed && scheduler.now >= awayUntil;
      return {
        get connected() {
          return isConnected();
        },
        whenConnected: Promise.resolve(),
        publish(subject, text) {
          if (!isConnected()) return Promise.reject(new Error('the bus is away'));
          const fails = world.strikes('lostPublishes');
          const first = fails && chances.chance(0.5);
          return scheduler.call(
            () => {
              if (first || scheduler.now < awayUntil) throw new Error('the bus did not answer');
              store(subject, text);
              if (!fails) return;
              world.took('a publication fails and the bus has it all the same');
              throw new Error('the bus did not answer');
            },
            world.latency,
            {
              before: () => world.mayCrash(process, `before it publishes ${subject}`),
              after() {
                if (world.mayCrash(process, `after the bus has ${subject}, before it leaves the outbox`))
                  world.took('a process dies after the bus has an event, before it leaves the outbox');
              },
            },
          );
        },
        subscribe(subject, group, onMessage) {
          members.push({ process, subject, group, onMessage });
          const known = groups.get(subject) ?? new Set<string>();
          groups.set(subject, known);
          if (known.has(group)) return;
          known.add(group);
          for (const message of messages) if (message.subject === subject) offer(message, group);
        },
        close() {
          closed = true;
          members = members.filter((one) => one.process !== process);
          return Promise.resolve();
        },
      };
    },
    /** A process is gone, and the bus has noticed. */
    forget(process: Process): void {
      members = members.filter((one) => one.process !== process);
    },
    goAway(ms: number): void {
      world.tell(() => `the bus is away for ${Math.round(ms)} ms`);
      awayUntil = Math.max(awayUntil, scheduler.now + ms);
    },
    comeBack(): void {
      awayUntil = -1;
    },
    /** All data is lost; those who listen subscribe anew. */
    wipe(): void {
      world.tell(() => 'the bus loses its data');
      era++;
      messages = [];
      groups = new Map();
      for (const { subject, group } of members) groups.set(subject, (groups.get(subject) ?? new Set()).add(group));
      awayUntil = scheduler.now + chances.between(500, 3000);
    },
    /** Everything that was ever said, again, to everybody who hears it. */
    echo(): void {
      for (const message of chances.shuffle(messages))
        for (const group of groups.get(message.subject) ?? []) offer(message, group, chances.between(0, 3000));
    },
    /** What somebody has still to acknowledge. */
    unacknowledged: (): string[] =>
      messages.flatMap(({ subject, open }) => [...open.keys()].map((group) => `${subject} to ${group}`)),
    get members() {
      return members.length;
    },
  };
}
