import type { Bus, BusMessage } from '../bus.ts';

type Member = (message: BusMessage) => void;

interface Letter {
  text: string;
  redeliveries: number;
}

interface Group {
  members: Member[];
  next: number;
  /** What came while the group had no members. */
  waiting: Letter[];
}

interface Subject {
  published: string[];
  groups: Map<string, Group>;
}

/** What outlives the members of a bus: pass the same one to several buses to have them as processes of one system. */
export type MemoryBroker = Map<string, Subject>;

/**
 * A bus inside one process that keeps the promises of the real one: each group gets every message of a subject from the
 * first on, one member at a time, and again until it is acknowledged.
 */
export function memoryBus({
  redeliverAfterMs = 200,
  broker = new Map(),
}: { redeliverAfterMs?: number; broker?: MemoryBroker } = {}): Bus {
  const leave: (() => void)[] = [];
  let closed = false;

  function at(name: string): Subject {
    const subject = broker.get(name) ?? { published: [], groups: new Map<string, Group>() };
    broker.set(name, subject);
    return subject;
  }

  function send(group: Group, subject: string, letter: Letter): void {
    const member = group.members[group.next++ % group.members.length];
    if (member === undefined) {
      group.waiting.push(letter);
      return;
    }
    let acknowledged = false;
    const message: BusMessage = {
      subject,
      raw: Buffer.from(letter.text),
      redeliveries: letter.redeliveries,
      ack() {
        acknowledged = true;
      },
    };
    setTimeout(() => {
      if (group.members.includes(member)) member(message);
    });
    setTimeout(() => {
      if (!acknowledged) send(group, subject, { ...letter, redeliveries: letter.redeliveries + 1 });
    }, redeliverAfterMs).unref();
  }

  return {
    get connected() {
      return !closed;
    },
    whenConnected: Promise.resolve(),
    publish(name, text) {
      if (closed) return Promise.reject(new Error('the bus is closed'));
      const subject = at(name);
      subject.published.push(text);
      for (const group of subject.groups.values()) send(group, name, { text, redeliveries: 0 });
      return Promise.resolve();
    },
    subscribe(name, groupName, onMessage) {
      const { groups, published } = at(name);
      const before = groups.get(groupName);
      const group = before ?? {
        members: [],
        next: 0,
        waiting: published.map((text) => ({ text, redeliveries: 0 })),
      };
      groups.set(groupName, group);
      // A function of its own, so that one who leaves doesn't take along another who subscribed with the same one.
      const member: Member = (message) => {
        onMessage(message);
      };
      group.members.push(member);
      leave.push(() => group.members.splice(group.members.indexOf(member), 1));
      for (const letter of group.waiting.splice(0)) send(group, name, letter);
    },
    close() {
      closed = true;
      for (const step of leave.splice(0)) step();
      return Promise.resolve();
    },
  };
}
