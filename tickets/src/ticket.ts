import { badRequest, conflict, forbidden, gone, notFound, offerTag, pickListing, stillOffers } from '@ticketing/common';
import type {
  DomainEvent,
  Listing,
  Offer,
  OrderData,
  RefusalReason,
  TicketData,
  TicketStatus,
} from '@ticketing/common';
import { MAX_FILES, NO_TEXT } from '@ticketing/common/shapes';
import type { Decision, State, Stored } from '@ticketing/core';
import { facetKeys } from './facets.ts';
import { searchText } from './search-text.ts';
import { keywords } from './words.ts';

export interface Ticket extends Stored, Listing {
  sellerId: string;
  status: TicketStatus;
  /** The order that holds or bought it. */
  hold?: { orderId: string; buyerId: string; reservedUntil: string } | undefined;
  /**
   * The fencing token: the highest order number and order version of the events consumed so far. An event that is not newer is
   * late and does nothing. `refused` is the answer to the order, in case its event is redelivered.
   */
  seen: { number: number; version: number; refused?: RefusalReason | undefined };
  /** What its buyer gets; absent when there is nothing, and after the ticket was withdrawn. */
  delivery?: Delivery | undefined;
  /** When the listing closes by itself: when the event starts, or never without a start. */
  closesAt: string;
  /** The day on which the event starts, where it takes place: `2031-06-01`. */
  day?: string | undefined;
  /** The words that a search matches. */
  keywords: string[];
  /** The filters by category and city that find it; absent when none does. */
  facets?: string[] | undefined;
  /** Keywords, category and city as one text, for the indexes of the list. Absent in documents of earlier releases. */
  searchText?: string | undefined;
  /** The version at which the listing last changed. Absent in documents of earlier releases. */
  listingVersion?: number | undefined;
  createdAt: string;
}

/** A part of a delivery: the text (code and instructions) or a file. Its encrypted content is the payload with this id. */
export interface DeliveryPart {
  id: string;
  kind: 'text' | 'file';
  /** The keyed hash of the code or of the file; instructions alone have none. */
  fingerprint?: string | undefined;
}

export interface Delivery {
  parts: DeliveryPart[];
  /** The fingerprints of the parts, for the unique index: no two listings have one in common. Absent when there are none. */
  fingerprints?: string[] | undefined;
}

export type TicketState = State<Ticket>;
type TicketDecision = Decision<Ticket> | undefined;

/** What everybody may see of a ticket. */
function publicFields(ticket: TicketState) {
  const { _id: id, version, sellerId, status } = ticket;
  return { ...pickListing(ticket), id, version, sellerId, status, hasDelivery: ticket.delivery !== undefined };
}

/** The same as the API returns it. */
export function shownFields(ticket: TicketState) {
  const shown = publicFields(ticket);
  return { ...shown, offerTag: offerTag(shown) };
}

/** The data of a ticket's events. */
export function snapshot(ticket: TicketState): TicketData {
  const { number } = ticket.seen;
  return { ...publicFields(ticket), ...ticket.hold, ...(number > 0 && { lastOrder: number }) };
}

/** When a listing without a start closes. */
export const NEVER = '9999-12-31T23:59:59.999Z';

/** The fields derived from a listing. */
function derived(listing: Listing) {
  const words = keywords(searchedText(listing));
  return {
    closesAt: listing.startsAt ?? NEVER,
    day: listing.startsAt === undefined ? undefined : dayIn(listing.startsAt, listing.timeZone),
    keywords: words,
    facets: facetKeys(listing),
    searchText: searchText(words, listing),
  };
}

const searchedText = ({ title, venue = '', city = '', category = '' }: Listing): string =>
  `${title} ${venue} ${city} ${category === 'other' ? '' : category}`;

