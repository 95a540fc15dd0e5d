import { Schema } from 'mongoose';
import type { SchemaDefinition } from 'mongoose';
import { z } from 'zod';

/**
 * The Mongoose definition of what is stored by a shape: the same fields, of the same types, required where they are required
 * there. Throws for a shape that nothing stored has yet.
 */
export const definitionOf = <Shape extends z.ZodObject>(shape: Shape) =>
  Object.fromEntries(
    Object.entries(shape.shape).map(([name, field]) => [name, pathOf(field as z.ZodType)]),
  ) as SchemaDefinition<z.output<Shape>>;

function pathOf(field: z.ZodType): object {
  const isOptional = field instanceof z.ZodOptional;
  return { ...typeOf(isOptional ? (field.unwrap() as z.ZodType) : field), required: !isOptional };
}

function typeOf(shape: z.ZodType): { type: unknown } {
  // Without casts, so that what is stored is what was checked.
  const checked = { cast: false, validate: { validator: (value: unknown) => shape.safeParse(value).success } };
  if (shape instanceof z.ZodObject) return { type: new Schema(definitionOf(shape), { _id: false, strict: 'throw' }) };
  if (shape instanceof z.ZodArray) return { type: [typeOf(shape.element as z.ZodType).type] };
  switch (shape.def.type) {
    case 'string':
    case 'enum':
      return { type: String, ...checked };
    case 'number':
      return { type: Number, ...checked };
    default:
      throw new Error(`a field of type ${shape.def.type} can not be stored yet`);
  }
}
