import type { Envelope } from '@ticketing/common';
import { stateOf } from '../aggregate/collection.ts';
import type { Changed, Collection, Filter, Stored } from '../aggregate/collection.ts';
import { DuplicateKeyError } from '../duplicate-keys.ts';

/** A deep copy without undefined fields, as a store would return it. */
const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/**
 * Creates a collection in memory, for tests and the simulation. Documents are replaced, never mutated. No two documents have the
 * same value at a path of `unique`.
 */
export function memoryCollection<D extends Stored>(
  documents = new Map<string, D>(),
  { unique = [] }: { unique?: readonly string[] } = {},
): Collection<D> {
  const isDuplicate = (document: { _id: string }): boolean =>
    unique.some((path) => {
      const keys = new Set(valuesAt(document, path).flat());
      const others = keys.size > 0 ? [...documents.values()].filter(({ _id }) => _id !== document._id) : [];
      return others.some((other) =>
        valuesAt(other, path)
          .flat()
          .some((key) => keys.has(key)),
      );
    });
  const duplicate = () => Promise.reject(new DuplicateKeyError('another document has the same key'));

  return {
    find(id) {
      const document = documents.get(id);
      return Promise.resolve(document ? stateOf(copy(document)) : null);
    },
    insert(document) {
      if (documents.has(document._id)) return Promise.resolve(false);
      if (isDuplicate(document)) return duplicate();
      documents.set(document._id, copy(document));
      return Promise.resolve(true);
    },
    updateIf(id, version, { next, changedAt, events, published = [] }) {
      const document = documents.get(id);
      if (document?.version !== version) return Promise.resolve(false);
      const left = without(document.outbox, published);
      if (published.length > 0 && left.length > 0) return Promise.resolve(false);
      if (next && isDuplicate(next)) return duplicate();
      const outbox = [...left, ...events];
      const changed = next ? { ...next, changedAt, outbox } : { ...document, outbox };
      documents.set(id, copy(changed as D));
      return Promise.resolve(true);
    },
    page(filter, limit, after) {
      const found = [...documents.values()].filter((one) => matches(one, filter));
      if (after === undefined) return Promise.resolve(found.slice(0, limit).map(copy));
      const isBefore = (a: Changed, b: Changed) =>
        a.changedAt < b.changedAt || (a.changedAt === b.changedAt && a._id < b._id);
      const inOrder = found.filter((one) => isBefore(after, one)).sort((a, b) => (isBefore(a, b) ? -1 : 1));
      return Promise.resolve(inOrder.slice(0, limit).map(copy));
    },
    count: (filter, limit) =>
      Promise.resolve(Math.min(limit, [...documents.values()].filter((one) => matches(one, filter)).length)),
    first(path) {
      const leastOf = (document: D) => valuesAt(document, path).flat().map(String).sort()[0];
      let found: { document: D; least: string } | undefined;
      for (const document of documents.values()) {
        const least = leastOf(document);
        if (least !== undefined && (found === undefined || least < found.least)) found = { document, least };
      }
      return Promise.resolve(found ? copy(found.document) : null);
    },
    removeEvents(published) {
      for (const { id, events } of published) {
        const document = documents.get(id);
        if (document === undefined) continue;
        documents.set(id, { ...document, outbox: without(document.outbox, events) });
      }
      return Promise.resolve();
    },
  };
}

/** The events of an outbox that are not among `removed`. The same event emitted again at another time is another one. */
function without(outbox: Envelope[], removed: Envelope[]): Envelope[] {
  const keys = new Set(removed.map(({ id, at }) => `${id} ${at}`));
  return outbox.filter(({ id, at }) => !keys.has(`${id} ${at}`));
}

/** All values at a dotted path, through arrays too. */
function valuesAt(value: unknown, path: string): unknown[] {
  let found = [value];
  for (const name of path.split('.'))
    found = found
      .flatMap((one): unknown[] => (Array.isArray(one) && !/^\d+$/.test(name) ? (one as unknown[]) : [one]))
      .map((one) => (typeof one === 'object' && one !== null ? (one as Record<string, unknown>)[name] : undefined))
      .filter((one) => one !== undefined);
  return found;
}

function matches(document: unknown, filter: Filter): boolean {
  return Object.entries(filter).every(([path, condition]) => {
    const values = valuesAt(document, path);
    if (typeof condition !== 'object') return values.includes(condition);
    const { $lt, $lte, $gte, $in, $nin, $exists } = condition;
    if ($exists !== undefined && values.length > 0 !== $exists) return false;
    const some = (passes: (text: string) => boolean) =>
      values.some((value) => typeof value === 'string' && passes(value));
    return (
      ($lt === undefined || some((value) => value < $lt)) &&
      ($lte === undefined || some((value) => value <= $lte)) &&
      ($gte === undefined || some((value) => value >= $gte)) &&
      ($in === undefined || some((value) => $in.includes(value))) &&
      ($nin === undefined || !some((value) => $nin.includes(value)))
    );
  });
}