/** The day of an instant in a zone, in UTC when the zone is unknown or absent. */
function dayIn(instant: string, timeZone = 'UTC'): string {
  try {
    return new Intl.DateTimeFormat('en-CA', { timeZone }).format(new Date(instant));
  } catch {
    return instant.slice(0, 10);
  }
}

/** Whether the listing has closed by itself: the event has started. */
export const isClosed = ({ closesAt }: TicketState, now: Date): boolean => closesAt <= now.toISOString();

/** The event of a ticket's current state. */
export const currentStateEvents = (ticket: TicketState): DomainEvent[] => [
  { name: 'ticket:updated', data: snapshot(ticket) },
];

/** The next state, with the next version, and its event. */
function move(ticket: TicketState, changes: Partial<TicketState>): { next: TicketState; events: DomainEvent[] } {
  const next = { ...ticket, ...changes, version: ticket.version + 1 };
  return { next, events: currentStateEvents(next) };
}

/** Throws a 400 when the fields of a listing contradict each other. */
function assertConsistent({ price, faceValue }: Listing): void {
  if (faceValue !== undefined && faceValue.currency !== price.currency)
    throw badRequest('currency-mismatch', 'The face value must be in the currency of the price.', {
      field: 'faceValue.currency',
    });
}

/** Lists a new ticket. Throws as `assertConsistent` does. */
export function list(
  id: string,
  sellerId: string,
  listing: Listing,
  now: Date,
): { state: TicketState; events: DomainEvent[] } {
  assertConsistent(listing);
  const state: TicketState = {
    _id: id,
    version: 0,
    sellerId,
    ...listing,
    ...derived(listing),
    listingVersion: 0,
    status: 'listed',
    seen: { number: 0, version: -1 },
    createdAt: now.toISOString(),
  };
  return { state, events: [{ name: 'ticket:created', data: snapshot(state) }] };
}

/** The 404 for an unknown ticket. */
export const ticketNotFound = () => notFound('ticket-not-found', 'There is no such ticket.');

/** Throws a 403 for any user but the seller. Must run before other checks, so that it reveals nothing to other users. */
export function assertOwner(ticket: TicketState, userId: string): void {
  if (ticket.sellerId !== userId) throw forbidden('not-your-ticket', 'Only its seller may change a ticket.');
}

/** Throws when a seller may not change the ticket now: while it is held (409), when it is sold (409) or withdrawn (410). */
export function assertChangeable(ticket: TicketState): void {
  switch (ticket.status) {
    case 'held':
      throw conflict('ticket-reserved', 'A buyer holds this ticket. It can be changed when the hold is over.', {
        reservedUntil: ticket.hold?.reservedUntil,
      });
    case 'sold':
      throw conflict('ticket-sold', 'This ticket is sold.');
    case 'withdrawn':
      throw gone('ticket-withdrawn', 'This ticket was withdrawn.');
    case 'listed':
  }
}

/** Throws a 409 with the current ticket when the listing has changed since the version that the seller has seen. */
function assertSeen(ticket: TicketState, seenVersion = ticket.version): void {
  if (seenVersion < (ticket.listingVersion ?? ticket.version))
    throw conflict('ticket-changed', 'The listing has changed since you opened it.', { ticket: shownFields(ticket) });
}

/** Replaces the listing. Throws as `assertChangeable`, `assertConsistent` and `assertSeen` do. */
export function edit(ticket: TicketState, listing: Listing, seenVersion?: number): Decision<Ticket> {
  assertChangeable(ticket);
  assertConsistent(listing);
  assertSeen(ticket, seenVersion);
  // Picks all fields, so that a field that the seller left out is removed.
  const listingVersion = ticket.version + 1;
  return move(ticket, { ...pickListing(listing), ...derived(listing), listingVersion });
}

