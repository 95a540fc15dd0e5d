import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { z } from 'zod';
import { breaks } from './compatibility.ts';
import type { Schema } from './compatibility.ts';

/** A document that is generated, with its version: a change that breaks its readers needs a new major version. */
export interface Versioned {
  info: { version: string };
  [more: string]: unknown;
}

/** The JSON Schemas of zod shapes; those with a name are gathered as components, and referred to. */
export function schemas(io: 'input' | 'output', components: Record<string, Schema>) {
  return (shape: z.ZodType): Schema => {
    const {
      $schema: _,
      $defs = {},
      ...schema
    } = z.toJSONSchema(shape, {
      io,
      unrepresentable: 'any',
      override: ({ jsonSchema }) => {
        // The form of an instant goes without a pattern of 300 characters, and an integer without what JavaScript can count to.
        if (io === 'output' && jsonSchema.format === 'date-time') delete jsonSchema.pattern;
        if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
        // What is answered may get more fields; what is asked may not.
        if (io === 'output') delete jsonSchema.additionalProperties;
        delete jsonSchema.id;
      },
    });
    const { id } = z.globalRegistry.get(shape) ?? {};
    const named = { ...(id !== undefined && { [id]: schema }), ...$defs };
    for (const [name, component] of Object.entries(named)) components[name] = pointed(component as Schema);
    return id === undefined ? pointed(schema as Schema) : reference(id);
  };
}

const reference = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

/** The schema with its references to the components. */
const pointed = (schema: Schema): Schema =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')) as Schema;

/** What the names of components stand for, in their place. */
export function resolved(schema: Schema, components: Record<string, Schema>): Schema {
  const resolve = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value !== 'object' || value === null) return value;
    const { $ref, ...rest } = value as Schema;
    const whole = { ...($ref !== undefined && components[$ref.split('/').at(-1) ?? '']), ...rest };
    return Object.fromEntries(Object.entries(whole).map(([key, part]) => [key, resolve(part)]));
  };
  return resolve(schema) as Schema;
}

/** Replaces what is between two comments in a Markdown page. */
export function withBlock(file: string, name: string, text: string): string {
  const page = readFileSync(path.join(import.meta.dirname, file), 'utf8');
  const block = new RegExp(`(<!-- ${name}[^>]*-->).*?(<!-- end -->)`, 's');
  if (!block.test(page)) throw new Error(`docs/${file} has no place for ${name}`);
  return page.replace(block, (_, begin: string, end: string) => `${begin}\n\n${text}\n\n${end}`);
}

/**
 * Writes the files of a generator, or with --check complains of those that are out of date. Neither takes a document that breaks
 * who uses the one before it, unless its major version is a new one.
 */
export async function publish(generator: string, files: Record<string, string>): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    const target = path.join(import.meta.dirname, file);
    const formatted = await format(text, { ...(await resolveConfig(target)), filepath: target });
    const before = existsSync(target) ? readFileSync(target, 'utf8') : '';
    const broken = file.endsWith('.json') && before !== '' ? breakage(before, formatted) : [];
    if (broken.length > 0)
      complain(
        `docs/${file} would break who uses it:\n${broken.map((line) => `  ${line}\n`).join('')}` +
          `To accept that, raise the major version in ${generator}.`,
      );
    else if (process.argv.includes('--check')) {
      if (before !== formatted)
        complain(`docs/${file} is out of date: npx node --conditions=source ${generator} writes it.`);
    } else writeFileSync(target, formatted);
  }
}

function breakage(before: string, after: string): string[] {
  const [old, next] = [JSON.parse(before) as Versioned, JSON.parse(after) as Versioned];
  const major = ({ info }: Versioned) => info.version.split('.')[0];
  return major(old) === major(next) ? breaks(old, next) : [];
}

function complain(text: string): void {
  console.error(text);
  process.exitCode = 1;
}
