'use server';
import { cookies } from 'next/headers';
import { redirect } from 'next/navigation';
import type { Answer } from '@/api/http.ts';
import { placeOrder } from '@/api/orders.ts';
import { editTicket, getTicket, listTicket, withdrawTicket } from '@/api/tickets.ts';
import type { Ticket, TicketInput } from '@/api/types.ts';
import { getCurrentUser } from '@/api/users.ts';
import { failedOnPage } from '@/lib/failed-on-page.ts';
import { nextKey, unconfirmedProblem } from '@/lib/form-failure.ts';
import { type FormState, formText } from '@/lib/form-state.ts';
import { packHold } from '@/lib/hold-intent.ts';
import { HOLDING_COOKIE, holdingCookie } from '@/lib/holding-cookie.ts';
import { keyOf, newKey } from '@/lib/idempotency-key.ts';
import { UNCONFIRMED, type Unconfirmed, type Wording } from '@/lib/messages.ts';
import { withNews } from '@/lib/news.ts';
import { offerProblems } from '@/lib/seen-offer.ts';
import { signInPath } from '@/lib/next-path.ts';
import { conflictProblems, readTicket, ticketProblems, typedTicket } from '@/lib/ticket-input.ts';
import { httpWithCookies, redirectToSignIn, visitorFormat, visitorHttp } from '@/lib/visitor.ts';
import { waitUntilHeld } from '@/lib/wait-until-held.ts';

const ticketPage = (ticketId: string): string => `/tickets/${encodeURIComponent(ticketId)}`;

const SELLER_WORDING: Wording = {
  held: 'A buyer has this ticket on hold. You can’t edit or remove it in the meantime.',
};

/** Orders the ticket at the price and with the offer that the page showed, then shows the order. */
export async function holdTicketAction(state: FormState, form: FormData): Promise<FormState> {
  const http = await visitorHttp();
  const ticketId = formText(form, 'ticketId');
  const expectedPrice = { amount: Number(formText(form, 'amount')), currency: formText(form, 'currency') };
  const tag = formText(form, 'offerTag');
  const intent = { ticketId, expectedPrice, ...(tag !== '' && { expectedOffer: tag }) };
  let key = keyOf(form);
  let answer = await placeOrder(http, intent, key);
  if (!answer.ok && answer.problems.some(({ code }) => code === 'unconfirmed-holds')) {
    // The address may have been confirmed in another browser since. The next page renews this one's cookie.
    const session = await getCurrentUser(http);
    if (session.ok && session.setCookie) {
      if (key !== undefined) key = newKey();
      answer = await placeOrder(await httpWithCookies(session.setCookie), intent, key);
    }
  }
  if (answer.ok) {
    (await cookies()).set(HOLDING_COOKIE, '1', holdingCookie());
    redirect(`/orders/${encodeURIComponent(answer.data.id)}`);
  }
  if (answer.status === 401) redirectToSignIn(ticketPage(ticketId), packHold(intent));
  // The page then shows the current state: the new price, or until when someone else holds the ticket.
  if (answer.problems.some(({ code }) => code === 'ticket-reserved'))
    await waitUntilHeld(() => getTicket(http, ticketId));
  const format = await visitorFormat();
  const failed = failedOnPage(state, answer, { key, unconfirmed: UNCONFIRMED.hold, format });
  return { ...failed, problems: [...failed.problems, ...offerProblems(formText(form, 'seen'), answer, format)] };
}

/** Lists a ticket. */
export async function listTicketAction(state: FormState, form: FormData): Promise<FormState> {
  const http = await visitorHttp();
  return saveTicket(state, form, {
    save: (input, key) => listTicket(http, input, key),
    next: (id) => withNews(`${ticketPage(id)}/delivery`, 'listed'),
    unconfirmed: UNCONFIRMED.list,
  });
}

/** Edits a listing. */
export async function editTicketAction(state: FormState, form: FormData): Promise<FormState> {
  const http = await visitorHttp();
  const ticketId = formText(form, 'ticketId');
  return saveTicket(state, form, {
    save: (input) => editTicket(http, ticketId, { ...input, ...versionSeen(form) }),
    next: (id) => withNews(ticketPage(id), 'saved'),
    unconfirmed: UNCONFIRMED.edit,
  });
}

/** The version of the listing that the form has shown. A form without one replaces whatever is there. */
const versionSeen = (form: FormData): { version?: number } => {
  const version = formText(form, 'version');
  return version === '' ? {} : { version: Number(version) };
};

/** Removes a listing. */
export async function withdrawTicketAction(state: FormState, form: FormData): Promise<FormState> {
  const ticketId = formText(form, 'ticketId');
  const answer = await withdrawTicket(await visitorHttp(), ticketId);
  if (answer.ok || answer.status === 410) redirect(withNews('/sell', 'removed'));
  if (answer.status === 401) redirectToSignIn(ticketPage(ticketId));
  return failedOnPage(state, answer, { ...SELLER_WORDING, unconfirmed: UNCONFIRMED.withdraw });
}

async function saveTicket(
  state: FormState,
  form: FormData,
  {
    save,
    next,
    unconfirmed,
  }: {
    save: (input: TicketInput, key: string | undefined) => Promise<Answer<Ticket>>;
    next: (ticketId: string) => string;
    unconfirmed: Unconfirmed;
  },
): Promise<FormState> {
  const values = { ...typedTicket(form), version: formText(form, 'version') };
  const attempt = state.attempt + 1;
  const typed = readTicket(values);
  const key = keyOf(form);
  // Nothing is sent, so the outcome of an earlier request may still be unknown.
  if ('problems' in typed) return { attempt, problems: typed.problems, values, ...(key !== undefined && { key }) };
  const answer = await save(typed.input, key);
  if (answer.ok) redirect(next(answer.data.id));
  const failed = { attempt, values, ...nextKey(key, answer) };
  // Not a redirect: that would lose what was typed.
  if (answer.status === 401)
    return {
      ...failed,
      problems: [{ text: 'You’ve been signed out. Sign in using a new tab, then submit again.' }],
      signIn: signInPath('/sell'),
    };
  const unknown = unconfirmedProblem(answer, unconfirmed);
  if (unknown) return { ...failed, ...unknown };
  const changed = answer.problems.find(({ code }) => code === 'ticket-changed')?.ticket;
  if (changed) {
    const problems = conflictProblems(changed, values, await visitorFormat());
    if (problems === undefined) redirect(next(changed.id));
    // A seller who saves again has seen the current version.
    return { ...failed, values: { ...values, version: String(changed.version) }, problems };
  }
  return { ...failed, problems: ticketProblems(answer, SELLER_WORDING) };
}
