import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { connectBus } from '@ticketing/core';
import type { Bus, BusMessage } from '@ticketing/core';
import { eventually, memoryBus, silentLog } from '@ticketing/core/testing';
import type { MemoryBroker } from '@ticketing/core/testing';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { pino } from 'pino';
import { eventsPublished } from '../src/metrics.ts';
import { CLUSTER_ID, busOf, startNats } from './nats-server.ts';
import type { Kind, NatsServer } from './nats-server.ts';
import { freePort } from './servers.ts';

const unique = (word: string): string => `${word}-${randomBytes(4).toString('hex')}`;
const range = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));
/** The distinct texts in the order of their first arrival. */
const distinct = (texts: string[]): string[] => [...new Set(texts)];

/** Subscribes a group to a subject and records what it receives; acknowledges unless `accept` refuses. */
function consume(bus: Bus, subject: string, group: string, accept: (message: BusMessage) => boolean = () => true) {
  const got: string[] = [];
  bus.subscribe(subject, group, (message) => {
    got.push(message.raw.toString());
    if (accept(message)) message.ack();
  });
  return got;
}

const all = (got: string[], count: number) =>
  eventually(
    () => distinct(got),
    (texts) => texts.length >= count,
  );

const received = (got: string[], text: string) =>
  eventually(
    () => got,
    (texts) => texts.includes(text),
  );

/** Publishes messages, a hundred at a time: a slow disk acknowledges those in time. */
async function publishAll(bus: Bus, subject: string, texts: string[]): Promise<void> {
  for (let from = 0; from < texts.length; from += 100)
    await Promise.all(texts.slice(from, from + 100).map((text) => bus.publish(subject, text)));
}

/** Publishes a message again until the bus acknowledges it. */
const publishUntilAcknowledged = (bus: Bus, subject: string, text: string) =>
  eventually(
    () =>
      bus.publish(subject, text).then(
        () => true,
        () => false,
      ),
    (acknowledged) => acknowledged,
  );

const kinds = ['NATS Streaming', 'NATS JetStream'] as const;
const servers = {} as Record<Kind, NatsServer>;
beforeAll(async () => {
  for (const kind of kinds) servers[kind] = await startNats([], kind);
});
afterAll(() => Promise.all(kinds.map((kind) => servers[kind].stop())));

const opened: Bus[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((bus) => bus.close()));
});

/** Long enough that even a busy machine acknowledges in time, for tests that must not see a redelivery. */
const REDELIVER_AFTER_MS = 3000;
const broker: MemoryBroker = new Map();
const settings = (kind: Kind, url = servers[kind].url) => ({
  ...{ BUS: busOf[kind], NATS_URL: url, NATS_CLUSTER_ID: CLUSTER_ID, NATS_REPLICAS: 1 },
  INSTANCE: unique('instance'),
});
async function connected(kind: Kind, more: object = {}): Promise<Bus> {
  const bus = connectBus({ ...settings(kind), ...more }, silentLog);
  opened.push(bus);
  await bus.whenConnected;
  return bus;
}
const opens = {
  'in memory': () => Promise.resolve(memoryBus({ broker, redeliverAfterMs: REDELIVER_AFTER_MS })),
  'NATS Streaming': () => connected('NATS Streaming'),
  'NATS JetStream': () => connected('NATS JetStream'),
};

