import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { constants, crc32, deflateRaw } from 'node:zlib';
import type { InProcessResponse } from './in-process.ts';

/** A rendered page in which the nonce is left open. */
export interface PageTemplate {
  status: number;
  /** How many bytes of memory it takes at most. */
  size: number;
  /** The value of a header of the rendering. */
  header: (name: string) => string | undefined;
  /** Returns a function that sends the page with a nonce that no other response has. Throws when it can't be compressed. */
  prepare: (isGzip: boolean) => Promise<(response: ServerResponse) => void>;
}

/** Bytes with places for the nonce. */
interface Form {
  bytes: Buffer;
  places: number[];
}

const compress = promisify(deflateRaw);

// About the connection or the framing, which are each response's own, or about the rendering alone.
const OMITTED = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'date', 'etag']);

/** As lib/csp.ts creates it. */
const createNonce = (): string => randomBytes(16).toString('base64');
const NONCE_LENGTH = createNonce().length;

/**
 * Makes a template of a rendered page. Undefined for a response that is not the same for every visitor, or has no nonce: one
 * with a cookie, one that is not HTML, one without our policy.
 */
export function pageTemplate({ status, headers, body }: InProcessResponse): PageTemplate | undefined {
  const header = (name: string) => headers.find(([one]) => one === name)?.[1];
  const nonce = /'nonce-([^']+)'/.exec(header('content-security-policy') ?? '')?.[1];
  if (nonce?.length !== NONCE_LENGTH) return undefined;
  if (header('set-cookie') !== undefined || header('content-encoding') !== undefined) return undefined;
  if (header('content-type')?.startsWith('text/html') !== true) return undefined;

  const kept = headers.filter(([name]) => !OMITTED.has(name));
  const parts = split(body, Buffer.from(nonce, 'latin1'));
  const plain = { bytes: body, places: placesBetween(parts.map(({ length }) => length)) };
  let compressed: Promise<Form> | undefined;

  return {
    status,
    size: 2 * body.length,
    header,
    async prepare(isGzip) {
      // Compressed once, for the first visitor who accepts it.
      const form = isGzip ? await (compressed ??= gzipForm(parts)) : plain;
      return (response) => {
        const fresh = createNonce();
        const bytes = fill(form, fresh);
        if (isGzip) bytes.writeUInt32LE(checksum(parts, fresh), bytes.length - TRAILER_LENGTH);
        response.statusCode = status;
        for (const [name, value] of kept) response.appendHeader(name, value.replaceAll(nonce, fresh));
        if (isGzip) response.setHeader('content-encoding', 'gzip');
        response.setHeader('content-length', bytes.length);
        response.end(bytes);
      };
    },
  };
}

/** The parts of `bytes` before, between and after the occurrences of `separator`. */
function split(bytes: Buffer, separator: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  let start = 0;
  for (let at = bytes.indexOf(separator); at !== -1; at = bytes.indexOf(separator, start)) {
    parts.push(bytes.subarray(start, at));
    start = at + separator.length;
  }
  return [...parts, bytes.subarray(start)];
}

/** Where the nonces are between parts of these lengths. */
function placesBetween(lengths: number[]): number[] {
  let at = 0;
  return lengths.slice(0, -1).map((length, index) => {
    at += length + (index === 0 ? 0 : NONCE_LENGTH);
    return at;
  });
}

function fill({ bytes, places }: Form, nonce: string): Buffer {
  const filled = Buffer.from(bytes);
  for (const place of places) filled.write(nonce, place, 'latin1');
  return filled;
}

const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);

/** The checksum and the length of the content. */
const TRAILER_LENGTH = 8;

/** A nonce in a block of its own, which is stored as it is: the header of the block, and the nonce's place. */
const STORED_NONCE = Buffer.alloc(5 + NONCE_LENGTH);
STORED_NONCE.writeUInt16LE(NONCE_LENGTH, 1);
STORED_NONCE.writeUInt16LE(0xffff - NONCE_LENGTH, 3);

/**
 * The parts with places for nonces in between, as one gzip member: browsers ignore a second one. Each part is compressed by itself
 * and ends at a whole byte, so that a nonce can be written without compressing anything again. The checksum is left open.
 */
async function gzipForm(parts: Buffer[]): Promise<Form> {
  const { Z_SYNC_FLUSH, Z_FINISH } = constants;
  const blocks = await Promise.all(
    parts.map((part, index) => compress(part, { finishFlush: index === parts.length - 1 ? Z_FINISH : Z_SYNC_FLUSH })),
  );
  const trailer = Buffer.alloc(TRAILER_LENGTH);
  trailer.writeUInt32LE(parts.reduce((sum, part) => sum + part.length, 0) + (parts.length - 1) * NONCE_LENGTH, 4);

  const pieces: Buffer[] = [GZIP_HEADER];
  const places: number[] = [];
  let length = GZIP_HEADER.length;
  const add = (piece: Buffer) => {
    pieces.push(piece);
    length += piece.length;
  };
  for (const [index, block] of blocks.entries()) {
    add(block);
    if (index === blocks.length - 1) break;
    add(STORED_NONCE);
    places.push(length - NONCE_LENGTH);
  }
  add(trailer);
  return { bytes: Buffer.concat(pieces), places };
}

/** The checksum of the page with this nonce. */
function checksum(parts: Buffer[], nonce: string): number {
  const bytes = Buffer.from(nonce, 'latin1');
  return parts.reduce((sum, part, index) => crc32(part, index === 0 ? 0 : crc32(bytes, sum)), 0);
}
