import { parse } from 'qs';

/** A parsed form: text, or named parts; a list is an array, with parts named 0, 1, 2... Objects have no prototype. */
export type Form = { [name: string]: FormValue };
export type FormValue = string | Form;

const MAX_FIELDS = 1000;
/** Of names in brackets, as in `metadata[orderId]`. */
const MAX_DEPTH = 4;

/** Thrown for a form that can't be read; the message may be shown to the caller. */
export class FormError extends Error {
  override name = 'FormError';
}

/**
 * Parses `application/x-www-form-urlencoded` text with Stripe's bracket nesting: `metadata[orderId]=a&types[]=card`.
 * Of a repeated name the last wins. Throws a FormError for bad escapes, more than 1000 fields, more than 5 levels, or
 * the name `__proto__`, which qs would drop silently.
 */
export function parseForm(text: string): Form {
  try {
    return parse(text, {
      allowPrototypes: true,
      allowSparse: true,
      decoder: decode,
      depth: MAX_DEPTH,
      duplicates: 'last',
      parameterLimit: MAX_FIELDS,
      plainObjects: true,
      strictDepth: true,
      throwOnLimitExceeded: true,
    }) as Form;
  } catch (error) {
    throw error instanceof RangeError ? new FormError(error.message) : error;
  }
}

function decode(text: string, _default: unknown, _charset: string, type: 'key' | 'value'): string {
  const decoded = decodeComponent(text);
  if (type === 'key' && decoded.includes('__proto__')) throw new FormError('A parameter can not be named __proto__.');
  return decoded;
}

/** Strict, where the decoder of qs returns malformed escapes unchanged. */
function decodeComponent(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new FormError('The request has a parameter that is not valid URL-encoded UTF-8.');
  }
}
