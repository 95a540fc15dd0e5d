import { HttpError } from '@ticketing/common';
import type { TicketView } from '@ticketing/common/shapes';

/** The entity tag of a ticket as the API returns it (RFC 9110): its version, and whether its event has started. */
export const entityTag = ({ version, isClosed }: Pick<TicketView, 'version' | 'isClosed'>): string =>
  `"${version}${isClosed === true ? '-closed' : ''}"`;

/** The newest of the versions that `If-Match` names: -1 when it names none. */
export const newestOf = (versions: readonly number[] | undefined): number | undefined =>
  versions && Math.max(-1, ...versions);

/** Runs a change for a request whose `If-Match` names a version, if it has one. Throws a 412 in place of the 409 when the ticket has changed. */
export async function whenMatched<T>(matched: number | undefined, change: () => Promise<T>): Promise<T> {
  try {
    return await change();
  } catch (error) {
    if (matched !== undefined && isTicketChanged(error)) throw new HttpError(412, error.problems);
    throw error;
  }
}

const isTicketChanged = (error: unknown): error is HttpError =>
  error instanceof HttpError && error.problems.some(({ code }) => code === 'ticket-changed');
