import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { dropTestStore, testStore } from '@ticketing/core/testing';
import type { Connection } from 'mongoose';
import { mongoPayloads } from '../src/delivery/mongo-payloads.ts';
import type { Payload, Payloads } from '../src/delivery/payloads.ts';
import { memoryPayloads } from './delivery-memory-payloads.ts';

/** The contract of `Payloads`, which both drivers must pass. */

let connection: Connection;
beforeAll(async () => {
  connection = await testStore();
});
afterAll(() => dropTestStore(connection));
beforeEach(() => connection.dropDatabase());

const key = (id = 'k1') => ({ id, wrapped: Buffer.from(`wrapped by ${id}`) });
const payload = (id: string): Payload => ({
  ...{ _id: id, ticketId: 't', createdAt: '2029-01-01T00:00:00.000Z', key: key() },
});

describe.each<[string, () => Payloads]>([
  ['in memory', () => memoryPayloads(new Map())],
  ['in MongoDB', () => mongoPayloads(connection)],
])('payloads %s', (_name, create) => {
  let payloads: Payloads;
  beforeEach(() => {
    payloads = create();
  });

  const bytesOf = async (id: string) => {
    const chunks: Buffer[] = [];
    for await (const chunk of payloads.chunks(id)) chunks.push(chunk);
    return chunks.map(String);
  };

  it('are found with all that was saved of them, and without those that there are not', async () => {
    await payloads.insert(payload('a'));
    await payloads.insert({ ...payload('b'), about: Buffer.from('text') });
    await payloads.complete('a', Buffer.from('file'));
    const found = (await payloads.find(['b', 'a', 'x'])).sort((one, other) => (one._id < other._id ? -1 : 1));
    expect(found).toEqual([
      { ...payload('a'), about: Buffer.from('file') },
      { ...payload('b'), about: Buffer.from('text') },
    ]);
  });

  it('return the bytes of a file in their order, and of no other', async () => {
    for (const id of ['a', 'a0', 'b']) {
      await payloads.insert(payload(id));
      for (let number = 0; number < 12; number++) await payloads.addChunk(id, number, Buffer.from(`${id} ${number}`));
    }
    expect(await bytesOf('a')).toEqual(Array.from({ length: 12 }, (_, number) => `a ${number}`));
    expect(await bytesOf('x')).toEqual([]);
  });

  it('are removed with their bytes, and nothing else is', async () => {
    for (const id of ['a', 'b']) {
      await payloads.insert(payload(id));
      await payloads.addChunk(id, 0, Buffer.from(id));
    }
    await payloads.remove(['a', 'x']);
    expect((await payloads.find(['a', 'b'])).map(({ _id }) => _id)).toEqual(['b']);
    expect([await bytesOf('a'), await bytesOf('b')]).toEqual([[], ['b']]);
  });

  it('are paged in the order of their ids', async () => {
    for (const id of ['c', 'a', 'b']) await payloads.insert(payload(id));
    const ids = async (after: string) => (await payloads.page(after, 2)).map(({ _id }) => _id);
    expect([await ids(''), await ids('b'), await ids('c')]).toEqual([['a', 'b'], ['c'], []]);
  });

  it('get a new key only in the place of the expected one', async () => {
    await payloads.insert(payload('a'));
    await payloads.replaceKey('a', key('k9'), key('k2'));
    expect(await payloads.find(['a'])).toEqual([payload('a')]);
    await payloads.replaceKey('a', key(), key('k2'));
    expect(await payloads.find(['a'])).toEqual([{ ...payload('a'), key: key('k2') }]);
  });

  it('keep the first key of fingerprints until it is replaced', async () => {
    expect(await payloads.fingerprintKey(key('k1'))).toEqual(key('k1'));
    expect(await payloads.fingerprintKey(key('k2'))).toEqual(key('k1'));
    await payloads.replaceFingerprintKey(key('k3'));
    expect(await payloads.fingerprintKey(key('k2'))).toEqual(key('k3'));
  });
});
