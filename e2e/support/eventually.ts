import { eventually as within } from '@ticketing/core/testing';

/**
 * How long the end-to-end tests wait for what has to happen: so long that it is a fault when it does not, however busy the machine. A
 * wait ends as soon as its condition holds.
 */
export const LIMIT_MS = 90_000;

/** Polls `read` until `done` accepts the value. Throws with the last value after `LIMIT_MS`. */
export const eventually = <T>(read: () => Promise<T> | T, done: (value: T) => boolean): Promise<T> =>
  within(read, done, LIMIT_MS);
