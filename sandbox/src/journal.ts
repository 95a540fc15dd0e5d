import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** The position of a record in the journal's file, in bytes. */
export type Position = { offset: number; length: number };

export type Journal<Item> = {
  /** Appends one record, which survives a SIGKILL from then on. Throws, leaving nothing behind, when the write fails. */
  append: (record: Item) => Position;
  /** Reads one record, so that it need not stay in memory. */
  read: (position: Position) => Item;
  close: () => void;
};

const CHUNK_BYTES = 64 * 1024;
const NEWLINE = 10;

/**
 * Opens or creates the journal in `directory` and passes every record in it to `apply`, oldest first. One line is one
 * record. A last line that a crash left incomplete is removed: its request was never answered. Throws when an earlier
 * line can't be read, because answered requests would be lost. One process at a time may have it open.
 */
export function openJournal<Item>(directory: string, apply: (record: Item, position: Position) => void): Journal<Item> {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, 'journal.jsonl');
  const file = openSync(path, 'a+');
  let end = 0;
  try {
    const total = fstatSync(file).size;
    for (const { line, position } of lines(file)) {
      const next = position.offset + position.length + 1;
      const record = parse<Item>(line);
      if (record !== undefined) {
        apply(record, position);
        end = next;
      } else if (next < total) {
        throw new Error(`${path} can't be read at byte ${position.offset}: it was changed by something else`);
      }
    }
    // The next record must not continue an incomplete line.
    if (end < total) ftruncateSync(file, end);
  } catch (error) {
    closeSync(file);
    throw error;
  }

  return {
    append: (record) => {
      const bytes = Buffer.from(`${JSON.stringify(record)}\n`);
      const offset = end;
      try {
        let written = 0;
        while (written < bytes.length) written += writeSync(file, bytes, written);
      } catch (error) {
        ftruncateSync(file, offset);
        throw error;
      }
      end = offset + bytes.length;
      return { offset, length: bytes.length - 1 };
    },
    read: ({ offset, length }) => {
      const bytes = Buffer.alloc(length);
      readSync(file, bytes, 0, length, offset);
      return JSON.parse(bytes.toString()) as Item;
    },
    close: () => {
      closeSync(file);
    },
  };
}

/** The complete lines of a file, read in pieces, so that a long journal needs little memory. */
function* lines(file: number): Generator<{ line: Buffer; position: Position }> {
  let rest = Buffer.alloc(0);
  let offset = 0;
  for (;;) {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    const size = readSync(file, chunk, 0, CHUNK_BYTES, offset + rest.length);
    if (size === 0) return;
    rest = Buffer.concat([rest, chunk.subarray(0, size)]);
    let start = 0;
    for (let at = rest.indexOf(NEWLINE); at !== -1; at = rest.indexOf(NEWLINE, start)) {
      yield { line: rest.subarray(start, at), position: { offset: offset + start, length: at - start } };
      start = at + 1;
    }
    offset += start;
    rest = rest.subarray(start);
  }
}

function parse<Item>(line: Buffer): Item | undefined {
  try {
    return JSON.parse(line.toString()) as Item;
  } catch {
    return undefined;
  }
}
