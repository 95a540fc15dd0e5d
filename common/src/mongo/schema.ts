import { Schema } from 'mongoose';
import type { SchemaDefinition } from 'mongoose';
import type { Stored } from '../aggregate/collection.ts';
import type { Envelope } from '../events.ts';

/** A schema for a part of a document. Unknown fields are refused. */
export const partSchema = <Part>(fields: SchemaDefinition<Part>): Schema<Part> =>
  new Schema<Part>(fields, { _id: false, strict: 'throw' });

const envelopeSchema = partSchema<Envelope>({
  id: { type: String, required: true },
  name: { type: String, required: true },
  at: { type: String, required: true },
  requestId: String,
  data: { type: Schema.Types.Mixed, required: true },
});

/** The schema of an aggregate's documents: these fields and those of `Stored`. Unknown fields are refused. */
export function documentSchema<D extends Stored>(fields: SchemaDefinition<Omit<D, keyof Stored>>): Schema<D> {
  const stored = {
    _id: { type: String, required: true },
    version: { type: Number, required: true },
    changedAt: { type: String, required: true },
    outbox: { type: [envelopeSchema], required: true },
  };
  const schema = new Schema({ ...stored, ...fields }, { versionKey: false, strict: 'throw' });
  // The relay finds orphaned events by it. Sparse: an empty outbox is not in it.
  schema.index({ 'outbox.at': 1 }, { sparse: true });
  return schema;
}
