/** As much of MongoDB's language as the services speak; what they don't is refused, not guessed at. */

export type Document = Record<string, unknown> & { _id: string };
type Fields = Record<string, unknown>;

/** A copy as it comes back from a store: what is undefined is left out. */
export const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** All that a dotted path comes to: through an array it leads into each of its elements, or into one by its index. */
function valuesAt(value: unknown, path: string): unknown[] {
  let found: unknown[] = [value];
  for (const name of path.split('.'))
    found = found.flatMap((one): unknown[] => {
      if (!Array.isArray(one)) return isObject(one) && name in one ? [one[name]] : [];
      if (/^\d+$/.test(name)) return Number(name) < one.length ? [one[Number(name)]] : [];
      return one.filter((element) => isObject(element) && name in element).map((element) => (element as Fields)[name]);
    });
  return found;
}

const isEqual = (a: unknown, b: unknown): boolean =>
  a === b || (typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b));

function isLess(a: unknown, b: unknown, orEqual: boolean): boolean {
  if (typeof a !== typeof b || (typeof a !== 'string' && typeof a !== 'number')) return false;
  return (a as string) < (b as string) || (orEqual && a === b);
}

function passes(found: unknown[], operator: string, wanted: unknown): boolean {
  switch (operator) {
    case '$eq':
      return found.some((one) => isEqual(one, wanted));
    case '$ne':
      return !found.some((one) => isEqual(one, wanted));
    case '$in':
      return found.some((one) => (wanted as unknown[]).some((other) => isEqual(one, other)));
    case '$exists':
      return found.length > 0 === wanted;
    case '$lt':
    case '$lte':
      return found.some((one) => isLess(one, wanted, operator === '$lte'));
    case '$gt':
    case '$gte':
      return found.some((one) => isLess(wanted, one, operator === '$gte'));
    default:
      throw new Error(`the simulated store does not know the operator ${operator}`);
  }
}

/** Whether a document passes a filter. */
export function matches(document: unknown, filter: Fields): boolean {
  for (const [path, wanted] of Object.entries(filter)) {
    if (path === '$or') {
      if (!(wanted as Fields[]).some((one) => matches(document, one))) return false;
      continue;
    }
    if (path === '$and') {
      if (!(wanted as Fields[]).every((one) => matches(document, one))) return false;
      continue;
    }
    const found = path.includes('.')
      ? valuesAt(document, path)
      : path in (document as Fields)
        ? [(document as Fields)[path]]
        : [];
    const conditions = isObject(wanted) && Object.keys(wanted)[0]?.startsWith('$') ? wanted : { $eq: wanted };
    for (const [operator, value] of Object.entries(conditions)) if (!passes(found, operator, value)) return false;
  }
  return true;
}

function listAt(document: Fields, name: string): unknown[] {
  const list = document[name] ?? [];
  if (!Array.isArray(list)) throw new Error(`${name} is not an array`);
  return list;
}

/** The document after an update. `isNew`: it is being inserted by an upsert. */
export function updated<D extends Fields>(document: D, update: Fields, isNew = false): D {
  const next: Fields = copy(document);
  for (const [operator, fields] of Object.entries(update) as [string, Fields][])
    for (const [name, value] of Object.entries(fields)) {
      if (name.includes('.')) throw new Error(`the simulated store does not update inside ${name}`);
      switch (operator) {
        case '$setOnInsert':
          if (isNew) next[name] = value;
          break;
        case '$set':
          next[name] = value;
          break;
        case '$unset':
          Reflect.deleteProperty(next, name);
          break;
        case '$inc':
          next[name] = ((next[name] ?? 0) as number) + (value as number);
          break;
        case '$max':
          if (!(name in next) || isLess(next[name], value, false)) next[name] = value;
          break;
        case '$push':
          next[name] = [
            ...listAt(next, name),
            ...(isObject(value) && '$each' in value ? (value['$each'] as unknown[]) : [value]),
          ];
          break;
        case '$pull':
          if (name in next) next[name] = listAt(next, name).filter((one) => !matches(one, value as Fields));
          break;
        default:
          throw new Error(`the simulated store does not know the update ${operator}`);
      }
    }
  return copy(next) as D;
}

/** What an upsert inserts when nothing matched: what the filter wants to be equal, then the update. */
export function inserted(filter: Fields, update: Fields): Document {
  const wanted = Object.entries(filter).filter(
    ([path, value]) => !path.includes('.') && !path.startsWith('$') && !isObject(value),
  );
  return updated(Object.fromEntries(wanted) as Document, update, true);
}

/** The fields that a projection leaves. */
export function projected(document: Document, projection: Fields = {}): Document {
  const names = Object.keys(projection).filter((name) => name !== '_id');
  if (names.length === 0) return '_id' in projection ? { _id: document._id } : copy(document);
  const wanted = new Set(names);
  const keeps = Boolean(projection[names[0] ?? '']);
  return copy(
    Object.fromEntries(
      Object.entries(document).filter(([name]) =>
        name === '_id' ? projection['_id'] !== 0 : wanted.has(name) === keeps,
      ),
    ) as Document,
  );
}
