/** Whether MongoDB rejected a write because a document with the same unique key exists. */
export const isDuplicateKey = (error: unknown): boolean =>
  error instanceof Error && (error as { code?: unknown }).code === 11000;

/** A write would have given two documents the same key in a unique index beside that of the ids. Nothing was written. */
export class DuplicateKeyError extends Error {
  override name = 'DuplicateKeyError';
}

/**
 * Whether MongoDB rejected a write because of the id. Throws a DuplicateKeyError when it did because of another unique index, whose
 * name is only in the message where writes were batched.
 */
export function isTakenId({ code, message }: { code?: unknown; message: string }): boolean {
  if (code !== 11000) return false;
  const index = / index: (\S+) dup key/.exec(message)?.[1] ?? '_id_';
  // Without MongoDB's message, which holds the key.
  if (index !== '_id_') throw new DuplicateKeyError(`another document has the same key in the index ${index}`);
  return true;
}
