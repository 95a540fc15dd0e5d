import { HttpError } from '@ticketing/common';
import type { TicketView } from '@ticketing/common/shapes';

/** The entity tag of a ticket as the API returns it (RFC 9110): its version, and whether its event has started. */
export const entityTag = ({ version, isClosed }: Pick<TicketView, 'version' | 'isClosed'>): string =>
  `"${version}${isClosed === true ? '-closed' : ''}"`;

/** The newest version that the entity tags of `If-Match` name: undefined when any will do, and -1 when they name none. */
export function matchedVersion(header: string | undefined): number | undefined {
  if (header === undefined || header.trim() === '*') return undefined;
  const tags = header.matchAll(/(?:^|,)\s*"(\d{1,15})(?:-closed)?"\s*(?=,|$)/g);
  return Math.max(-1, ...[...tags].map(([, version]) => Number(version)));
}

/** Whether a request has failed because the ticket has changed, which is a 412 for a request with `If-Match`. */
export const isTicketChanged = (error: unknown): error is HttpError =>
  error instanceof HttpError && error.problems.some(({ code }) => code === 'ticket-changed');
