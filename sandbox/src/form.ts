/** A parsed form: text, or named parts. Lists are parts named 0, 1, 2... Has no prototype, so any name is harmless. */
export type Form = { [name: string]: FormValue };
export type FormValue = string | Form;

const MAX_FIELDS = 1000;
const MAX_DEPTH = 5;

/** Thrown for a form that can't be read; the message may be shown to the caller. */
export class FormError extends Error {
  override name = 'FormError';
}

const newForm = () => Object.create(null) as Form;

/**
 * Parses `application/x-www-form-urlencoded` text with Stripe's bracket nesting: `metadata[orderId]=a&types[]=card`.
 * Of a repeated name the last wins. Throws a FormError for bad escapes, unbalanced brackets, a name that is both text
 * and nested, more than 1000 fields or more than 5 levels.
 */
export function parseForm(text: string): Form {
  const form = newForm();
  if (text === '') return form;
  const fields = text.split('&', MAX_FIELDS + 1);
  if (fields.length > MAX_FIELDS) throw new FormError(`A request can have at most ${MAX_FIELDS} parameters.`);
  for (const field of fields) {
    if (field === '') continue;
    const at = field.indexOf('=');
    const name = decode(at === -1 ? field : field.slice(0, at));
    put(form, pathOf(name), at === -1 ? '' : decode(field.slice(at + 1)), name);
  }
  return form;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new FormError('The request has a parameter that is not valid URL-encoded UTF-8.');
  }
}

function pathOf(name: string): [string, ...string[]] {
  const parts = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name);
  if (parts?.[1] === undefined) throw new FormError(`Invalid parameter name: ${name.slice(0, 100)}`);
  const inner = Array.from((parts[2] ?? '').matchAll(/\[([^[\]]*)\]/g), (match) => match[1] ?? '');
  if (inner.length >= MAX_DEPTH) throw new FormError(`Parameters can be nested at most ${MAX_DEPTH} levels deep.`);
  return [parts[1], ...inner];
}

function put(form: Form, path: [string, ...string[]], value: string, name: string): void {
  let target = form;
  for (const [depth, part] of path.entries()) {
    // `types[]` appends: the next free number is its name.
    const key = part === '' ? String(Object.keys(target).length) : part;
    const present = target[key];
    if (depth === path.length - 1) {
      if (typeof present === 'object') throw new FormError(`The parameter ${name} is given both as text and nested.`);
      target[key] = value;
    } else {
      if (typeof present === 'string') throw new FormError(`The parameter ${name} is given both as text and nested.`);
      target = target[key] = present ?? newForm();
    }
  }
}
