'use server';
import { refresh } from 'next/cache';
import { redirect } from 'next/navigation';
import type { Answer } from '@/api/http.ts';
import { placeOrder } from '@/api/orders.ts';
import { editTicket, getTicket, listTicket, withdrawTicket } from '@/api/tickets.ts';
import type { Ticket, TicketInput } from '@/api/types.ts';
import { failedState } from '@/lib/form-failure.ts';
import { type FormState, formText } from '@/lib/form-state.ts';
import { packHold } from '@/lib/hold-intent.ts';
import type { Wording } from '@/lib/messages.ts';
import { withNews } from '@/lib/news.ts';
import { signInPath } from '@/lib/next-path.ts';
import { conflictProblems, readTicket, ticketProblems, typedTicket } from '@/lib/ticket-input.ts';
import { redirectToSignIn, visitorHttp } from '@/lib/visitor.ts';
import { waitUntilHeld } from '@/lib/wait-until-held.ts';

const ticketPage = (ticketId: string): string => `/tickets/${encodeURIComponent(ticketId)}`;

const SELLER_WORDING: Wording = {
  held: 'A buyer has this ticket on hold. You can’t edit or remove it in the meantime.',
};

/** Orders the ticket at the price that the page showed, then shows the order. */
export async function holdTicketAction(state: FormState, form: FormData): Promise<FormState> {
  const http = await visitorHttp();
  const ticketId = formText(form, 'ticketId');
  const expectedPrice = { amount: Number(formText(form, 'amount')), currency: formText(form, 'currency') };
  const answer = await placeOrder(http, { ticketId, expectedPrice });
  if (answer.ok) redirect(`/orders/${encodeURIComponent(answer.data.id)}`);
  if (answer.status === 401) redirectToSignIn(ticketPage(ticketId), packHold({ ticketId, expectedPrice }));
  // The page then shows the current state: the new price, or until when someone else holds the ticket.
  if (answer.problems.some(({ code }) => code === 'ticket-reserved'))
    await waitUntilHeld(() => getTicket(http, ticketId));
  refresh();
  return failedState(state, answer, {
    unconfirmed:
      'We couldn’t confirm your hold because of a problem on our side. Check My orders before you try again.',
  });
}

/** Lists a ticket. */
export async function listTicketAction(state: FormState, form: FormData): Promise<FormState> {
  const http = await visitorHttp();
  return saveTicket(state, form, {
    save: (input) => listTicket(http, input),
    next: (id) => withNews(`${ticketPage(id)}/delivery`, 'listed'),
    unconfirmed: 'We couldn’t confirm that your ticket was listed. Check My listings before you try again.',
  });
}

/** Edits a listing. */
export async function editTicketAction(state: FormState, form: FormData): Promise<FormState> {
  const http = await visitorHttp();
  const ticketId = formText(form, 'ticketId');
  return saveTicket(state, form, {
    save: (input) => editTicket(http, ticketId, { ...input, ...versionSeen(form) }),
    next: (id) => withNews(ticketPage(id), 'saved'),
    unconfirmed: 'We couldn’t confirm that your changes were saved. Check My listings before you try again.',
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
  refresh();
  return failedState(state, answer, {
    ...SELLER_WORDING,
    unconfirmed: 'We couldn’t confirm that your listing was removed. Check My listings before you try again.',
  });
}

async function saveTicket(
  state: FormState,
  form: FormData,
  {
    save,
    next,
    unconfirmed,
  }: {
    save: (input: TicketInput) => Promise<Answer<Ticket>>;
    next: (ticketId: string) => string;
    unconfirmed: string;
  },
): Promise<FormState> {
  const values = { ...typedTicket(form), version: formText(form, 'version') };
  const attempt = state.attempt + 1;
  const typed = readTicket(values);
  if ('problems' in typed) return { attempt, problems: typed.problems, values };
  const answer = await save(typed.input);
  if (answer.ok) redirect(next(answer.data.id));
  // Not a redirect: that would lose what was typed.
  if (answer.status === 401)
    return {
      attempt,
      values,
      problems: [{ text: 'You’ve been signed out. Sign in using a new tab, then submit again.' }],
      signIn: signInPath('/sell'),
    };
  if (answer.isOutcomeUnknown) return { attempt, values, problems: [{ text: unconfirmed }] };
  const changed = answer.problems.find(({ code }) => code === 'ticket-changed')?.ticket;
  // A seller who saves again has seen the current version.
  if (changed)
    return {
      attempt,
      values: { ...values, version: String(changed.version) },
      problems: conflictProblems(changed, values),
    };
  return { attempt, values, problems: ticketProblems(answer, SELLER_WORDING) };
}
