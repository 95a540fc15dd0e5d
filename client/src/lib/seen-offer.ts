import type { Failure } from '@/api/http.ts';
import type { Ticket } from '@/api/types.ts';
import type { FormProblem } from './form-state.ts';
import { ticketFieldNames } from './ticket-fields.ts';
import { initialValues, nameOf, shownValue, storedListing } from './ticket-input.ts';

/** The hidden fields by which a form sends the offer that its page shows: its tag for the API, and itself to compare with another. */
export const seenOffer = (ticket: Ticket): { offerTag: string; seen: string } => ({
  offerTag: ticket.offerTag,
  seen: initialValues(ticket).stored,
});

/** Each part of an offer that the seller has changed since the page showed it, when the API has refused it for that. */
export function offerProblems(seen: string, { problems }: Pick<Failure, 'problems'>): FormProblem[] {
  const [problem] = problems;
  const before = storedListing(seen)?.listing;
  const now = problem?.offer;
  if (now === undefined || before === undefined) return [];
  return ticketFieldNames
    .filter((name) => name !== 'price' || problem?.code === 'offer-changed')
    .map((name) => ({ name, was: shownValue(name, before), is: shownValue(name, now) }))
    .filter(({ was, is }) => was !== is)
    .map(({ name, was, is }) => ({ text: `${nameOf(name)}: ${is} now, ${was} before.` }));
}
