import { isDuplicateKey } from '@ticketing/core';
import type { Connection, mongo } from 'mongoose';
import type { WrappedKey } from './keys.ts';
import type { Payload, Payloads } from './payloads.ts';

interface Chunk {
  /** The id of the payload, and the number in a form that sorts. */
  _id: string;
  bytes: Buffer;
}

interface StoredKey {
  _id: string;
  key: WrappedKey;
}

const FINGERPRINTS = 'fingerprints';
const chunkId = (id: string, number: number) => `${id}/${String(number).padStart(4, '0')}`;
/** The ids of all chunks of a payload: `0` is the character after `/`. */
const chunksOf = (id: string) => ({ _id: { $gte: `${id}/`, $lt: `${id}0` } });

/**
 * Payloads in MongoDB. The bytes of a file are documents of their own, so that neither side ever has the whole file in memory.
 * The driver's collections are used as they are: Mongoose would copy every buffer.
 */
export function mongoPayloads(connection: Connection): Payloads {
  const database = connection.getClient().db(connection.name);
  const read: mongo.FindOptions = { promoteBuffers: true };
  const payloads = database.collection<Payload>('deliveries');
  const chunks = database.collection<Chunk>('deliverychunks');
  const keys = database.collection<StoredKey>('deliverykeys');

  return {
    async insert(payload) {
      await payloads.insertOne(payload);
    },
    async addChunk(id, number, bytes) {
      await chunks.insertOne({ _id: chunkId(id, number), bytes });
    },
    async complete(id, about) {
      await payloads.updateOne({ _id: id }, { $set: { about } });
    },
    find: (ids) => payloads.find({ _id: { $in: [...ids] } }, read).toArray(),
    async *chunks(id) {
      // Few at a time: a slow reader must not make this process hold the whole file.
      const cursor = chunks.find(chunksOf(id), read).sort({ _id: 1 }).batchSize(2);
      for await (const { bytes } of cursor) yield bytes;
    },
    async remove(ids) {
      // The chunks first: without its payload nothing would find them.
      for (const id of ids) await chunks.deleteMany(chunksOf(id));
      await payloads.deleteMany({ _id: { $in: [...ids] } });
    },
    page: (after, limit) =>
      payloads
        .find({ _id: { $gt: after } }, read)
        .sort({ _id: 1 })
        .limit(limit)
        .toArray(),
    async replaceKey(id, before, after) {
      await payloads.updateOne({ _id: id, 'key.id': before.id }, { $set: { key: after } });
    },
    async fingerprintKey(created) {
      try {
        await keys.insertOne({ _id: FINGERPRINTS, key: created });
        return created;
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        const stored = await keys.findOne({ _id: FINGERPRINTS }, read);
        if (stored === null) throw new Error('the key of fingerprints is gone', { cause: error });
        return stored.key;
      }
    },
    async replaceFingerprintKey(after) {
      await keys.updateOne({ _id: FINGERPRINTS }, { $set: { key: after } });
    },
  };
}
