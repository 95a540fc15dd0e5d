import { trusted } from 'mongoose';

/** Marks the operators of a filter as trusted. Without that, Mongoose treats them as user input (`sanitizeFilter`). */
export function ownFilter(filter: object): object {
  return Object.fromEntries(
    Object.entries(filter as Record<string, unknown>).map(([path, condition]) => [path, own(path, condition)]),
  );
}

function own(path: string, condition: unknown): unknown {
  if (path === '$and' || path === '$or') return (condition as object[]).map(ownFilter);
  if (typeof condition !== 'object' || condition === null || condition instanceof RegExp) return condition;
  return trusted({ ...condition });
}
