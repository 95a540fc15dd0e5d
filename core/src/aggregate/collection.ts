import type { Envelope } from '@ticketing/common';

/** The bookkeeping fields of every document of an aggregate. */
export interface Stored {
  _id: string;
  /** The number of the document's state, which a compare-and-set compares. */
  version: number;
  /** When the state last changed, in ISO 8601. */
  changedAt: string;
  /** The events of its changes, until the bus has acknowledged them and the next change removes them. */
  outbox: Envelope[];
}

/** The state of an aggregate: a document without its bookkeeping. */
export type State<D extends Stored> = Omit<D, 'changedAt' | 'outbox'>;

/** The state of a document. */
export function stateOf<D extends Stored>(document: D): State<D> {
  const { changedAt: _changedAt, outbox: _outbox, ...state } = document;
  return state;
}

/** What a write changes: the next state and the time of the change, if the state changes, and the events to add. */
export interface Change<D extends Stored> {
  next?: State<D>;
  changedAt?: string;
  events: Envelope[];
  /** Events in the outbox that the bus has acknowledged. The change removes them. */
  published?: Envelope[];
}

/** Events of one document that the bus has acknowledged. */
export interface PublishedEvents {
  id: string;
  events: Envelope[];
}

/** A position in the order of changes: the time of a document's last change, then its id. */
export type Changed = Pick<Stored, 'changedAt' | '_id'>;

type Condition =
  | string
  | number
  | {
      $lt?: string;
      $lte?: string;
      $gte?: string;
      $in?: readonly string[];
      $nin?: readonly string[];
      $exists?: boolean;
    };

/** A condition for each path. A path through an array refers to every element, or to one by its index. */
export type Filter = Record<string, Condition>;

/**
 * The documents of one kind. Every write concerns one document and is atomic. While the store is down each method throws an
 * error for which `isUnreachable` is true; the outcome of a write is then unknown.
 */
export interface Collection<D extends Stored> {
  /** The state of a document, or null when there is none. It is never older than the call. */
  find(id: string): Promise<State<D> | null>;
  /**
   * Inserts a document. Resolves to false when its id is taken. Throws when the document violates its schema, and a
   * DuplicateKeyError when another document has the same key in a unique index.
   */
  insert(document: D): Promise<boolean>;
  /**
   * Compare-and-set: writes the change if the document is still at this version. Resolves to false, with nothing
   * written, when it is not, when there is no such document, or when the change removes published events and the outbox
   * holds others too. Throws when the next state violates its schema, and a DuplicateKeyError when another document has the
   * same key in a unique index.
   */
  updateIf(id: string, version: number, change: Change<D>): Promise<boolean>;
  /** Up to `limit` documents that match the filter; with `after`, those that changed last come last, starting after that one. */
  page(filter: Filter, limit: number, after?: Changed): Promise<D[]>;
  /** How many documents match the filter. It counts no further than `limit`. */
  count(filter: Filter, limit: number): Promise<number>;
  /** The document with the least value at a path, or null when none has a value there. The path needs an index. */
  first(path: string): Promise<D | null>;
  /** Removes published events from the outboxes of their documents. */
  removeEvents(published: PublishedEvents[]): Promise<void>;
}
