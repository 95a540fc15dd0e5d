import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { connectBus } from '@ticketing/common';
import type { Bus, BusMessage } from '@ticketing/common';
import { eventually, memoryBus, silentLog } from '@ticketing/common/testing';
import type { MemoryBroker } from '@ticketing/common/testing';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { CLUSTER_ID, startNats } from './nats-server.ts';
import type { NatsServer } from './nats-server.ts';

const unique = (word: string): string => `${word}-${randomBytes(4).toString('hex')}`;
const range = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));
/** In the order of their first arrival. */
const distinct = (texts: string[]): string[] => [...new Set(texts)];

/** Has a group hear a subject and notes what it gets; acknowledges unless told otherwise. */
function hear(bus: Bus, subject: string, group: string, accept: (message: BusMessage) => boolean = () => true) {
  const got: string[] = [];
  bus.subscribe(subject, group, (message) => {
    got.push(message.raw.toString());
    if (accept(message)) message.ack();
  });
  return got;
}

const all = (got: string[], count: number, limitMs = 15_000) =>
  eventually(
    () => distinct(got),
    (texts) => texts.length >= count,
    limitMs,
  );

let server: NatsServer;
beforeAll(async () => {
  server = await startNats();
});
afterAll(() => server.stop());

const opened: Bus[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((bus) => bus.close()));
});

const broker: MemoryBroker = new Map();
const opens = {
  'in memory': () => Promise.resolve(memoryBus({ broker })),
  'NATS Streaming': async (instance = unique('process')) => {
    const bus = connectBus({ NATS_URL: server.url, NATS_CLUSTER_ID: CLUSTER_ID, INSTANCE: instance }, silentLog);
    opened.push(bus);
    await bus.whenConnected;
    return bus;
  },
};

