import type { CodeFormat } from '@ticketing/common/shapes';
import { toSVG } from 'bwip-js/generic';

/** The names of the formats in bwip-js. */
export const SYMBOLOGIES: Record<CodeFormat, string> = {
  qr: 'qrcode',
  code128: 'code128',
  aztec: 'azteccode',
  pdf417: 'pdf417',
};

/** The format's name as people know it. */
export const FORMAT_NAMES: Record<CodeFormat, string> = {
  qr: 'QR code',
  code128: 'Code 128 barcode',
  aztec: 'Aztec code',
  pdf417: 'PDF417 barcode',
};

/** What every drawing of a code has: black on white, with the margin that scanners need. */
export const symbol = (code: string, format: CodeFormat) => ({
  bcid: SYMBOLOGIES[format],
  text: code,
  backgroundcolor: 'FFFFFF',
  padding: 4,
  ...(format === 'code128' && { height: 18 }),
});

// Scanners guess the encoding of other characters, and guess right for QR codes only.
const ASCII = /^[ -~]*$/;

/**
 * Draws a code as an image for `src`; it is part of the page, so that it is there without a connection. Returns undefined for a code
 * that the format can't hold, such as one that is too long for it.
 */
export function barcodeImage(code: string, format: CodeFormat): string | undefined {
  if (format !== 'qr' && !ASCII.test(code)) return undefined;
  try {
    return `data:image/svg+xml;base64,${Buffer.from(toSVG(symbol(code, format))).toString('base64')}`;
  } catch {
    return undefined;
  }
}
