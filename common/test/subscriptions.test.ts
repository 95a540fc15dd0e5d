import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  createApi,
  createHealth,
  currentRequestId,
  deadLetterRoutes,
  eventId,
  startSubscriptions,
} from '@ticketing/common';
import type {
  Bus,
  DeadLetter,
  DeadLetters,
  Envelope,
  EventData,
  DomainEvent,
  Handlers,
  Subscriptions,
} from '@ticketing/common';
import { mongoDeadLetters } from '@ticketing/common/mongo';
import { dropTestStore, eventually, memoryBus, randomTicketId, silentLog, testStore } from '@ticketing/common/testing';
import type { Connection } from 'mongoose';
import request from 'supertest';

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
let hearing: Subscriptions | undefined;
beforeEach(async () => {
  await connection.collection('deadletters').deleteMany({});
  bus = memoryBus({ redeliverAfterMs: 3000 });
});
afterEach(async () => {
  await bus.close();
  await hearing?.stop();
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

const say = (data: Expiry, changes: object = {}) => bus.publish(SUBJECT, JSON.stringify(envelopeOf(data, changes)));

function hear(handler: (data: Expiry) => Promise<unknown>, keeper: DeadLetters = deadLetters): Subscriptions {
  const handlers: Handlers = { [SUBJECT]: handler };
  hearing = startSubscriptions({ bus, group: 'hearers', handlers, deadLetters: keeper, log: silentLog });
  return hearing;
}

const letters = (count = 1): Promise<DeadLetter[]> =>
  eventually(
    () => deadLetters.list(),
    ({ length }) => length >= count,
  );

/** A bus that hands over one message, with any bytes, and counts how often it is acknowledged. */
function singleMessage(raw: Buffer) {
  const seen = { acknowledged: 0 };
  const single: Bus = {
    ...bus,
    close: () => Promise.resolve(),
    subscribe(subject, _group, onMessage) {
      onMessage({
        subject,
        raw,
        redeliveries: 0,
        ack() {
          seen.acknowledged++;
        },
      });
    },
  };
  return { single, seen };
}

/** Has one message with these bytes handled to its end; gives how often it was acknowledged. */
async function handleOne(raw: Buffer | string, handler: (data: Expiry) => Promise<unknown>, keeper = deadLetters) {
  const { single, seen } = singleMessage(Buffer.from(raw));
  const subscriptions = startSubscriptions({
    bus: single,
    group: 'hearers',
    handlers: { [SUBJECT]: handler },
    deadLetters: keeper,
    log: silentLog,
  });
  await subscriptions.stop();
  return seen.acknowledged;
}

const nothing = () => Promise.resolve();
const unreachable = () => Promise.reject(Object.assign(new Error('no answer'), { name: 'MongoNetworkError' }));

describe('a subscription', () => {
  it('parses and hands on the data', async () => {
    const heard: Expiry[] = [];
    hear((data) => Promise.resolve(heard.push(data)));
    const data = expiry();
    await say(data);
    expect(
      await eventually(
        () => heard,
        ({ length }) => length > 0,
      ),
    ).toEqual([data]);
  });

  it('hands on only the fields that the event has', async () => {
    const heard: Expiry[] = [];
    const data = expiry();
    await handleOne(JSON.stringify(envelopeOf({ ...data, ...{ more: 1 } })), (given) =>
      Promise.resolve(heard.push(given)),
    );
    expect(heard).toEqual([data]);
  });

  it('acknowledges when the handler has succeeded, not before', async () => {
    const { single, seen } = singleMessage(Buffer.from(JSON.stringify(envelopeOf(expiry()))));
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const subscriptions = startSubscriptions({
      bus: single,
      group: 'hearers',
      handlers: { [SUBJECT]: () => promise },
      deadLetters,
      log: silentLog,
    });
    const stopping = subscriptions.stop();
    await deadLetters.list();
    expect(seen.acknowledged).toBe(0);
    resolve(undefined);
    await stopping;
    expect(seen.acknowledged).toBe(1);
  });

  it('tries again when the handler fails, and sets nothing aside once it succeeds', async () => {
    let tries = 0;
    const acknowledged = await handleOne(JSON.stringify(envelopeOf(expiry())), () =>
      ++tries < 3 ? Promise.reject(new Error('not yet')) : Promise.resolve(),
    );
    expect({ tries, acknowledged, letters: await deadLetters.list() }).toEqual({
      tries: 3,
      acknowledged: 1,
      letters: [],
    });
  });

  it('sets a message aside with its error after five failures, and acknowledges it', async () => {
    let tries = 0;
    const text = JSON.stringify(envelopeOf(expiry()));
    const acknowledged = await handleOne(text, () => Promise.reject(new TypeError(`failure ${++tries}`)));
    expect({ tries, acknowledged }).toEqual({ tries: 5, acknowledged: 1 });
    expect(await deadLetters.list()).toEqual([
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

  it('keeps the same message once, however often it is set aside', async () => {
    for (let time = 0; time < 3; time++) await handleOne('not JSON', nothing);
    expect(await deadLetters.list()).toMatchObject([{ times: 3 }]);
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
  ])('sets aside at once a message that %s', async (_, text, error) => {
    let handled = 0;
    const acknowledged = await handleOne(text, () => Promise.resolve(handled++));
    expect({ handled, acknowledged }).toEqual({ handled: 0, acknowledged: 1 });
    expect(await deadLetters.list()).toEqual([
      expect.objectContaining({ text, error: expect.stringMatching(new RegExp(`^MalformedMessage: .*${error}`)) }),
    ]);
  });

  it('keeps bytes that are not UTF-8 word for word', async () => {
    const raw = Buffer.concat([Buffer.from('{"id":"'), Buffer.from([0xff, 0xfe, 0x80]), Buffer.from('"}')]);
    await handleOne(raw, nothing);
    const [letter] = await deadLetters.list();
    expect(Buffer.from(letter?.base64 ?? '', 'base64')).toEqual(raw);
    expect(letter?.error).toBe('MalformedMessage: the message is not UTF-8');
  });

  it('does not handle an event whose text has bytes that are not UTF-8', async () => {
    const [before = '', after = ''] = JSON.stringify(envelopeOf(expiry({ orderId: 'BROKEN' }))).split('BROKEN');
    let handled = 0;
    await handleOne(Buffer.concat([Buffer.from(before), Buffer.from([0xff]), Buffer.from(after)]), () =>
      Promise.resolve(handled++),
    );
    expect(handled).toBe(0);
    expect(await deadLetters.list()).toHaveLength(1);
  });

  it('lets others flow on while a poison message is tried again', async () => {
    const heard: string[] = [];
    let poisoned = 0;
    hear(({ orderId }) => {
      if (orderId === 'poison') {
        poisoned++;
        return Promise.reject(new Error('poison'));
      }
      return Promise.resolve(heard.push(orderId));
    });
    await say(expiry({ orderId: 'poison' }));
    for (let index = 0; index < 20; index++) await say(expiry({ orderId: `order-${index}` }));
    await eventually(
      () => heard,
      ({ length }) => length === 20,
    );
    expect(await deadLetters.list()).toEqual([]);
    expect(poisoned).toBeLessThan(5);
    expect(await letters()).toMatchObject([{ error: 'Error: poison' }]);
  });

  it('neither acknowledges nor sets aside when the store does not answer', async () => {
    let tries = 0;
    const acknowledged = await handleOne(JSON.stringify(envelopeOf(expiry())), () => {
      tries++;
      return unreachable();
    });
    expect({ tries, acknowledged, letters: await deadLetters.list() }).toEqual({
      tries: 1,
      acknowledged: 0,
      letters: [],
    });
  });

  it('handles a message that had to wait for the store when it comes again', async () => {
    await bus.close();
    bus = memoryBus({ redeliverAfterMs: 50 });
    let tries = 0;
    const heard: Expiry[] = [];
    hear((data) => (++tries < 3 ? unreachable() : Promise.resolve(heard.push(data))));
    await say(expiry());
    await eventually(
      () => heard,
      ({ length }) => length > 0,
    );
    expect(await deadLetters.list()).toEqual([]);
  });

  it('does not acknowledge what can not be set aside', async () => {
    const broken: DeadLetters = { ...deadLetters, setAside: () => Promise.reject(new Error('full')) };
    expect(await handleOne('not JSON', nothing, broken)).toBe(0);
  });

  it("works under the event's request id", async () => {
    const ids: (string | undefined)[] = [];
    const note = async () => {
      await Promise.resolve();
      ids.push(currentRequestId());
    };
    await handleOne(JSON.stringify(envelopeOf(expiry(), { requestId: 'request-1' })), note);
    await handleOne(JSON.stringify(envelopeOf(expiry())), note);
    expect(ids).toEqual(['request-1', expect.stringMatching(/^[0-9a-f-]{36}$/)]);
  });

  it('waits for the messages in hand when it stops, and takes no more', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const begun: string[] = [];
    const subscriptions = hear(({ orderId }) => {
      begun.push(orderId);
      return promise;
    });
    await say(expiry({ orderId: 'first' }));
    await eventually(
      () => begun,
      ({ length }) => length === 1,
    );
    let stopped = false;
    const stopping = subscriptions.stop().then(() => {
      stopped = true;
    });
    await say(expiry({ orderId: 'second' }));
    await deadLetters.list();
    expect(stopped).toBe(false);
    resolve(undefined);
    await stopping;
    expect(begun).toEqual(['first']);
  });
});

describe('replaying', () => {
  it('handles a message, once', async () => {
    const heard: Expiry[] = [];
    const data = expiry();
    await hear((given) => Promise.resolve(heard.push(given))).replay(
      SUBJECT,
      Buffer.from(JSON.stringify(envelopeOf(data))),
    );
    expect(heard).toEqual([data]);
  });

  it('throws what is wrong after one try', async () => {
    let tries = 0;
    const subscriptions = hear(() => Promise.reject(new Error(`failure ${++tries}`)));
    const raw = Buffer.from(JSON.stringify(envelopeOf(expiry())));
    await expect(subscriptions.replay(SUBJECT, raw)).rejects.toThrow('failure 1');
    await expect(subscriptions.replay(SUBJECT, Buffer.from('{'))).rejects.toThrow('not JSON');
    await expect(subscriptions.replay('order:created', raw)).rejects.toThrow('nothing here hears order:created');
    expect(tries).toBe(1);
  });
});

describe('the dead-letter routes', () => {
  function api(handler: (data: Expiry) => Promise<unknown>) {
    const app = createApi({
      log: silentLog,
      health: createHealth(),
      config: { TRUSTED_PROXIES: 1 },
      internal: [deadLetterRoutes(deadLetters, hear(handler))],
    });
    return request(app);
  }

  it('list what was set aside', async () => {
    await handleOne('not JSON', nothing);
    const answer = await api(nothing).get('/dead-letters');
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ count: 1, deadLetters: [{ subject: SUBJECT, text: 'not JSON', times: 1 }] });
  });

  it('answer 404 for a letter that is not there', async () => {
    const answer = await api(nothing).post('/dead-letters/0123456789abcdef01234567/replay');
    expect({ status: answer.status, body: answer.body as unknown }).toEqual({
      status: 404,
      body: { errors: [expect.objectContaining({ code: 'dead-letter-not-found' })] },
    });
  });

  it('answer 409 with the error while it still fails, and keep the letter', async () => {
    const id = await deadLetters.setAside(
      SUBJECT,
      Buffer.from(JSON.stringify(envelopeOf(expiry()))),
      new Error('once'),
    );
    const answer = await api(() => Promise.reject(new Error('and again'))).post(`/dead-letters/${id}/replay`);
    expect({ status: answer.status, body: answer.body as unknown }).toEqual({
      status: 409,
      body: { errors: [{ code: 'still-failing', message: 'Error: and again' }] },
    });
    expect(await deadLetters.get(id)).not.toBeNull();
  });

  it('answer 503 while the store does not answer, and keep the letter', async () => {
    const id = await deadLetters.setAside(
      SUBJECT,
      Buffer.from(JSON.stringify(envelopeOf(expiry()))),
      new Error('once'),
    );
    const answer = await api(unreachable).post(`/dead-letters/${id}/replay`);
    expect(answer.status).toBe(503);
    expect(await deadLetters.get(id)).not.toBeNull();
  });

  it('handle a letter again and remove it', async () => {
    const data = expiry();
    const id = await deadLetters.setAside(SUBJECT, Buffer.from(JSON.stringify(envelopeOf(data))), new Error('once'));
    const heard: Expiry[] = [];
    const answer = await api((given) => Promise.resolve(heard.push(given))).post(`/dead-letters/${id}/replay`);
    expect({ status: answer.status, body: answer.body as unknown }).toEqual({ status: 200, body: { replayed: id } });
    expect(heard).toEqual([data]);
    expect(await deadLetters.list()).toEqual([]);
  });
});
