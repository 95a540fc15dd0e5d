import { HttpError, badRequest, unsupportedMediaType } from '@ticketing/common';
import { MAX_FILE_BYTES } from '@ticketing/common/shapes';
import type { CodeFormat, DeliveryFile } from '@ticketing/common/shapes';
import { backoff, isUnreachable } from '@ticketing/runtime';
import type { Logger } from '@ticketing/runtime';
import type { DeliveryPart } from '../ticket.ts';
import { detectType } from './file-type.ts';
import { fingerprints } from './fingerprints.ts';
import { decrypt, encrypt } from './keys.ts';
import type { DeliveryKeys, WrappedKey } from './keys.ts';
import type { Payload, Payloads } from './payloads.ts';

/** The text of a delivery. */
export interface DeliveryText {
  code?: string | undefined;
  codeFormat: CodeFormat;
  instructions?: string | undefined;
}

/** What describes a file, beside its id. */
export type FileInfo = Omit<DeliveryFile, 'id'>;

/** A file that is being uploaded. */
export interface Upload {
  /** As the seller's computer has it. */
  name: string;
  bytes: AsyncIterable<Buffer>;
}

/** Where a payload belongs: its ticket, its own id, and when it was created. */
export interface Place {
  ticketId: string;
  id: string;
  at: Date;
}

/** Encrypts and decrypts deliveries: everything that a store or a log could reveal passes through here. */
export interface Vault {
  saveText(place: Place, text: DeliveryText): Promise<DeliveryPart>;
  /**
   * Saves a file as it arrives. Throws a 400 when it is empty, a 413 when it is too large and a 415 when its type is not supported;
   * the payload then is incomplete, and the caller removes it.
   */
  saveFile(place: Place, upload: Upload): Promise<{ part: DeliveryPart; file: DeliveryFile }>;
  /** The texts and the files of a ticket, by the ids of their payloads; those that there are not are left out. */
  describe(ticketId: string, ids: readonly string[]): Promise<Map<string, DeliveryText | FileInfo>>;
  /** The bytes of a file. Throws when a part of them is missing or another. */
  bytesOf(ticketId: string, id: string): AsyncIterable<Buffer>;
  remove(ids: readonly string[]): Promise<void>;
  /** The tickets and times of up to `limit` payloads in the order of their ids, starting after this one. */
  page(after: string, limit: number): Promise<Pick<Payload, '_id' | 'ticketId' | 'createdAt'>[]>;
  /** Encrypts every data key by the first key of DELIVERY_KEYS. Resolves to the number of those that were not. */
  rewrap(): Promise<number>;
}

const CHUNK_BYTES = 128 * 1024;
const PAGE = 200;
/** The context of the key of fingerprints. */
export const FINGERPRINTS = 'fingerprints';

const contextOf = (ticketId: string, id: string) => `${ticketId}/${id}`;

/** A data key encrypts one payload only: its description with the last nonce, and its chunks with their numbers. */
const nonceOf = (number: number): Buffer => {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(number, 8);
  return nonce;
};
const ABOUT_NONCE = nonceOf(0xffff_ffff);

/** Chunks are bound to their place, and the last one is marked: none can be left out, exchanged or added. */
const chunkContext = (context: string, number: number, isLast: boolean) =>
  `${context}/${number}${isLast ? '/last' : ''}`;

const fileTooLarge = () =>
  new HttpError(413, [
    { code: 'file-too-large', message: `A file may have ${MAX_FILE_BYTES / 1024 / 1024} MB at most.`, field: 'file' },
  ]);

const unsupportedType = () =>
  unsupportedMediaType('unsupported-file-type', 'A file must be a PDF, PNG, JPEG or PKPASS.', { field: 'file' });

const EXTENSIONS: Record<FileInfo['type'], string> = {
  'application/pdf': 'pdf',
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'application/vnd.apple.pkpass': 'pkpass',
};
const MAX_NAME = 150;

