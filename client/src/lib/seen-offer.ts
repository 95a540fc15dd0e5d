import type { Failure } from '@/api/http.ts';
import type { Ticket, TicketInput } from '@/api/types.ts';
import type { FormProblem } from './form-state.ts';
import type { Format } from './formats.ts';
import { ticketFieldNames } from './ticket-fields.ts';
import { nameOf, shownValue, storedListing } from './ticket-input.ts';

/** The hidden fields by which a form sends the offer that its page shows: its tag for the API, and itself to compare with another. */
export const seenOffer = ({ offerTag, hasDelivery, ...ticket }: Ticket): { offerTag: string; seen: string } => ({
  offerTag,
  seen: JSON.stringify({ ...listingOf(ticket), hasDelivery }),
});

const listingOf = (ticket: TicketInput) => Object.fromEntries(ticketFieldNames.map((name) => [name, ticket[name]]));

const DELIVERY_REMOVED = {
  text: 'The seller has removed the ticket itself: you won’t get it here the moment you’ve paid.',
};

/** Each part of an offer that the seller has changed since the page showed it, when the API has refused it for that. */
export function offerProblems(seen: string, { problems }: Pick<Failure, 'problems'>, format: Format): FormProblem[] {
  const [problem] = problems;
  const before: (TicketInput & { hasDelivery?: boolean }) | undefined = storedListing(seen)?.listing;
  const now = problem?.offer;
  if (now === undefined || before === undefined) return [];
  const changed = ticketFieldNames
    .filter((name) => name !== 'price' || problem?.code === 'offer-changed')
    .map((name) => ({ name, was: shownValue(name, before, format), is: shownValue(name, now, format) }))
    .filter(({ was, is }) => was !== is)
    .map(({ name, was, is }) => ({ text: `${nameOf(name)}: ${is} now, ${was} before.` }));
  return before.hasDelivery === true && now.hasDelivery !== true ? [...changed, DELIVERY_REMOVED] : changed;
}