/** Derives the fields of a ticket that can still be ordered as this release does, if an earlier release derived them. */
export function refreshDerived(ticket: TicketState): TicketDecision {
  const isFinal = ticket.status === 'sold' || ticket.status === 'withdrawn';
  const fresh = derived(ticket);
  const isSame = (name: keyof typeof fresh) => JSON.stringify(fresh[name]) === JSON.stringify(ticket[name]);
  if (isFinal || (ticket.listingVersion !== undefined && Object.keys(fresh).every((name) => isSame(name as never))))
    return undefined;
  // The new version makes other services copy it too.
  return move(ticket, { ...fresh, listingVersion: ticket.listingVersion ?? ticket.version + 1 });
}

/** Takes the ticket off the market for good, and its delivery with it. Throws as `assertChangeable` and `assertSeen` do. */
export function withdraw(ticket: TicketState, seenVersion?: number): Decision<Ticket> {
  assertChangeable(ticket);
  assertSeen(ticket, seenVersion);
  return move(ticket, { status: 'withdrawn', delivery: undefined });
}

/** The 404 for an unknown file of a ticket. */
export const fileNotFound = () => notFound('file-not-found', 'This ticket has no such file.');

/** The 409 for a code or file that another listing has. */
export const alreadyListed = (field: 'code' | 'file') =>
  conflict('already-listed', 'This ticket is already in another listing.', { field });

const partsOf = ({ delivery }: TicketState, kind: DeliveryPart['kind']): DeliveryPart[] =>
  delivery?.parts.filter((part) => part.kind === kind) ?? [];

/** The text of a delivery, if it has one. */
export const textOf = (ticket: TicketState): DeliveryPart | undefined => partsOf(ticket, 'text')[0];

/** The tag of the text of a delivery: another one whenever it was saved. */
export const textTag = (ticket: TicketState): string => textOf(ticket)?.id ?? NO_TEXT;

/** The files of a delivery. */
export const filesOf = (ticket: TicketState): DeliveryPart[] => partsOf(ticket, 'file');

/** Whether a user may read the delivery: the seller, and the buyer of the complete order. */
export const mayReadDelivery = (ticket: TicketState, userId: string): boolean =>
  ticket.sellerId === userId || (ticket.status === 'sold' && ticket.hold?.buyerId === userId);

/**
 * Throws when the seller may not change the delivery now: while the ticket is held (409), when it is sold with a delivery (409) or
 * withdrawn (410). A ticket that was sold without a delivery can still get one.
 */
export function assertDeliverable(ticket: TicketState): void {
  if (ticket.status !== 'sold' || ticket.delivery !== undefined) assertChangeable(ticket);
}

/** Throws as `assertDeliverable` does, and a 409 when the delivery has all the files that it may have. */
export function assertFileFits(ticket: TicketState): void {
  assertDeliverable(ticket);
  if (filesOf(ticket).length >= MAX_FILES)
    throw conflict('too-many-files', `A ticket may have ${MAX_FILES} files at most.`, { field: 'file' });
}

/**
 * Replaces the text of the delivery, or removes it. Throws as `assertDeliverable` does, and a 409 when the text has another tag than
 * the seller has seen.
 */
export function putText(
  ticket: TicketState,
  text: DeliveryPart | undefined,
  seenTag = textTag(ticket),
): TicketDecision {
  assertDeliverable(ticket);
  if (seenTag !== textTag(ticket))
    throw conflict('delivery-changed', 'The code and the instructions have changed since you opened them.');
  if (text === undefined && textOf(ticket) === undefined) return undefined;
  return deliver(ticket, [...(text ? [text] : []), ...filesOf(ticket)]);
}

/** Adds a file to the delivery, unless it has the same file. Throws as `assertFileFits` does. */
export function addFile(ticket: TicketState, file: DeliveryPart): TicketDecision {
  assertDeliverable(ticket);
  if (filesOf(ticket).some(({ fingerprint }) => fingerprint === file.fingerprint)) return undefined;
  assertFileFits(ticket);
  return deliver(ticket, [...(ticket.delivery?.parts ?? []), file]);
}

