import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { constants, crc32, deflateRaw } from 'node:zlib';
import type { InProcessResponse } from './in-process.ts';

/** A rendered page in which the nonce, and the visitor's name if there is one, are left open. */
export interface PageTemplate {
  status: number;
  /** How many bytes of memory it takes at most. */
  size: number;
  /** The value of a header of the rendering. */
  header: (name: string) => string | undefined;
  /**
   * Returns a function that sends the page with a visitor's name and with a nonce that no other response has. Throws when it can't be
   * compressed.
   */
  prepare: (options: { isGzip: boolean; name?: string }) => Promise<(response: ServerResponse) => void>;
}

/** A place in a page: the content before it, and what belongs there. */
interface Slot {
  before: Buffer;
  kind: 'nonce' | 'name';
}

const compress = promisify(deflateRaw);

// About the connection or the framing, which are each response's own, or about the rendering alone.
const OMITTED = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'date', 'etag']);

/** As lib/csp.ts creates it. */
const createNonce = (): string => randomBytes(16).toString('base64');

/**
 * Makes a template of a page that was rendered with `placeholder` as the visitor's name, or for a guest. Undefined for a response
 * that is not the same for every visitor, or has no nonce: one with a cookie, one that is not HTML, one without our policy.
 */
export function pageTemplate(
  { status, headers, body }: InProcessResponse,
  placeholder?: string,
): PageTemplate | undefined {
  const header = (name: string) => headers.find(([one]) => one === name)?.[1];
  const nonce = /'nonce-([^']+)'/.exec(header('content-security-policy') ?? '')?.[1];
  if (nonce === undefined) return undefined;
  if (header('set-cookie') !== undefined || header('content-encoding') !== undefined) return undefined;
  if (header('content-type')?.startsWith('text/html') !== true) return undefined;

  const kept = headers.filter(([name]) => !OMITTED.has(name));
  const { slots, rest } = findSlots(body, { nonce, ...(placeholder !== undefined && { name: placeholder }) });
  let compressed: Promise<Buffer[]> | undefined;

  return {
    status,
    size: 2 * body.length,
    header,
    async prepare({ isGzip, name = '' }) {
      // Compressed once, for the first visitor who accepts it.
      const blocks = isGzip
        ? await (compressed ??= compressParts([...slots.map(({ before }) => before), rest]))
        : undefined;
      return (response) => {
        const fresh = createNonce();
        const values = { nonce: Buffer.from(fresh), name: Buffer.from(name) };
        const content = [...slots.flatMap(({ before, kind }) => [before, values[kind]]), rest];
        const bytes =
          blocks === undefined
            ? Buffer.concat(content)
            : gzip(
                blocks,
                slots.map(({ kind }) => values[kind]),
                content,
              );
        response.statusCode = status;
        for (const [one, value] of kept) response.appendHeader(one, value.replaceAll(nonce, fresh));
        if (isGzip) response.setHeader('content-encoding', 'gzip');
        response.setHeader('content-length', bytes.length);
        response.end(bytes);
      };
    },
  };
}

/** Where the values are in `bytes`, and what follows the last one. */
function findSlots(bytes: Buffer, values: { nonce: string; name?: string }): { slots: Slot[]; rest: Buffer } {
  const found = Object.entries(values).flatMap(([kind, value]) => {
    const at: { start: number; end: number; kind: Slot['kind'] }[] = [];
    for (let start = bytes.indexOf(value); start !== -1; start = bytes.indexOf(value, start + value.length))
      at.push({ start, end: start + value.length, kind: kind as Slot['kind'] });
    return at;
  });
  let end = 0;
  const slots = found
    .sort((a, b) => a.start - b.start)
    .map(({ start, end: next, kind }): Slot => {
      const before = bytes.subarray(end, start);
      end = next;
      return { before, kind };
    });
  return { slots, rest: bytes.subarray(end) };
}

const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);

/** Each part by itself, so that values can be written in between without compressing anything again. All but the last end at a whole byte. */
function compressParts(parts: Buffer[]): Promise<Buffer[]> {
  const { Z_SYNC_FLUSH, Z_FINISH } = constants;
  return Promise.all(
    parts.map((part, index) => compress(part, { finishFlush: index === parts.length - 1 ? Z_FINISH : Z_SYNC_FLUSH })),
  );
}

/**
 * The compressed blocks with values in between, which are stored as they are, as one gzip member: browsers ignore a second one.
 * `content` is what it decompresses to.
 */
function gzip(blocks: Buffer[], values: Buffer[], content: Buffer[]): Buffer {
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(content.reduce((sum, bytes) => crc32(bytes, sum), 0));
  trailer.writeUInt32LE(
    content.reduce((sum, bytes) => sum + bytes.length, 0),
    4,
  );
  const pieces = blocks.flatMap((block, index) => {
    const value = values[index];
    return value === undefined ? [block] : [block, storedHeader(value.length), value];
  });
  return Buffer.concat([GZIP_HEADER, ...pieces, trailer]);
}

function storedHeader(length: number): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt16LE(length, 1);
  header.writeUInt16LE(0xffff - length, 3);
  return header;
}
