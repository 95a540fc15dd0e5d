import { describe, expect, it } from '@jest/globals';
import type { CodeFormat } from '@ticketing/common/shapes';
import bwip from 'bwip-js/node';
import { readBarcode } from '../../e2e/browser/read-barcode.ts';
import { barcodeImage, symbol } from '../src/lib/barcode.ts';

const READ_AS: Record<CodeFormat, string> = { qr: 'QRCode', code128: 'Code128', aztec: 'Aztec', pdf417: 'PDF417' };
const formats = Object.keys(READ_AS) as CodeFormat[];

describe('the barcode of a ticket', () => {
  it.each(formats)('as %s is read back by a scanner as the same code', async (format) => {
    const code = 'ROW 12^SEAT-7/8F3A';
    const image = await bwip.toBuffer({ ...symbol(code, format), scale: 4 });
    expect(await readBarcode(image)).toEqual([[READ_AS[format], code]]);
  });

  it('as a QR code holds letters of any script', async () => {
    const code = 'Sitz 4 – Größe, 東京ドーム';
    expect(await readBarcode(await bwip.toBuffer({ ...symbol(code, 'qr'), scale: 4 }))).toEqual([['QRCode', code]]);
  });

  it('is an image within the page', () => {
    const image = barcodeImage('A1', 'qr') ?? '';
    expect(image).toMatch(/^data:image\/svg\+xml;base64,/);
    expect(Buffer.from(image.split(',')[1] ?? '', 'base64').toString()).toContain('<svg');
  });

  it('is missing when the format can not hold the code', () => {
    expect(barcodeImage('東京', 'code128')).toBeUndefined();
    expect(barcodeImage('x'.repeat(501), 'code128')).toBeUndefined();
  });
});
