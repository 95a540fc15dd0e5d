import type { FileType } from '@ticketing/common/shapes';

// Four signatures of our own: the library `file-type` does not know PKPASS, and would bring five packages.

/** Recognises the type of a file by its content, which is passed chunk by chunk. */
export interface TypeDetector {
  /** Resolves to false as soon as the file can be of no supported type. */
  add(chunk: Buffer): boolean;
  /** The type of the whole file; undefined if it is not supported. */
  result(): FileType | undefined;
}

const SIGNATURES: [FileType, Buffer][] = [
  ['application/pdf', Buffer.from('%PDF-')],
  ['image/png', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')],
  ['image/jpeg', Buffer.from('\xff\xd8\xff', 'latin1')],
];
const ZIP_ENTRY = Buffer.from('PK\x03\x04');
const LONGEST = 8;

/** A PKPASS is a zip file with this entry at its root. */
const PASS = Buffer.from('pass.json');
/** The place of the length of the name, and of the name, in the header of an entry. */
const NAME_LENGTH_AT = 26;
const NAME_AT = 30;

/** Whether a header of the entry `pass.json` is in these bytes. */
function hasPass(bytes: Buffer): boolean {
  for (let at = bytes.indexOf(PASS, NAME_AT); at !== -1; at = bytes.indexOf(PASS, at + 1)) {
    const header = at - NAME_AT;
    const isHeader = bytes.subarray(header, header + ZIP_ENTRY.length).equals(ZIP_ENTRY);
    if (isHeader && bytes.readUInt16LE(header + NAME_LENGTH_AT) === PASS.length) return true;
  }
  return false;
}

/** Creates a detector for one file. */
export function detectType(): TypeDetector {
  let head = Buffer.alloc(0);
  /** The end of the last chunk, in which a header may begin. */
  let tail = Buffer.alloc(0);
  let isZip = false;
  let isPass = false;
  const found = () => SIGNATURES.find(([, signature]) => head.subarray(0, signature.length).equals(signature))?.[0];

  return {
    add(chunk) {
      if (head.length < LONGEST) {
        head = Buffer.concat([head, chunk.subarray(0, LONGEST)]);
        isZip = head.subarray(0, ZIP_ENTRY.length).equals(ZIP_ENTRY);
      }
      if (!isPass && (isZip || head.length < LONGEST)) {
        const bytes = Buffer.concat([tail, chunk]);
        isPass = hasPass(bytes);
        tail = Buffer.from(bytes.subarray(-(NAME_AT + PASS.length)));
      }
      return head.length < LONGEST || isZip || found() !== undefined;
    },
    result: () => (isZip ? (isPass ? 'application/vnd.apple.pkpass' : undefined) : found()),
  };
}