/** The name of a file without its folder and without characters that could mislead the buyer about it. */
export function safeName(name: string, type: FileInfo['type']): string {
  const base = name.toWellFormed().split(/[/\\]/).at(-1) ?? '';
  const clean = base.replace(/[\p{C}<>:"|?*\ufffd]/gu, '').trim();
  return clean === '' || /^\.+$/.test(clean)
    ? `ticket.${EXTENSIONS[type]}`
    : Array.from(clean).slice(-MAX_NAME).join('');
}

/**
 * Opens the vault: reads the key of fingerprints, which the first instance creates; retries while the store is unavailable. Throws when
 * DELIVERY_KEYS lacks the key by which it is encrypted.
 */
export async function openVault(keys: DeliveryKeys, payloads: Payloads, log: Logger): Promise<Vault> {
  const created = keys.create(FINGERPRINTS).wrapped;
  for (let attempt = 0; ; attempt++) {
    try {
      const stored = await payloads.fingerprintKey(created);
      return createVault(keys, payloads, stored);
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      log.warn({ err: error }, 'the key of fingerprints could not be read; trying again');
      await backoff(attempt, { maxMs: 5000 });
    }
  }
}

/** Creates the vault over these payloads. `stored`: their key of fingerprints. Throws as `openVault` does. */
export function createVault(keys: DeliveryKeys, payloads: Payloads, stored: WrappedKey): Vault {
  const hashes = fingerprints(keys.unwrap(stored, FINGERPRINTS));
  const keyOf = ({ _id, ticketId, key }: Payload) => keys.unwrap(key, contextOf(ticketId, _id));

  const sealAbout = (key: Buffer, context: string, about: DeliveryText | FileInfo): Buffer =>
    encrypt(key, ABOUT_NONCE, `${context}/about`, Buffer.from(JSON.stringify(about)));

  function openAbout(payload: Payload): DeliveryText | FileInfo | undefined {
    if (payload.about === undefined) return undefined;
    const context = contextOf(payload.ticketId, payload._id);
    const plain = decrypt(keyOf(payload), ABOUT_NONCE, `${context}/about`, payload.about);
    return JSON.parse(plain.toString('utf8')) as DeliveryText | FileInfo;
  }

  return {
    async saveText({ ticketId, id, at }, text) {
      const context = contextOf(ticketId, id);
      const { key, wrapped } = keys.create(context);
      const about = sealAbout(key, context, text);
      await payloads.insert({ _id: id, ticketId, createdAt: at.toISOString(), key: wrapped, about });
      const fingerprint = text.code === undefined ? undefined : hashes.ofCode(text.code);
      return { id, kind: 'text', ...(fingerprint !== undefined && { fingerprint }) };
    },

    async saveFile({ ticketId, id, at }, { name, bytes }) {
      const context = contextOf(ticketId, id);
      const { key, wrapped } = keys.create(context);
      const [hash, detector] = [hashes.ofFile(), detectType()];
      let [size, number] = [0, 0];
      let gathered: Buffer[] = [];
      let length = 0;

      async function flush(isLast: boolean): Promise<void> {
        const plain = Buffer.concat(gathered);
        [gathered, length] = [[], 0];
        if (number === 0) await payloads.insert({ _id: id, ticketId, createdAt: at.toISOString(), key: wrapped });
        const sealed = encrypt(key, nonceOf(number), chunkContext(context, number, isLast), plain);
        await payloads.addChunk(id, number++, sealed);
      }

      for await (const chunk of bytes) {
        size += chunk.length;
        if (size > MAX_FILE_BYTES) throw fileTooLarge();
        if (!detector.add(chunk)) throw unsupportedType();
        hash.update(chunk);
        // Only when more follows, because the last chunk is marked as such.
        if (length >= CHUNK_BYTES) await flush(false);
        gathered.push(chunk);
        length += chunk.length;
      }
      if (size === 0) throw badRequest('empty-file', 'The file is empty.', { field: 'file' });
      const type = detector.result();
      if (type === undefined) throw unsupportedType();
      await flush(true);
      const info: FileInfo = { name: safeName(name, type), type, size };
      await payloads.complete(id, sealAbout(key, context, info));
      return { part: { id, kind: 'file', fingerprint: hash.digest('base64url') }, file: { id, ...info } };
    },

    async describe(ticketId, ids) {
      const found = await payloads.find(ids);
      return new Map(
        found.flatMap((payload) => {
          const about = openAbout({ ...payload, ticketId });
          return about === undefined ? [] : [[payload._id, about] as const];
        }),
      );
    },

    async *bytesOf(ticketId, id) {
      const [payload] = await payloads.find([id]);
      if (!payload) throw new Error(`the payload ${id} is gone`);
      const context = contextOf(ticketId, id);
      const key = keyOf({ ...payload, ticketId });
      let number = 0;
      const open = (sealed: Buffer, isLast: boolean) =>
        decrypt(key, nonceOf(number), chunkContext(context, number++, isLast), sealed);
      let previous: Buffer | undefined;
      for await (const sealed of payloads.chunks(id)) {
        if (previous) yield open(previous, false);
        previous = sealed;
      }
      if (!previous) throw new Error(`the payload ${id} has no bytes`);
      yield open(previous, true);
    },

    remove: (ids) => (ids.length > 0 ? payloads.remove(ids) : Promise.resolve()),
    page: (after, limit) => payloads.page(after, limit),

    async rewrap() {
      const key = keys.rewrap(await payloads.fingerprintKey(stored), FINGERPRINTS);
      if (key) await payloads.replaceFingerprintKey(key);
      let count = key ? 1 : 0;
      for (let after = ''; ;) {
        const page = await payloads.page(after, PAGE);
        for (const payload of page) {
          const rewrapped = keys.rewrap(payload.key, contextOf(payload.ticketId, payload._id));
          if (!rewrapped) continue;
          await payloads.replaceKey(payload._id, payload.key, rewrapped);
          count++;
        }
        const last = page.at(-1);
        if (last === undefined) return count;
        after = last._id;
      }
    },
  };
}
