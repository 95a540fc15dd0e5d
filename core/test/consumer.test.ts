import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventId } from '@ticketing/common';
import type { Envelope, EventData, DomainEvent } from '@ticketing/common';
import { startConsumer } from '@ticketing/core';
import type { Bus, Consumer, DeadLetter, DeadLetters, Handlers } from '@ticketing/core';
import { mongoDeadLetters } from '@ticketing/core/mongo';
import { dropTestStore, eventually, memoryBus, randomTicketId, silentLog, testStore } from '@ticketing/core/testing';
import { currentRequestId } from '@ticketing/runtime';
import type { Connection } from 'mongoose';

type Expiry = EventData<'expiration:complete'>;
const SUBJECT = 'expiration:complete';

let connection: Connection;
let deadLetters: DeadLetters;
beforeAll(async () => {
  connection = await testStore();
  deadLetters = mongoDeadLetters(connection);
});
afterAll(() => dropTestStore(connection));

let bus: Bus;
let consumer: Consumer | undefined;
beforeEach(async () => {
  await connection.collection('deadletters').deleteMany({});
  bus = memoryBus({ redeliverAfterMs: 3000 });
});
afterEach(async () => {
  await bus.close();
  await consumer?.stop();
});

const expiry = (changes: Partial<Expiry> = {}): Expiry => ({
  id: randomTicketId(),
  version: 0,
  orderId: 'an-order',
  expiresAt: '2030-01-01T00:00:00.000Z',
  ...changes,
});

function envelopeOf(data: Expiry, changes: object = {}): Envelope {
  const fact: DomainEvent = { name: SUBJECT, data };
  return { id: eventId(fact), name: SUBJECT, at: new Date().toISOString(), data, ...changes };
}

const publish = (data: Expiry, changes: object = {}) => bus.publish(SUBJECT, JSON.stringify(envelopeOf(data, changes)));

function consume(handler: (data: Expiry) => Promise<unknown>): Consumer {
  const handlers: Handlers = { [SUBJECT]: handler };
  consumer = startConsumer({ bus, group: 'consumers', handlers, deadLetters, log: silentLog });
  return consumer;
}

const letters = (count = 1): Promise<DeadLetter[]> =>
  eventually(
    () => deadLetters.page(100),
    ({ length }) => length >= count,
  );

/** A bus that delivers one message of any bytes and counts its acknowledgements. */
function singleMessage(raw: Buffer) {
  const seen = { acknowledged: 0 };
  const single: Bus = {
    ...bus,
    close: () => Promise.resolve(),
    subscribe(subject, _group, onMessage) {
      onMessage({
        subject,
        raw,
        ack() {
          seen.acknowledged++;
        },
      });
    },
  };
  return { single, seen };
}

/** Consumes one message of these bytes. Resolves to the number of its acknowledgements. */
async function handleOne(raw: Buffer | string, handler: (data: Expiry) => Promise<unknown>, letters = deadLetters) {
  const { single, seen } = singleMessage(Buffer.from(raw));
  const consumer = startConsumer({
    bus: single,
    group: 'consumers',
    handlers: { [SUBJECT]: handler },
    deadLetters: letters,
    log: silentLog,
  });
  await consumer.stop();
  return seen.acknowledged;
}

const nothing = () => Promise.resolve();
const unreachable = () => Promise.reject(Object.assign(new Error('no answer'), { name: 'MongoNetworkError' }));

