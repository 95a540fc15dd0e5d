import { Schema } from 'mongoose';
import type { Model, SchemaDefinition } from 'mongoose';
import { z } from 'zod';
import { envelope } from '@ticketing/common';
import { instant, version } from '@ticketing/common/shapes';
import { describeIssues } from '@ticketing/runtime';
import type { Stored } from '../aggregate/collection.ts';

const storedShape = z.object({ version, changedAt: instant, outbox: z.array(envelope) });

/**
 * Creates the schema of an aggregate's documents: the fields of the shape and those of `Stored`. Rejects documents with missing,
 * unknown or malformed fields. Throws for a type of field that is not supported yet. `republished`: the collection can be
 * read in the order of its changes.
 */
export function documentSchema<D extends Stored>(shape: z.ZodObject, { republished = false } = {}): Schema<D> {
  const fields = { _id: { type: String, required: true }, ...definitionOf(storedShape.extend(shape.shape)) };
  const schema = new Schema<D>(fields as SchemaDefinition<D>, { versionKey: false, strict: 'throw' });
  // The relay finds orphaned events with it. Sparse, so that documents with an empty outbox are not in the index.
  schema.index({ 'outbox.at': 1 }, { sparse: true });
  if (republished) schema.index({ changedAt: 1, _id: 1 });
  const exact = strict(storedShape.extend({ _id: z.string(), ...shape.shape }));
  schema.static('assertValid', (document: unknown) => {
    const { error } = exact.safeParse(document);
    if (error) throw new Error(`a document violates its schema: ${describeIssues(error)}`);
  });
  return schema;
}

/**
 * Throws an Error that names every missing, unknown and malformed field when a document violates the schema of its model. It
 * checks the shape that the schema was made from, in a small part of the time that Mongoose takes to build and check a document.
 */
export function assertValid<D extends Stored>(model: Model<D>, document: object): void {
  (model as unknown as { assertValid: (document: unknown) => void }).assertValid(document);
}

/** The shape without unknown fields, at any depth. */
function strict(shape: z.ZodType): z.ZodType {
  if (shape instanceof z.ZodOptional) return strict(shape.unwrap() as z.ZodType).optional();
  if (shape instanceof z.ZodArray) return z.array(strict(shape.element as z.ZodType));
  if (!(shape instanceof z.ZodObject)) return shape;
  const fields = Object.entries(shape.shape).map(([name, field]) => [name, strict(field as z.ZodType)] as const);
  return z.strictObject(Object.fromEntries(fields));
}

/** Translates a shape into a Mongoose definition with the same fields, types and required fields. */
const definitionOf = <Shape extends z.ZodObject>(shape: Shape) =>
  Object.fromEntries(
    Object.entries(shape.shape).map(([name, field]) => [name, pathOf(field as z.ZodType)]),
  ) as SchemaDefinition<z.output<Shape>>;

function pathOf(field: z.ZodType): object {
  const isOptional = field instanceof z.ZodOptional;
  return { ...typeOf(isOptional ? (field.unwrap() as z.ZodType) : field), required: !isOptional };
}

const SCALARS: Partial<Record<string, unknown>> = { string: String, enum: String, number: Number, boolean: Boolean };

function typeOf(shape: z.ZodType): { type: unknown; default?: undefined } {
  // No casts: exactly what was validated is stored.
  const checked = { cast: false, validate: { validator: (value: unknown) => shape.safeParse(value).success } };
  if (shape instanceof z.ZodObject) return { type: new Schema(definitionOf(shape), { _id: false, strict: 'throw' }) };
  // Without Mongoose's default, an empty array, which a missing one would be taken for.
  if (shape instanceof z.ZodArray) return { type: [typeOf(shape.element as z.ZodType).type], default: undefined };
  const { type } = shape.def;
  if (type === 'unknown') return { type: Schema.Types.Mixed };
  const scalar = SCALARS[type];
  if (scalar === undefined) throw new Error(`a field of type ${type} can not be stored yet`);
  return { type: scalar, ...checked };
}
