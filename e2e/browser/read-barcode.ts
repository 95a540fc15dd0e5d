import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';

let prepared = false;

/** The format and the text of each barcode in an image, as a scanner reads them. */
export async function readBarcode(image: Uint8Array): Promise<[format: string, text: string][]> {
  if (!prepared) {
    const wasmBinary = readFileSync(createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm'));
    prepareZXingModule({ overrides: { wasmBinary: wasmBinary.buffer } });
    prepared = true;
  }
  const found = await readBarcodes(image);
  return found.map(({ format, text }) => [format, text]);
}