describe('a consumer', () => {
  it('calls the handler with the parsed data', async () => {
    const received: Expiry[] = [];
    consume((data) => Promise.resolve(received.push(data)));
    const data = expiry();
    await publish(data);
    expect(
      await eventually(
        () => received,
        ({ length }) => length > 0,
      ),
    ).toEqual([data]);
  });

  it('calls the handler with only the fields of the event, without unknown ones', async () => {
    const received: Expiry[] = [];
    const data = expiry();
    await handleOne(JSON.stringify(envelopeOf({ ...data, ...{ more: 1 } })), (given) =>
      Promise.resolve(received.push(given)),
    );
    expect(received).toEqual([data]);
  });

  it('acknowledges a message only once its handler has succeeded', async () => {
    const { single, seen } = singleMessage(Buffer.from(JSON.stringify(envelopeOf(expiry()))));
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const consumer = startConsumer({
      bus: single,
      group: 'consumers',
      handlers: { [SUBJECT]: () => promise },
      deadLetters,
      log: silentLog,
    });
    const stopping = consumer.stop();
    await deadLetters.page(100);
    expect(seen.acknowledged).toBe(0);
    resolve(undefined);
    await stopping;
    expect(seen.acknowledged).toBe(1);
  });

  it('retries a failed handler, and dead-letters nothing when it then succeeds', async () => {
    let tries = 0;
    const acknowledged = await handleOne(JSON.stringify(envelopeOf(expiry())), () =>
      ++tries < 3 ? Promise.reject(new Error('not yet')) : Promise.resolve(),
    );
    expect({ tries, acknowledged, letters: await deadLetters.page(100) }).toEqual({
      tries: 3,
      acknowledged: 1,
      letters: [],
    });
  });

  it('dead-letters a message with its error after five failures, and acknowledges it', async () => {
    let tries = 0;
    const text = JSON.stringify(envelopeOf(expiry()));
    const acknowledged = await handleOne(text, () => Promise.reject(new TypeError(`failure ${++tries}`)));
    expect({ tries, acknowledged }).toEqual({ tries: 5, acknowledged: 1 });
    expect(await deadLetters.page(100)).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f]{24}$/),
        subject: SUBJECT,
        text,
        base64: Buffer.from(text).toString('base64'),
        error: 'TypeError: failure 5',
        times: 1,
        firstAt: expect.any(String),
        lastAt: expect.any(String),
      },
    ]);
  });

  it('stores a message that is dead-lettered three times as one letter', async () => {
    for (let time = 0; time < 3; time++) await handleOne('not JSON', nothing);
    expect(await deadLetters.page(100)).toMatchObject([{ times: 3 }]);
  });

  const good = envelopeOf(expiry());
  const { data: _data, ...dataless } = good;
  it.each([
    ['is empty', '', 'not JSON'],
    ['is not JSON', '{"id":', 'not JSON'],
    ['is null', 'null', 'envelope is malformed'],
    ['is a list', '[]', 'envelope is malformed'],
    ['has no id', JSON.stringify({ ...good, id: undefined }), 'envelope is malformed: id'],
    ['has no name', JSON.stringify({ ...good, name: undefined }), 'envelope is malformed: name'],
    ['has no time', JSON.stringify({ ...good, at: undefined }), 'envelope is malformed: at'],
    ['has an impossible time', JSON.stringify({ ...good, at: '2030-02-30T00:00:00Z' }), 'envelope is malformed: at'],
    ['has the name of another event', JSON.stringify({ ...good, name: 'order:created' }), 'order:created'],
    ['has no data', JSON.stringify(dataless), 'envelope is malformed: data'],
    ['lacks a field', JSON.stringify({ ...good, data: { ...expiry(), orderId: undefined } }), 'orderId'],
    ['has a field of another type', JSON.stringify({ ...good, data: { ...expiry(), version: '1' } }), 'version'],
    ['is nested 10,000 deep', `${'['.repeat(10_000)}${']'.repeat(10_000)}`, 'envelope is malformed'],
  ])('dead-letters at once a message that %s', async (_, text, error) => {
    let handled = 0;
    const acknowledged = await handleOne(text, () => Promise.resolve(handled++));
    expect({ handled, acknowledged }).toEqual({ handled: 0, acknowledged: 1 });
    expect(await deadLetters.page(100)).toEqual([
      expect.objectContaining({ text, error: expect.stringMatching(new RegExp(`^MalformedMessage: .*${error}`)) }),
    ]);
  });

  it('lists dead letters in pages, the latest first', async () => {
    for (let number = 0; number < 5; number++) await deadLetters.add('order:created', Buffer.from([number]), 'broken');
    const all = await deadLetters.page(10);
    const [first, second] = [await deadLetters.page(2), await deadLetters.page(10, all[1])];
    expect([...first, ...second]).toEqual(all);
    expect(all.map(({ lastAt }) => lastAt)).toEqual(
      all
        .map(({ lastAt }) => lastAt)
        .sort()
        .reverse(),
    );
    expect(await deadLetters.count()).toBe(5);
  });

  it('dead-letters bytes that are not UTF-8 unchanged', async () => {
    const raw = Buffer.concat([Buffer.from('{"id":"'), Buffer.from([0xff, 0xfe, 0x80]), Buffer.from('"}')]);
    await handleOne(raw, nothing);
    const [letter] = await deadLetters.page(100);
    expect(Buffer.from(letter?.base64 ?? '', 'base64')).toEqual(raw);
    expect(letter?.error).toBe('MalformedMessage: the message is not UTF-8');
  });

  it('does not handle an event with bytes that are not UTF-8 in its text', async () => {
    const [before = '', after = ''] = JSON.stringify(envelopeOf(expiry({ orderId: 'BROKEN' }))).split('BROKEN');
    let handled = 0;
    await handleOne(Buffer.concat([Buffer.from(before), Buffer.from([0xff]), Buffer.from(after)]), () =>
      Promise.resolve(handled++),
    );
    expect(handled).toBe(0);
    expect(await deadLetters.page(100)).toHaveLength(1);
  });

  it('handles other messages while a poison message is retried', async () => {
    const received: string[] = [];
    let poisoned = 0;
    const others = Promise.withResolvers<undefined>();
    consume(async ({ orderId }) => {
      if (orderId !== 'poison') return received.push(orderId);
      // Its last try waits until the others are handled.
      if (++poisoned === 5) await others.promise;
      throw new Error('poison');
    });
    await publish(expiry({ orderId: 'poison' }));
    for (let index = 0; index < 20; index++) await publish(expiry({ orderId: `order-${index}` }));
    await eventually(
      () => received,
      ({ length }) => length === 20,
    );
    expect(await deadLetters.page(100)).toEqual([]);
    others.resolve(undefined);
    expect(await letters()).toMatchObject([{ error: 'Error: poison' }]);
  });

  it('neither acknowledges nor dead-letters a message while the store is unavailable', async () => {
    let tries = 0;
    const acknowledged = await handleOne(JSON.stringify(envelopeOf(expiry())), () => {
      tries++;
      return unreachable();
    });
    expect({ tries, acknowledged, letters: await deadLetters.page(100) }).toEqual({
      tries: 1,
      acknowledged: 0,
      letters: [],
    });
  });

  it('handles a redelivered message once the store is available again', async () => {
    await bus.close();
    bus = memoryBus({ redeliverAfterMs: 50 });
    let tries = 0;
    const received: Expiry[] = [];
    consume((data) => (++tries < 3 ? unreachable() : Promise.resolve(received.push(data))));
    await publish(expiry());
    await eventually(
      () => received,
      ({ length }) => length > 0,
    );
    expect(await deadLetters.page(100)).toEqual([]);
  });

  it('does not acknowledge a message that can not be dead-lettered', async () => {
    const broken: DeadLetters = { ...deadLetters, add: () => Promise.reject(new Error('full')) };
    expect(await handleOne('not JSON', nothing, broken)).toBe(0);
  });

  it("runs the handler with the event's request id", async () => {
    const ids: (string | undefined)[] = [];
    const note = async () => {
      await Promise.resolve();
      ids.push(currentRequestId());
    };
    await handleOne(JSON.stringify(envelopeOf(expiry(), { requestId: 'request-1' })), note);
    await handleOne(JSON.stringify(envelopeOf(expiry())), note);
    expect(ids).toEqual(['request-1', expect.stringMatching(/^[0-9a-f-]{36}$/)]);
  });

  it('waits for running handlers when it stops, and accepts no more messages', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const begun: string[] = [];
    const consumer = consume(({ orderId }) => {
      begun.push(orderId);
      return promise;
    });
    await publish(expiry({ orderId: 'first' }));
    await eventually(
      () => begun,
      ({ length }) => length === 1,
    );
    let stopped = false;
    const stopping = consumer.stop().then(() => {
      stopped = true;
    });
    await publish(expiry({ orderId: 'second' }));
    await deadLetters.page(100);
    expect(stopped).toBe(false);
    resolve(undefined);
    await stopping;
    expect(begun).toEqual(['first']);
  });
});

describe('replaying a message', () => {
  it('handles it once', async () => {
    const received: Expiry[] = [];
    const data = expiry();
    await consume((given) => Promise.resolve(received.push(given))).replay(
      SUBJECT,
      Buffer.from(JSON.stringify(envelopeOf(data))),
    );
    expect(received).toEqual([data]);
  });

  it('throws the error after one attempt', async () => {
    let tries = 0;
    const consumer = consume(() => Promise.reject(new Error(`failure ${++tries}`)));
    const raw = Buffer.from(JSON.stringify(envelopeOf(expiry())));
    await expect(consumer.replay(SUBJECT, raw)).rejects.toThrow('failure 1');
    await expect(consumer.replay(SUBJECT, Buffer.from('{'))).rejects.toThrow('not JSON');
    await expect(consumer.replay('order:created', raw)).rejects.toThrow('no handler for order:created');
    expect(tries).toBe(1);
  });
});