describe.each(['in memory', ...kinds] as const)('the bus %s', (kind) => {
  /** A new connection to the same bus, like that of another process. */
  const open = async (): Promise<Bus> => {
    const bus = await opens[kind]();
    opened.push(bus);
    return bus;
  };

  it('delivers a message byte for byte with its subject', async () => {
    const bus = await open();
    const subject = unique('ticket:happened');
    const got: BusMessage[] = [];
    bus.subscribe(subject, 'consumers', (message) => {
      got.push(message);
      message.ack();
    });
    await bus.publish(subject, '{"name":"Zoë 🎟️"}');
    const [message] = await eventually(
      () => got,
      ({ length }) => length > 0,
    );
    expect({ subject: message?.subject, text: message?.raw.toString('utf8') }).toEqual({
      subject,
      text: '{"name":"Zoë 🎟️"}',
    });
  });

  it('redelivers a message until it is acknowledged, and no other message', async () => {
    const bus = await open();
    const subject = unique('ticket:happened');
    const got: string[] = [];
    bus.subscribe(subject, 'consumers', (message) => {
      const text = message.raw.toString();
      got.push(text);
      if (text === 'acknowledged at once' || got.filter((one) => one === text).length === 2) message.ack();
    });
    await bus.publish(subject, 'acknowledged at once');
    await bus.publish(subject, 'acknowledged the second time');
    await eventually(
      () => got,
      ({ length }) => length >= 3,
    );
    expect(got).toEqual(['acknowledged at once', 'acknowledged the second time', 'acknowledged the second time']);
  });

  it('delivers each message to one member of a group', async () => {
    const [one, other] = [await open(), await open()];
    const subject = unique('ticket:happened');
    const shares: string[][] = [[], []];
    // The first message is acknowledged once each member has one: a member with an unacknowledged message does not block the other.
    let first: BusMessage | undefined;
    const take = (share: string[]) => (message: BusMessage) => {
      share.push(message.raw.toString());
      if (shares.every(({ length }) => length > 0)) first?.ack();
      if (first === undefined) first = message;
      else message.ack();
    };
    // A subscription takes effect some time after the call: probes show when both have.
    const probed = new Set<number>();
    [one, other].forEach((bus, index) => {
      const count = take(shares[index] ?? []);
      bus.subscribe(subject, 'consumers', (message) => {
        if (message.raw.toString() !== 'probe') {
          count(message);
          return;
        }
        probed.add(index);
        message.ack();
      });
    });
    await eventually(
      () => one.publish(subject, 'probe'),
      () => probed.size === 2,
    );
    await Promise.all(range(100).map((text) => one.publish(subject, text)));
    await eventually(
      () => shares.flat(),
      (texts) => distinct(texts).length === 100,
    );
    // On a slow machine the first may have been redelivered by now.
    const acknowledged = shares.flat().filter((text) => text !== first?.raw.toString());
    expect(acknowledged).toHaveLength(99);
    for (const share of shares) expect(share).not.toHaveLength(0);
  });

  it('delivers every message to each of two groups', async () => {
    const bus = await open();
    const subject = unique('ticket:happened');
    const groups = [consume(bus, subject, 'consumers'), consume(bus, subject, 'auditors')];
    await Promise.all(range(20).map((text) => bus.publish(subject, text)));
    for (const got of groups) expect((await all(got, 20)).sort()).toEqual(range(20).sort());
  });

  it('delivers a subject from its first message on to a group that subscribes late', async () => {
    const bus = await open();
    const subject = unique('ticket:happened');
    for (const text of range(5)) await bus.publish(subject, text);
    expect(await all(consume(bus, subject, 'late'), 5)).toEqual(range(5));
  });

  it('delivers the messages of one publisher in order', async () => {
    const bus = await open();
    const subject = unique('ticket:happened');
    const got = consume(bus, subject, 'consumers');
    await publishAll(bus, subject, range(300));
    expect(await all(got, 300)).toEqual(range(300));
  });

  it('keeps the position of a group after all of its members have left', async () => {
    const subject = unique('ticket:happened');
    const publisher = await open();
    const first = await open();
    const before = consume(first, subject, 'consumers');
    await publisher.publish(subject, 'before');
    await all(before, 1);
    await first.close();
    await publisher.publish(subject, 'between');
    const second = await open();
    const after = consume(second, subject, 'consumers');
    await publisher.publish(subject, 'after');
    await received(after, 'after');
    expect(distinct(after)).toEqual(['between', 'after']);
  });

  it('redelivers the unacknowledged messages of a member that has left to the next member', async () => {
    const subject = unique('ticket:happened');
    const first = await open();
    const before = consume(first, subject, 'consumers', () => false);
    await first.publish(subject, 'unacknowledged');
    await all(before, 1);
    await first.close();
    const second = await open();
    expect(await all(consume(second, subject, 'consumers'), 1)).toEqual(['unacknowledged']);
  });

  it('delivers later messages while an earlier one is unacknowledged', async () => {
    const bus = await open();
    const subject = unique('ticket:happened');
    const got = consume(bus, subject, 'consumers', (message) => message.raw.toString() !== 'poison');
    await bus.publish(subject, 'poison');
    await Promise.all(range(100).map((text) => bus.publish(subject, text)));
    await all(got, 101);
    // On a slow machine some may have been redelivered by now.
    expect(distinct(got).filter((text) => text !== 'poison')).toEqual(range(100));
  });

  it('rejects publications once it is closed', async () => {
    const bus = await open();
    await bus.close();
    expect(bus.connected).toBe(false);
    await expect(bus.publish(unique('ticket:happened'), 'too late')).rejects.toThrow(/the bus is/);
  });
});

