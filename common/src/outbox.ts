import { Schema } from 'mongoose';
import type { Connection, Model } from 'mongoose';
import { currentRequestId } from './context.ts';
import { findShared, insertNew, upsert } from './documents.ts';
import { unavailable } from './errors.ts';
import { eventId } from './events.ts';
import type { Envelope, Fact } from './events.ts';
import { perModel } from './store.ts';

/** What every document that causes events has. `outbox` holds the events that the bus has not yet acknowledged. */
export interface Stored {
  _id: string;
  version: number;
  /** When it was last written in another state. */
  changedAt: string;
  outbox: Envelope[];
}

/** A document without what this file keeps in order. */
export type State<D extends Stored> = Omit<D, 'outbox' | 'changedAt'>;

/** What a pure decision comes to: the next state (left out when nothing changes) and the events to say. */
export interface Decision<D extends Stored> {
  next?: State<D>;
  say: Fact[];
}

/** The fields of `Stored`, for a Mongoose schema with `_id: String`. */
export const storedFields = {
  _id: { type: String, required: true as const },
  version: { type: Number, required: true as const },
  changedAt: { type: String, required: true as const },
  outbox: {
    type: [
      new Schema<Envelope>(
        { id: String, name: String, at: String, requestId: String, data: Schema.Types.Mixed },
        { _id: false },
      ),
    ],
    default: [] as Envelope[],
  },
};

/** The index by which the relay finds what a crashed process left unsaid. Sparse: an empty outbox is not in it. */
export const outboxIndex = [{ 'outbox.at': 1 }, { sparse: true }] as const;

/** Told of every write that put events into an outbox. */
export type OutboxListener = (collection: string, id: string, events: Envelope[]) => void;

const listeners = new WeakMap<Connection, OutboxListener>();

/** Has `listener` told of what is saved with events on this connection: the relay, one for each connection. */
export const onSaved = (connection: Connection, listener: OutboxListener): void =>
  void listeners.set(connection, listener);

function envelopes(say: Fact[], at: Date): Envelope[] {
  const requestId = currentRequestId();
  return say.map((fact) => ({
    id: eventId(fact),
    name: fact.name,
    at: at.toISOString(),
    ...(requestId !== undefined && { requestId }),
    data: fact.data,
  }));
}

function saved<D extends Stored>(model: Model<D>, id: string, events: Envelope[]): void {
  if (events.length > 0) listeners.get(model.db)?.(model.collection.collectionName, id, events);
}

/** How many states of a collection a process remembers. */
const REMEMBERED = 1000;
const memories = perModel(() => new Map<string, unknown>());

/**
 * The states that this process saved last. One may be behind the store, for there are other processes; so it only serves to
 * decide what is then saved by comparing versions, which spares a look into the store most of the time.
 */
const memoryOf = <D extends Stored>(model: Model<D>) => memories(model) as Map<string, State<D>>;

function remember<D extends Stored>(model: Model<D>, state: State<D>): void {
  const memory = memoryOf(model);
  memory.delete(state._id);
  memory.set(state._id, state);
  for (const oldest of memory.keys()) {
    if (memory.size <= REMEMBERED) break;
    memory.delete(oldest);
  }
}

/** The state of the document that this process saved last, if it did: then it is there, in this state or a later one. */
export const recall = <D extends Stored>(model: Model<D>, id: string): State<D> | undefined => memoryOf(model).get(id);

/** Inserts a document together with its events, in one write. Gives false, and has written nothing, when the id is taken. */
export async function insert<D extends Stored>(
  model: Model<D>,
  state: State<D>,
  say: Fact[],
  at: Date,
): Promise<boolean> {
  const outbox = envelopes(say, at);
  if (!(await insertNew(model, { ...state, changedAt: at.toISOString(), outbox } as unknown as D))) return false;
  remember(model, state);
  saved(model, state._id, outbox);
  return true;
}

/** So many writers at one document that a hundred rounds were lost; the caller may repeat the request. */
const MAX_ROUNDS = 100;

/**
 * Moves a document by a pure decision: load, decide, save if the version is still the one loaded, else load and decide
 * again. State and events are one write; a decision of `undefined` writes nothing.
 * Gives the document's state afterwards, or null when there is none. Throws what `decide` throws.
 */
export async function change<D extends Stored>(
  model: Model<D>,
  id: string,
  decide: (state: State<D>) => Decision<D> | undefined,
  at: Date,
): Promise<State<D> | null> {
  const remembered = memoryOf(model).get(id);
  if (remembered) {
    const after = await save(remembered, decisionOf(decide, remembered));
    if (after) return after;
    memoryOf(model).delete(id);
  }
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const loaded = await findShared(model, id);
    if (loaded === null) return null;
    const decision = decide(loaded);
    if (decision === undefined) return loaded;
    const after = await save(loaded, decision);
    if (after) return after;
  }
  throw unavailable('busy', 'Too many changes at once. Try again.');

  /** Gives the state afterwards; undefined when there is nothing to save, or the document has moved on. */
  async function save(before: State<D>, decision: Decision<D> | undefined): Promise<State<D> | undefined> {
    if (decision === undefined) return undefined;
    const outbox = envelopes(decision.say, at);
    const update = {
      ...(decision.next && difference(before, decision.next, at)),
      ...(outbox.length > 0 && { $push: { outbox: { $each: outbox } } }),
    };
    // No document is ever removed, so this one is there, in this version or a later one.
    if (!(await upsert(model, { _id: id, version: before.version } as never, update as never))) return undefined;
    const after = decision.next ?? before;
    remember(model, after);
    saved(model, id, outbox);
    return after;
  }
}

/**
 * Has documents say something of the state that was loaded, in one write for all; the relay finds it with what was left over.
 * A document that has moved on meanwhile has said what is newer.
 */
export async function sayAsTheyAre<D extends Stored>(
  model: Model<D>,
  states: State<D>[],
  facts: (state: State<D>) => Fact[],
  at: Date,
): Promise<void> {
  await Promise.all(
    states.map(async (state) => {
      const outbox = envelopes(facts(state), at);
      const filter = { _id: state._id, version: state.version };
      if (outbox.length > 0) await upsert(model, filter as never, { $push: { outbox: { $each: outbox } } } as never);
    }),
  );
}

/** What a remembered state comes to. A refusal may be out of date: it counts only when the store has been asked. */
function decisionOf<D extends Stored>(
  decide: (state: State<D>) => Decision<D> | undefined,
  remembered: State<D>,
): Decision<D> | undefined {
  try {
    return decide(remembered);
  } catch {
    return undefined;
  }
}

/** The update that turns one state into the next. Decisions share what they leave alone, so identity tells what changed. */
function difference<D extends Stored>(before: State<D>, after: State<D>, at: Date): object {
  const $set: Record<string, unknown> = { version: before.version + 1, changedAt: at.toISOString() };
  const $unset: Record<string, true> = {};
  const was = before as Record<string, unknown>;
  const is = after as Record<string, unknown>;
  for (const key of new Set([...Object.keys(was), ...Object.keys(is)])) {
    if (key === 'version' || was[key] === is[key]) continue;
    if (is[key] === undefined) $unset[key] = true;
    else $set[key] = is[key];
  }
  return Object.keys($unset).length > 0 ? { $set, $unset } : { $set };
}