/** Removes a file from the delivery. Throws as `assertDeliverable` does, and a 404 for an unknown file. */
export function removeFile(ticket: TicketState, fileId: string): TicketDecision {
  assertDeliverable(ticket);
  if (!filesOf(ticket).some(({ id }) => id === fileId)) throw fileNotFound();
  return deliver(
    ticket,
    (ticket.delivery?.parts ?? []).filter(({ id }) => id !== fileId),
  );
}

/** The ticket with these parts as its delivery. */
function deliver(ticket: TicketState, parts: DeliveryPart[]): Decision<Ticket> {
  const fingerprints = parts.flatMap(({ fingerprint }) => fingerprint ?? []);
  const delivery = { parts, ...(fingerprints.length > 0 && { fingerprints }) };
  return move(ticket, { delivery: parts.length > 0 ? delivery : undefined });
}

const isNewer = (order: OrderData, { seen }: TicketState): boolean =>
  order.number > seen.number || (order.number === seen.number && order.version > seen.version);

/** Whether the ticket is still as the buyer saw it when ordering. */
const isAsOffered = (ticket: TicketState, offer: Offer): boolean => stillOffers(publicFields(ticket), offer);

/**
 * Holds the ticket for an order if it is available as offered, and refuses it otherwise. The same event delivered again gets the
 * same answer, because the first one may be lost; a late event gets none.
 */
export function hold(ticket: TicketState, order: OrderData): TicketDecision {
  const { number, version } = order;
  if (!isNewer(order, ticket)) {
    const isRepeated = number === ticket.seen.number && version === ticket.seen.version;
    return isRepeated ? { events: answer(ticket, order) } : undefined;
  }
  const refused = refusal(ticket, order);
  const seen = { number, version, refused };
  if (!refused) return move(ticket, { seen, status: 'held', hold: holdOf(order) });
  const { next, events } = move(ticket, { ...released(ticket), seen });
  return { next, events: [...answer(next, order), ...events] };
}

const holdOf = ({ id, userId, expiresAt }: OrderData) => ({ orderId: id, buyerId: userId, reservedUntil: expiresAt });

function refusal(ticket: TicketState, order: OrderData): RefusalReason | undefined {
  if (ticket.status === 'withdrawn') return 'ticket-withdrawn';
  return ticket.status === 'sold' || !isAsOffered(ticket, order.offer) ? 'ticket-changed' : undefined;
}

function answer(ticket: TicketState, order: OrderData): DomainEvent[] {
  const { refused } = ticket.seen;
  return refused
    ? [
        {
          name: 'ticket:refused',
          data: { id: ticket._id, version: ticket.version, orderId: order.id, reason: refused },
        },
      ]
    : currentStateEvents(ticket);
}

/** Ends a hold. A sold or withdrawn ticket keeps its status. */
const released = ({ status }: TicketState): Partial<TicketState> => ({
  status: status === 'held' ? 'listed' : status,
  ...(status !== 'sold' && { hold: undefined }),
});

/** An order was cancelled: the ticket is available again. */
export function release(ticket: TicketState, order: OrderData): TicketDecision {
  if (!isNewer(order, ticket)) return undefined;
  return move(ticket, { ...released(ticket), seen: { number: order.number, version: order.version } });
}

/** An order was paid: the ticket is sold for good. Emits no event, because `order:completed` reveals it. */
export function sell(ticket: TicketState, order: OrderData): TicketDecision {
  if (!isNewer(order, ticket)) return undefined;
  const seen = { number: order.number, version: order.version };
  const { next } = move(ticket, { status: 'sold', hold: holdOf(order), seen });
  return { next, events: [] };
}

/** Emits `ticket:updated` again while the ticket is held. */
export const resendHold = (ticket: TicketState): TicketDecision =>
  ticket.status === 'held' ? { events: currentStateEvents(ticket) } : undefined;