describe.each(['in memory', 'NATS Streaming'] as const)('the bus %s', (kind) => {
  /** A bus as another process of the same system has it. */
  const open = async (): Promise<Bus> => {
    const bus = await opens[kind]();
    opened.push(bus);
    return bus;
  };

  it('delivers what was published, with its subject and word for word', async () => {
    const bus = await open();
    const subject = unique('thing:said');
    const got: BusMessage[] = [];
    bus.subscribe(subject, 'hearers', (message) => {
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
    expect(message?.redeliveries).toBe(0);
  });

  it('delivers again until it is acknowledged, and says that it does', async () => {
    const bus = await open();
    const subject = unique('thing:said');
    const redeliveries: number[] = [];
    const got = hear(bus, subject, 'hearers', (message) => {
      redeliveries.push(message.redeliveries);
      return redeliveries.length === 2;
    });
    await bus.publish(subject, 'again');
    await eventually(
      () => got,
      ({ length }) => length >= 2,
      15_000,
    );
    expect(redeliveries.slice(0, 2)).toEqual([0, 1]);
  });

  it('shares a subject out among the members of a group, without doubles', async () => {
    const [one, other] = [await open(), await open()];
    const subject = unique('thing:said');
    const shares: string[][] = [[], []];
    const held: BusMessage[] = [];
    // More than one member may have in hand at once: the other gets its share before anything is acknowledged.
    const take = (share: string[]) => (message: BusMessage) => {
      // On a slow machine one may come again before it is acknowledged: that is no second share.
      if (message.redeliveries === 0) share.push(message.raw.toString());
      held.push(message);
      if (shares.every(({ length }) => length > 0)) for (const each of held.splice(0)) each.ack();
    };
    [one, other].forEach((bus, index) => {
      bus.subscribe(subject, 'hearers', take(shares[index] ?? []));
    });
    await Promise.all(range(100).map((text) => one.publish(subject, text)));
    await eventually(
      () => shares.flat(),
      (texts) => distinct(texts).length === 100,
    );
    expect(shares.flat()).toHaveLength(100);
  });

  it('gives each of two groups everything', async () => {
    const bus = await open();
    const subject = unique('thing:said');
    const groups = [hear(bus, subject, 'hearers'), hear(bus, subject, 'listeners')];
    await Promise.all(range(20).map((text) => bus.publish(subject, text)));
    for (const got of groups) expect((await all(got, 20)).sort()).toEqual(range(20).sort());
  });

  it('gives a group its first subscription from the first message on', async () => {
    const bus = await open();
    const subject = unique('thing:said');
    for (const text of range(5)) await bus.publish(subject, text);
    expect(await all(hear(bus, subject, 'late'), 5)).toEqual(range(5));
  });

  it('keeps the order of one publisher', async () => {
    const bus = await open();
    const subject = unique('thing:said');
    const got = hear(bus, subject, 'hearers');
    await Promise.all(range(300).map((text) => bus.publish(subject, text)));
    expect(await all(got, 300)).toEqual(range(300));
  });

  it('keeps the place of a group whose members all leave', async () => {
    const subject = unique('thing:said');
    const publisher = await open();
    const first = await open();
    const before = hear(first, subject, 'hearers');
    await publisher.publish(subject, 'before');
    await all(before, 1);
    await first.close();
    await publisher.publish(subject, 'meanwhile');
    const second = await open();
    const after = hear(second, subject, 'hearers');
    await publisher.publish(subject, 'after');
    await eventually(
      () => after,
      (texts) => texts.includes('after'),
      15_000,
    );
    expect(distinct(after)).toEqual(['meanwhile', 'after']);
  });

  it('gives what a member left unacknowledged to the next', async () => {
    const subject = unique('thing:said');
    const first = await open();
    const before = hear(first, subject, 'hearers', () => false);
    await first.publish(subject, 'in hand');
    await all(before, 1);
    await first.close();
    const second = await open();
    expect(await all(hear(second, subject, 'hearers'), 1)).toEqual(['in hand']);
  });

  it('holds nothing up for a message that nobody acknowledges', async () => {
    const bus = await open();
    const subject = unique('thing:said');
    const got = hear(bus, subject, 'hearers', (message) => message.raw.toString() !== 'poison');
    await bus.publish(subject, 'poison');
    await Promise.all(range(100).map((text) => bus.publish(subject, text)));
    await all(got, 101);
    expect(got.filter((text) => text !== 'poison')).toEqual(range(100));
  });

  it('refuses to publish once it is closed', async () => {
    const bus = await open();
    await bus.close();
    expect(bus.connected).toBe(false);
    await expect(bus.publish(unique('thing:said'), 'too late')).rejects.toThrow(/the bus is/);
  });
});

describe('NATS Streaming when things go wrong', () => {
  const open = opens['NATS Streaming'];

  it('answers at once where nobody listens, refuses to publish, and closes', async () => {
    const bus = connectBus(
      { NATS_URL: 'nats://127.0.0.1:1', NATS_CLUSTER_ID: CLUSTER_ID, INSTANCE: unique('process') },
      silentLog,
    );
    bus.subscribe('thing:said', 'hearers', () => undefined);
    expect(bus.connected).toBe(false);
    await expect(bus.publish('thing:said', 'anyone?')).rejects.toThrow('the bus is unavailable');
    await bus.close();
  });

  it('loses nothing of what was published before it was closed', async () => {
    const subject = unique('thing:said');
    const bus = await open();
    const outcomes = Promise.allSettled(range(100).map((text) => bus.publish(subject, text)));
    await bus.close();
    const results = await outcomes;
    const acknowledged = range(100).filter((_, index) => results[index]?.status === 'fulfilled');
    const got = hear(await open(), subject, 'hearers');
    await eventually(
      () => got,
      () => acknowledged.every((text) => got.includes(text)),
    );
  });

  it('lets a restarted process with the same name take over from the one that was killed', async () => {
    const subject = unique('thing:said');
    const instance = unique('process');
    const member = spawn(
      process.execPath,
      [path.join(import.meta.dirname, 'bus-member.ts'), server.url, CLUSTER_ID, instance, subject, 'hearers'],
      { stdio: ['ignore', 'pipe', 'inherit'] },
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
    const got = hear(await open(instance), subject, 'hearers');
    const publisher = await open();
    await publisher.publish(subject, 'to the second');
    await eventually(
      () => got,
      (texts) => texts.includes('to the second'),
      15_000,
    );
  });

  it('goes on after the server was killed: subscriptions, what was acknowledged, and publishing', async () => {
    const subject = unique('thing:said');
    const bus = await open();
    const got = hear(bus, subject, 'hearers');
    await bus.publish(subject, 'before');
    await all(got, 1);
    const unheard = unique('thing:said');
    await bus.publish(unheard, 'acknowledged before the crash');

    await server.kill();
    await expect(bus.publish(subject, 'while it is down')).rejects.toThrow();
    await server.start();

    await eventually(
      () =>
        bus.publish(subject, 'after').then(
          () => true,
          () => false,
        ),
      (published) => published,
      20_000,
    );
    await eventually(
      () => got,
      (texts) => texts.includes('after'),
      20_000,
    );
    expect(await all(hear(bus, unheard, 'hearers'), 1)).toEqual(['acknowledged before the crash']);
  }, 60_000);

  it('knows after the server was killed what each group has acknowledged, and delivers the rest', async () => {
    const subject = unique('thing:said');
    const bus = await open();
    const got = hear(bus, subject, 'hearers', (message) => message.raw.toString() === 'done');
    await bus.publish(subject, 'done');
    await bus.publish(subject, 'in hand');
    await all(got, 2);
    await bus.close();

    await server.kill();
    await server.start();

    const after = hear(await open(), subject, 'hearers');
    await eventually(
      () => after,
      (texts) => texts.includes('in hand'),
      20_000,
    );
    expect(distinct(after)).toEqual(['in hand']);
  }, 60_000);

  it('goes on after the server has lost its store', async () => {
    const subject = unique('thing:said');
    const bus = await open();
    const got = hear(bus, subject, 'hearers');
    await bus.publish(subject, 'before');
    await all(got, 1);

    await server.kill();
    await server.wipe();
    await server.start();

    // Where the client has not yet noticed, the new server answers to a name that it does not know.
    await eventually(
      () =>
        bus.publish(subject, 'after').then(
          () => true,
          () => false,
        ),
      (published) => published,
      30_000,
    );
    await eventually(
      () => got,
      (texts) => texts.includes('after'),
      30_000,
    );
  }, 60_000);
});
