import { HttpError } from '@ticketing/common';
import { DuplicateKeyError } from '@ticketing/core';
import type { Decision } from '@ticketing/core';
import type { TicketsContext } from '../context.ts';
import { alreadyListed, assertOwner, ticketNotFound } from '../ticket.ts';
import type { DeliveryPart, Ticket, TicketState } from '../ticket.ts';

/** What a change of a delivery concerns. */
export interface DeliveryChange {
  ticketId: string;
  userId: string;
  /** The part that was saved for it. */
  created?: DeliveryPart | undefined;
  decide: (ticket: TicketState) => Decision<Ticket> | undefined;
}

/** Returns a user's own ticket. Throws a 404 for an unknown one, a 403 for one of another seller. */
export async function ownTicket({ tickets }: TicketsContext, id: string, userId: string): Promise<TicketState> {
  const ticket = await tickets.find(id);
  if (ticket === null) throw ticketNotFound();
  assertOwner(ticket, userId);
  return ticket;
}

/**
 * Applies a decision on a ticket's delivery, emits its events, and removes the payloads that the ticket no longer refers to. Throws what
 * the decision throws, 403 and 404 as `ownTicket` does, and a 409 when another listing has the same code or file.
 */
export async function changeDelivery(
  context: TicketsContext,
  { ticketId, userId, created, decide }: DeliveryChange,
): Promise<TicketState> {
  try {
    const updated = await context.tickets.update(
      ticketId,
      (ticket) => {
        assertOwner(ticket, userId);
        return decide(ticket);
      },
      context.now(),
    );
    if (updated === null) throw ticketNotFound();
    await discard(context, [
      ...unreferenced(updated.before, updated.state),
      ...unreferencedPart(created, updated.state),
    ]);
    return updated.state;
  } catch (error) {
    // Only a refusal is certain: after any other error the write may still happen, and the ticket then refers to the payload.
    if (created && (error instanceof HttpError || error instanceof DuplicateKeyError))
      await discard(context, [created.id]);
    if (error instanceof DuplicateKeyError) throw alreadyListed(created?.kind === 'file' ? 'file' : 'code');
    throw error;
  }
}

const idsOf = ({ delivery }: TicketState): string[] => delivery?.parts.map(({ id }) => id) ?? [];

/** The ids of the payloads that only the former state refers to. */
export const unreferenced = (before: TicketState, after: TicketState): string[] =>
  idsOf(before).filter((id) => !idsOf(after).includes(id));

const unreferencedPart = (part: DeliveryPart | undefined, ticket: TicketState): string[] =>
  part && !idsOf(ticket).includes(part.id) ? [part.id] : [];

/** Removes payloads that no ticket refers to, if the store lets it: the sweep removes what is left. */
export const discard = ({ vault }: TicketsContext, ids: readonly string[]): Promise<void> =>
  vault.remove(ids).catch(() => undefined);
