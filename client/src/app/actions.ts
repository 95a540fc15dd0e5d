'use server';
import { refresh } from 'next/cache';
import { redirect } from 'next/navigation';
import type { FormState } from '../lib/form-state.ts';
import { signInPath } from '../lib/next-path.ts';
import { orderPath, ticketPath } from '../lib/reads.ts';
import { send, toSignIn } from '../lib/server.ts';
import { fieldProblems, readTicket, typedTicket, type TicketInput } from '../lib/ticket-input.ts';
import type { Order, Payment, Ticket } from '../lib/types.ts';
import { untilTaken } from '../lib/until-taken.ts';
import { sentence, type Wording } from '../lib/words.ts';

const text = (form: FormData, name: string): string => {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
};

type Refused = { status: number; problems: Parameters<typeof sentence>[0][]; retryAfter?: number };

const refused = (state: FormState, answer: Refused, wording: Wording): FormState => ({
  attempt: state.attempt + 1,
  problems: answer.problems.map((problem) => ({ text: sentence(problem, answer.retryAfter, wording) })),
});

/** Orders the ticket at the price that the page showed, then shows the order. */
export async function holdTicket(state: FormState, form: FormData): Promise<FormState> {
  const ticketId = text(form, 'ticketId');
  const expectedPrice = { amount: Number(text(form, 'amount')), currency: text(form, 'currency') };
  const answer = await send<Order>('POST', '/api/orders', { ticketId, expectedPrice });
  if (answer.ok) redirect(`/orders/${encodeURIComponent(answer.data.id)}`);
  if (answer.status === 401) toSignIn(`/tickets/${encodeURIComponent(ticketId)}`);
  // The page then shows the current state: the new price, or until when someone else holds the ticket.
  if (answer.problems.some(({ code }) => code === 'ticket-reserved'))
    await untilTaken(() => send<Ticket>('GET', ticketPath(ticketId)));
  refresh();
  return refused(state, answer, {
    unconfirmed:
      'We couldn’t confirm your hold because of a problem on our side. Check My orders before you try again.',
  });
}

/** Cancels an order, which puts its ticket back on sale. */
export async function cancelOrder(state: FormState, form: FormData): Promise<FormState> {
  const orderId = text(form, 'orderId');
  const answer = await send<Order>('DELETE', orderPath(orderId));
  if (answer.ok) redirect(`/orders/${encodeURIComponent(orderId)}`);
  if (answer.status === 401) toSignIn(`/orders/${encodeURIComponent(orderId)}`);
  refresh();
  return refused(state, answer, {
    unconfirmed: 'We couldn’t confirm that your order was cancelled. Please try again in a moment.',
  });
}

/** Pays an order with a payment method's id: one of the sandbox's test cards, or what Stripe's script made of a card. */
export async function payOrder(state: FormState, form: FormData): Promise<FormState> {
  const orderId = text(form, 'orderId');
  const paymentMethod = text(form, 'paymentMethod');
  if (paymentMethod === '')
    return { attempt: state.attempt + 1, problems: [{ field: 'paymentMethod', text: 'Choose a card to pay with.' }] };
  const answer = await send<Payment>('POST', '/api/payments', { orderId, paymentMethod });
  if (answer.ok) redirect(`/orders/${encodeURIComponent(orderId)}`);
  if (answer.status === 401) toSignIn(`/orders/${encodeURIComponent(orderId)}`);
  const clientSecret = answer.problems.find((problem) => problem.code === 'authentication-required')?.clientSecret;
  // The page itself shows what has happened to the order or the payment in the meantime.
  if (answer.status === 409 || answer.status === 503) refresh();
  return {
    ...refused(state, answer, {
      unconfirmed:
        'We couldn’t confirm your payment because of a problem on our side. Check My orders before you try again. You won’t be charged twice.',
    }),
    values: { paymentMethod },
    ...(clientSecret === undefined ? {} : { clientSecret }),
  };
}

const SELLER_WORDING: Wording = {
  held: 'A buyer has this ticket on hold. You can’t edit or remove it in the meantime.',
  removed: 'This listing has been removed.',
};

async function saveTicket(
  state: FormState,
  form: FormData,
  {
    back,
    save,
    unconfirmed,
  }: { back: string; save: (input: TicketInput) => ReturnType<typeof send<Ticket>>; unconfirmed: string },
): Promise<FormState> {
  const values = typedTicket(form);
  const attempt = state.attempt + 1;
  const typed = readTicket(values);
  if ('problems' in typed) return { attempt, problems: typed.problems, values };
  const answer = await save(typed.input);
  if (answer.ok) redirect(`/tickets/${encodeURIComponent(answer.data.id)}`);
  // Not a redirect: that would lose what was typed.
  if (answer.status === 401)
    return {
      attempt,
      values,
      problems: [{ text: 'You’ve been signed out. Sign in using a new tab, then submit again.' }],
      signIn: signInPath(back),
    };
  return {
    attempt,
    values,
    problems: fieldProblems(answer.problems, answer.retryAfter, { ...SELLER_WORDING, unconfirmed }),
  };
}

/** Lists a ticket. */
export async function createTicket(state: FormState, form: FormData): Promise<FormState> {
  return saveTicket(state, form, {
    back: '/sell',
    save: (input) => send<Ticket>('POST', '/api/tickets', input),
    unconfirmed: 'We couldn’t confirm that your ticket was listed. Check My listings before you try again.',
  });
}

/** Edits a listing. */
export async function updateTicket(state: FormState, form: FormData): Promise<FormState> {
  const path = ticketPath(text(form, 'ticketId'));
  return saveTicket(state, form, {
    back: '/sell',
    save: (input) => send<Ticket>('PUT', path, input),
    unconfirmed: 'We couldn’t confirm that your changes were saved. Check My listings before you try again.',
  });
}

/** Removes a listing. */
export async function withdrawTicket(state: FormState, form: FormData): Promise<FormState> {
  const ticketId = text(form, 'ticketId');
  const answer = await send('DELETE', ticketPath(ticketId));
  if (answer.ok || answer.status === 410) redirect('/sell');
  if (answer.status === 401) toSignIn(`/tickets/${encodeURIComponent(ticketId)}`);
  refresh();
  return refused(state, answer, {
    ...SELLER_WORDING,
    unconfirmed: 'We couldn’t confirm that your listing was removed. Check My listings before you try again.',
  });
}
