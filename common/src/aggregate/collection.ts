import type { Envelope } from '../events.ts';

/** What every document of an aggregate has besides its own fields. */
export interface Stored {
  _id: string;
  /** Counts the document's states: what a compare-and-set compares. */
  version: number;
  /** When the document was last saved in another state, in ISO 8601. */
  changedAt: string;
  /** The events of its changes that the bus has not yet acknowledged. */
  outbox: Envelope[];
}

/** The state of an aggregate: a document without its bookkeeping. */
export type State<D extends Stored> = Omit<D, 'changedAt' | 'outbox'>;

/** A document without its bookkeeping. */
export function stateOf<D extends Stored>(document: D): State<D> {
  const { changedAt: _changedAt, outbox: _outbox, ...state } = document;
  return state;
}

/** What a write adds to a document: its next state with the time of the change, or events alone. */
export interface Change<D extends Stored> {
  next?: State<D>;
  changedAt?: string;
  events: Envelope[];
}

/** Events of one document that the bus has acknowledged. */
export interface PublishedEvents {
  id: string;
  events: Envelope[];
}

type Condition =
  string | number | { $lt?: string; $lte?: string; $gte?: string; $in?: readonly string[]; $exists?: boolean };

/** Path -> what the value there must be; through an array a path leads into each element, or into one by its index. */
export type Filter = Record<string, Condition>;

/**
 * The documents of one kind. Every write concerns one document and is atomic. Each method throws an error that
 * `isUnreachable` knows when the store is down; it is then unknown whether a write was done.
 */
export interface Collection<D extends Stored> {
  readonly name: string;
  /** The state of a document, or null. Never one from before the call. */
  find(id: string): Promise<State<D> | null>;
  /** Inserts a document. Resolves to false when its id is taken. Throws when the document is not as its schema requires. */
  insert(document: D): Promise<boolean>;
  /**
   * Compare-and-set: writes the change if the document is still at this version. Resolves to false when it is not, or is gone;
   * then nothing is written. Throws when the next state is not as its schema requires.
   */
  updateIf(id: string, version: number, change: Change<D>): Promise<boolean>;
  /** Up to `limit` documents that pass the filter; with `after`, in order of their ids and from that one on. */
  page(filter: Filter, limit: number, after?: string): Promise<D[]>;
  /** Removes published events from the outboxes of their documents. */
  removeEvents(published: PublishedEvents[]): Promise<void>;
}
