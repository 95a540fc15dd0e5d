/** The hidden field of a form that has its idempotency key. */
export const KEY_FIELD = 'idempotencyKey';

/** A new random key. Not randomUUID, which browsers have on secure origins only. */
export const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** The key that a form was sent with, if it has one. */
export function keyOf(form: FormData): string | undefined {
  const key = form.get(KEY_FIELD);
  return typeof key === 'string' && key !== '' ? key : undefined;
}
