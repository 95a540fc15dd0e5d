import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** A data key, encrypted by the key with this id. */
export interface WrappedKey {
  id: string;
  wrapped: Buffer;
}

/** The keys of DELIVERY_KEYS, which encrypt data keys only. */
export interface DeliveryKeys {
  /** A new data key, and the same encrypted by the first key. `context` names what it is for. */
  create(context: string): { key: Buffer; wrapped: WrappedKey };
  /** Decrypts a data key. Throws when its key is not among DELIVERY_KEYS, or the context is another. */
  unwrap(wrapped: WrappedKey, context: string): Buffer;
  /** Encrypts a data key by the first key; undefined when it already is. Throws as `unwrap` does. */
  rewrap(wrapped: WrappedKey, context: string): WrappedKey | undefined;
}

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const derive = (key: string, use: string, bytes: number): Buffer =>
  Buffer.from(hkdfSync('sha256', key, '', `ticketing delivery: ${use}`, bytes));

/** Encrypts with AES-256-GCM: ciphertext, then tag. A key must never encrypt twice with the same nonce. */
export function encrypt(key: Buffer, nonce: Buffer, context: string, plain: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context));
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** Decrypts what `encrypt` returned. Throws when key, nonce, context or a bit of it is another. */
export function decrypt(key: Buffer, nonce: Buffer, context: string, sealed: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(context))
    .setAuthTag(sealed.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]);
}

/** The keys of DELIVERY_KEYS: the first encrypts, all decrypt. */
export function deliveryKeys(keys: readonly string[]): DeliveryKeys {
  const all = keys.map((key) => ({
    id: derive(key, 'key id', 6).toString('base64url'),
    key: derive(key, 'wrap', KEY_BYTES),
  }));
  const [first] = all;
  if (first === undefined) throw new Error('there is no delivery key');

  function wrap({ id, key }: { id: string; key: Buffer }, dataKey: Buffer, context: string): WrappedKey {
    const nonce = randomBytes(NONCE_BYTES);
    return { id, wrapped: Buffer.concat([nonce, encrypt(key, nonce, context, dataKey)]) };
  }

  function unwrap({ id, wrapped }: WrappedKey, context: string): Buffer {
    const found = all.find((one) => one.id === id);
    if (!found)
      throw new Error(`DELIVERY_KEYS: the key with the id ${id} is missing, by which a delivery is encrypted`);
    return decrypt(found.key, wrapped.subarray(0, NONCE_BYTES), context, wrapped.subarray(NONCE_BYTES));
  }

  return {
    create(context) {
      const key = randomBytes(KEY_BYTES);
      return { key, wrapped: wrap(first, key, context) };
    },
    unwrap,
    rewrap: (wrapped, context) =>
      wrapped.id === first.id ? undefined : wrap(first, unwrap(wrapped, context), context),
  };
}