describe.each(kinds)('%s under failures', (kind) => {
  const open = (INSTANCE = unique('instance')) => connected(kind, { INSTANCE });

  it('rejects publications at once while no server is up, and can be closed', async () => {
    const bus = connectBus(settings(kind, 'nats://127.0.0.1:1'), silentLog);
    bus.subscribe('ticket:happened', 'consumers', () => undefined);
    expect(bus.connected).toBe(false);
    await expect(bus.publish('ticket:happened', 'lost')).rejects.toThrow('the bus is unavailable');
    await bus.close();
  });

  it('counts every publication once it is acknowledged, also of one that has no outbox', async () => {
    const count = async () => (await eventsPublished.get()).values[0]?.value ?? 0;
    const bus = await open();
    const before = await count();
    await publishAll(bus, unique('ticket:happened'), range(3));
    expect(await count()).toBe(before + 3);
    await bus.close();
    await expect(bus.publish('ticket:happened', 'lost')).rejects.toThrow('the bus is');
    expect(await count()).toBe(before + 3);
  });

  it('loses no message whose publication was acknowledged before it was closed', async () => {
    const subject = unique('ticket:happened');
    const bus = await open();
    const outcomes = Promise.allSettled(range(100).map((text) => bus.publish(subject, text)));
    await bus.close();
    const results = await outcomes;
    const acknowledged = range(100).filter((_, index) => results[index]?.status === 'fulfilled');
    const got = consume(await open(), subject, 'consumers');
    await eventually(
      () => got,
      () => acknowledged.every((text) => got.includes(text)),
    );
  });

  it('accepts a restarted process under the name of the killed one', async () => {
    const subject = unique('ticket:happened');
    const instance = unique('instance');
    const member = spawn(
      process.execPath,
      ['--conditions=source', path.join(import.meta.dirname, 'bus-member.ts'), subject, 'consumers'],
      {
        env: { ...process.env, ...settings(kind), NATS_REPLICAS: '1', INSTANCE: instance },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    try {
      let printed = '';
      member.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
      const publisher = await open();
      await publisher.publish(subject, 'to the first');
      await eventually(
        () => printed,
        (text) => text.includes('to the first'),
      );
    } finally {
      const ended = new Promise((resolve) => member.once('exit', resolve));
      member.kill('SIGKILL');
      await ended;
    }
    const got = consume(await open(instance), subject, 'consumers');
    const publisher = await open();
    await publisher.publish(subject, 'to the second');
    await received(got, 'to the second');
  });

  it('restores subscriptions and publishing after the server was killed, and keeps acknowledged messages', async () => {
    const subject = unique('ticket:happened');
    const bus = await open();
    const got = consume(bus, subject, 'consumers');
    await bus.publish(subject, 'before');
    await all(got, 1);
    const unconsumed = unique('ticket:happened');
    await bus.publish(unconsumed, 'acknowledged before the crash');

    await servers[kind].kill();
    await expect(bus.publish(subject, 'while it is down')).rejects.toThrow();
    await servers[kind].start();

    await publishUntilAcknowledged(bus, subject, 'after');
    await received(got, 'after');
    expect(await all(consume(bus, unconsumed, 'consumers'), 1)).toEqual(['acknowledged before the crash']);
  });

  it('delivers to the only member of a group, which took the place of another just before the server was killed', async () => {
    // Redelivered within a second.
    const [subject, group] = ['session:ended', unique('consumers')];
    const first = await open();
    const before = consume(first, subject, group, () => false);
    await first.publish(subject, 'before');
    await all(before, 1);
    await first.close();
    const got = consume(await open(), subject, group);
    // Its subscription has taken effect, and no message has come to the subject since: only then does the server write it to its disk.
    await received(got, 'before');

    await servers[kind].kill();
    await servers[kind].start();

    await publishUntilAcknowledged(await open(), subject, 'after');
    await received(got, 'after');
  });

  it('rejects the publications that a killed server has not acknowledged', async () => {
    const subject = unique('ticket:happened');
    const bus = await open();
    await bus.publish(subject, 'acknowledged');
    servers[kind].freeze();
    const outcomes = Promise.allSettled(range(20).map((text) => bus.publish(subject, text)));
    await servers[kind].kill();
    await servers[kind].start();
    expect(new Set((await outcomes).map(({ status }) => status))).toEqual(new Set(['rejected']));
  });

  it('keeps the position of each group when the server is killed, and delivers the remaining messages', async () => {
    const subject = unique('ticket:happened');
    const bus = await open();
    const got = consume(bus, subject, 'consumers', (message) => message.raw.toString() === 'done');
    await bus.publish(subject, 'done');
    await bus.publish(subject, 'unacknowledged');
    await all(got, 2);
    await bus.close();
    if (kind === 'NATS JetStream') {
      // It writes acknowledgements to the disk a moment later, so those just before a crash are lost; not at a shutdown.
      await servers[kind].kill('SIGTERM');
      await servers[kind].start();
    }

    await servers[kind].kill();
    await servers[kind].start();

    const after = consume(await open(), subject, 'consumers');
    await received(after, 'unacknowledged');
    expect(distinct(after)).toEqual(['unacknowledged']);
  });

  it('loses none of 1000 messages whose publications were acknowledged before the server was killed', async () => {
    const subject = unique('ticket:happened');
    const bus = await open();
    await publishAll(bus, subject, range(1000));

    await servers[kind].kill();
    await servers[kind].start();

    expect((await all(consume(await open(), subject, 'consumers'), 1000)).sort()).toEqual(range(1000).sort());
  });

  it('restores subscriptions and publishing after the server has lost its store', async () => {
    const subject = unique('ticket:happened');
    const bus = await open();
    const got = consume(bus, subject, 'consumers');
    await bus.publish(subject, 'before');
    await all(got, 1);

    await servers[kind].kill();
    await servers[kind].wipe();
    await servers[kind].start();

    // Until the client notices the restart, the new server rejects publications of an unknown client id.
    await publishUntilAcknowledged(bus, subject, 'after');
    await received(got, 'after');
  });
});

describe.each(kinds)('%s', (kind) => {
  it('redelivers an urgent event that a client has lost sooner than another event', async () => {
    const bus = await connected(kind);
    const [urgent, other] = ['session:ended', unique('ticket:happened')];
    const got: string[] = [];
    for (const subject of [other, urgent])
      bus.subscribe(subject, unique('consumers'), (message) => {
        const isLost = !got.includes(subject);
        got.push(subject);
        if (!isLost) message.ack();
      });
    await Promise.all([other, urgent].map((subject) => bus.publish(subject, 'lost the first time')));
    const secondOf = (subject: string) => got.indexOf(subject, got.indexOf(subject) + 1);
    await eventually(
      () => [urgent, other].map(secondOf),
      (seconds) => seconds.every((index) => index > 0),
    );
    expect(secondOf(urgent)).toBeLessThan(secondOf(other));
  });
});

describe('NATS JetStream', () => {
  const kind = 'NATS JetStream';

  /** A server of its own, and a client that changes what is on it. */
  async function ownServer(args: string[] = []) {
    const server = await startNats(args, kind);
    stopping.push(() => server.stop());
    const connection = await connect({ servers: server.url });
    stopping.push(() => connection.close());
    return { server, manager: await jetstreamManager(connection) };
  }
  const stopping: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((bus) => bus.close()));
    for (const step of stopping.splice(0).reverse()) await step();
  });

  it('syncs every message to the disk before it acknowledges it', async () => {
    const port = await freePort();
    await ownServer(['-m', String(port)]);
    const answer = await fetch(`http://127.0.0.1:${port}/jsz?config=true`);
    expect(await answer.json()).toMatchObject({ config: { sync_always: true } });
  });

  it('stores a message that is published again with the same id once', async () => {
    const bus = await opens[kind]();
    const subject = unique('ticket:happened');
    const got = consume(bus, subject, 'consumers');
    for (const id of ['first', 'first', 'second']) await bus.publish(subject, `of the ${id}`, `${subject} ${id}`);
    await bus.publish(subject, 'last');
    await received(got, 'last');
    expect(got).toEqual(['of the first', 'of the second', 'last']);
  });

  it.each([
    ['in memory', { storage: 'memory' }, 'storage is "memory", not "file"'],
    ['of other subjects', { subjects: ['ticket.created'] }, 'subjects is ["ticket.created"], not ["ticket.>"]'],
    ['that drops what is acknowledged', { retention: 'workqueue' }, 'retention is "workqueue", not "limits"'],
  ] as const)('refuses a stream %s in one line', async (_, other, difference) => {
    const { server, manager } = await ownServer();
    await manager.streams.add({ name: 'ticket', subjects: ['ticket.>'], ...other } as { name: string });
    const bus = connectBus(settings(kind, server.url), silentLog);
    opened.push(bus);
    await expect(bus.whenConnected).rejects.toMatchObject({
      name: 'ConfigError',
      message: `NATS_URL: the stream ticket differs: ${difference}`,
    });
  });

  it('refuses a stream with fewer replicas than NATS_REPLICAS', async () => {
    const { server } = await ownServer();
    await connected(kind, { NATS_URL: server.url });
    const bus = connectBus({ ...settings(kind, server.url), NATS_REPLICAS: 3 }, silentLog);
    opened.push(bus);
    await expect(bus.whenConnected).rejects.toThrow(/^NATS_URL: the stream \w+ differs: num_replicas is 1, not 3$/);
  });

  it('logs a consumer that gives up messages in one line, and subscribes once it is removed', async () => {
    const { server, manager } = await ownServer();
    const lines: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line: string) => lines.push(line) });
    const publisher = await connected(kind, { NATS_URL: server.url });
    const subject = 'ticket:happened';
    await manager.consumers.add('ticket', {
      durable_name: 'consumers_happened',
      ...{ filter_subject: 'ticket.happened', deliver_policy: 'all', ack_policy: 'explicit', max_deliver: 5 },
    });
    const bus = connectBus(settings(kind, server.url), log);
    opened.push(bus);
    const got = consume(bus, subject, 'consumers');
    await publisher.publish(subject, 'waits');
    await eventually(
      () => lines.join(''),
      (text) => text.includes('the consumer consumers_happened of the stream ticket differs: max_deliver is 5, not -1'),
    );
    await manager.consumers.delete('ticket', 'consumers_happened');
    expect(await all(got, 1)).toEqual(['waits']);
    expect(lines).toHaveLength(1);
  });

  it('creates a consumer again that an operator has deleted, and delivers every message to it again', async () => {
    const { server, manager } = await ownServer();
    const bus = await connected(kind, { NATS_URL: server.url });
    const subject = 'ticket:happened';
    const got = consume(bus, subject, 'consumers');
    await bus.publish(subject, 'before', 'before');
    await all(got, 1);
    await manager.consumers.delete('ticket', 'consumers_happened');
    await eventually(
      () =>
        bus.publish(subject, 'after').then(
          () => true,
          () => false,
        ),
      (published) => published,
    );
    await eventually(
      () => [got.filter((text) => text === 'before').length, got.includes('after')] as const,
      // Once more, or more often if an acknowledgement was lost.
      ([times, isAfter]) => times >= 2 && isAfter,
    );
  });
});
