import type { WrappedKey } from '../src/delivery/keys.ts';
import type { Payload, Payloads } from '../src/delivery/payloads.ts';

/** Payloads in memory, for the contract suite and the simulation. Documents are replaced, never changed. */
export function memoryPayloads(documents: Map<string, { _id: string }>, fingerprintKey?: WrappedKey): Payloads {
  const payloads = documents as Map<string, Payload>;
  const chunks = new Map<string, Buffer[]>();
  let key = fingerprintKey;
  const done = Promise.resolve();

  return {
    insert(payload) {
      payloads.set(payload._id, payload);
      return done;
    },
    addChunk(id, number, bytes) {
      const all = chunks.get(id) ?? [];
      all[number] = bytes;
      chunks.set(id, all);
      return done;
    },
    complete(id, about) {
      const payload = payloads.get(id);
      if (payload) payloads.set(id, { ...payload, about });
      return done;
    },
    find: (ids) => Promise.resolve([...new Set(ids)].flatMap((id) => payloads.get(id) ?? [])),
    async *chunks(id) {
      await done;
      yield* chunks.get(id) ?? [];
    },
    remove(ids) {
      for (const id of ids) {
        payloads.delete(id);
        chunks.delete(id);
      }
      return done;
    },
    page: (after, limit) =>
      Promise.resolve(
        [...payloads.values()]
          .filter(({ _id }) => _id > after)
          .sort((a, b) => (a._id < b._id ? -1 : 1))
          .slice(0, limit),
      ),
    replaceKey(id, before, after) {
      const payload = payloads.get(id);
      if (payload?.key.id === before.id) payloads.set(id, { ...payload, key: after });
      return done;
    },
    fingerprintKey(created) {
      key ??= created;
      return Promise.resolve(key);
    },
    replaceFingerprintKey(after) {
      key = after;
      return done;
    },
  };
}
