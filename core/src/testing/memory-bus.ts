import type { Bus, BusMessage } from '../bus/bus.ts';

type Member = (message: BusMessage) => void;

interface Group {
  members: Member[];
  next: number;
  /** Messages that arrived while the group had no members. */
  waiting: string[];
}

interface Subject {
  published: string[];
  groups: Map<string, Group>;
}

/** The durable state of a bus. Several `memoryBus` with the same broker act as processes on one bus. */
export type MemoryBroker = Map<string, Subject>;

/** Creates a bus in memory, with the guarantees of `Bus`. */
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

  function send(group: Group, subject: string, text: string): void {
    const member = group.members[group.next++ % group.members.length];
    if (member === undefined) {
      group.waiting.push(text);
      return;
    }
    let acknowledged = false;
    const message: BusMessage = {
      subject,
      raw: Buffer.from(text),
      ack() {
        acknowledged = true;
      },
    };
    setTimeout(() => {
      if (group.members.includes(member)) member(message);
    });
    setTimeout(() => {
      if (!acknowledged) send(group, subject, text);
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
      for (const group of subject.groups.values()) send(group, name, text);
      return Promise.resolve();
    },
    subscribe(name, groupName, onMessage) {
      const { groups, published } = at(name);
      const group = groups.get(groupName) ?? { members: [], next: 0, waiting: [...published] };
      groups.set(groupName, group);
      // A new function for each member: one that leaves must not remove another that subscribed with the same callback.
      const member: Member = (message) => {
        onMessage(message);
      };
      group.members.push(member);
      leave.push(() => group.members.splice(group.members.indexOf(member), 1));
      for (const text of group.waiting.splice(0)) send(group, name, text);
    },
    close() {
      closed = true;
      for (const step of leave.splice(0)) step();
      return Promise.resolve();
    },
  };
}
