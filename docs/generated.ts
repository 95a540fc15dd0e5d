import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { formatted } from '../scripts/formatted.ts';
import { z } from 'zod';
import { breaks } from './compatibility.ts';
import type { Schema } from './compatibility.ts';

/** A generated document with its version: a change that breaks its readers needs a new major version. */
export interface Versioned {
  info: { version: string };
  [more: string]: unknown;
}

/** Converts zod shapes to JSON Schemas. Named ones are collected in `components` and referenced. */
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
        // Omits the pattern of instants, which has 300 characters, and the largest safe integer.
        if (io === 'output' && jsonSchema.format === 'date-time') delete jsonSchema.pattern;
        if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
        // Responses may get more fields, requests may not.
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

/** The schema with each reference replaced by the component that it refers to. */
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

/** A Markdown page with the text between two comments replaced. Throws if it has no such comments. */
export function withBlock(file: string, name: string, text: string): string {
  const page = readFileSync(path.join(import.meta.dirname, file), 'utf8');
  const block = new RegExp(`(<!-- ${name}[^>]*-->).*?(<!-- end -->)`, 's');
  if (!block.test(page)) throw new Error(`docs/${file} has no comments around ${name}`);
  return page.replace(block, (_, begin: string, end: string) => `${begin}\n\n${text}\n\n${end}`);
}

/**
 * Writes the files of a generator, or with --check reports those that are out of date. Either way a document that breaks the
 * users of its previous version is refused, unless its major version is new.
 */
export async function publish(generator: string, files: Record<string, string>): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    const target = path.join(import.meta.dirname, file);
    const after = await formatted(target, text);
    const before = existsSync(target) ? readFileSync(target, 'utf8') : '';
    const broken = file.endsWith('.json') && before !== '' ? breakage(before, after) : [];
    if (broken.length > 0)
      report(
        `docs/${file} would break its users:\n${broken.map((line) => `  ${line}\n`).join('')}` +
          `To accept that, raise the major version in ${generator}.`,
      );
    else if (process.argv.includes('--check')) {
      if (before !== after) report(`docs/${file} is out of date. Run npx node --conditions=source ${generator}`);
    } else writeFileSync(target, after);
  }
}

function breakage(before: string, after: string): string[] {
  const [old, next] = [JSON.parse(before) as Versioned, JSON.parse(after) as Versioned];
  const major = ({ info }: Versioned) => info.version.split('.')[0];
  return major(old) === major(next) ? breaks(old, next) : [];
}

function report(text: string): void {
  console.error(text);
  process.exitCode = 1;
}
