import type { DeliveryView } from '@ticketing/common/shapes';
import type { TicketsContext } from '../context.ts';
import { fileNotFound, filesOf, mayReadDelivery, textOf, textTag, ticketNotFound } from '../ticket.ts';
import type { TicketState } from '../ticket.ts';
import type { DeliveryText, FileInfo } from './vault.ts';

type Readable = Pick<TicketsContext, 'tickets' | 'vault'>;

/** A ticket whose delivery this user may read. Throws a 404 for any other: others learn nothing, not even that it exists. */
async function readable({ tickets }: Readable, ticketId: string, userId: string): Promise<TicketState> {
  const ticket = await tickets.find(ticketId);
  if (ticket === null || !mayReadDelivery(ticket, userId)) throw ticketNotFound();
  return ticket;
}

/** Returns the delivery of a ticket. Throws a 404 for all but its seller and the buyer of its complete order. */
export async function readDelivery(context: Readable, ticketId: string, userId: string): Promise<DeliveryView> {
  for (;;) {
    const ticket = await readable(context, ticketId, userId);
    const ids = ticket.delivery?.parts.map(({ id }) => id) ?? [];
    const found = await context.vault.describe(ticketId, ids);
    const missing = ids.find((id) => !found.has(id));
    if (missing === undefined) return viewOf(ticket, found);
    // The seller may have replaced it in the meantime.
    if ((await context.tickets.find(ticketId))?.version === ticket.version)
      throw new Error(`the payload ${missing} of ticket ${ticketId} is gone`);
  }
}

function viewOf(ticket: TicketState, found: Map<string, DeliveryText | FileInfo>): DeliveryView {
  const text = found.get(textOf(ticket)?.id ?? '') as DeliveryText | undefined;
  return {
    code: text?.code ?? null,
    codeFormat: text?.codeFormat ?? 'qr',
    instructions: text?.instructions ?? null,
    textTag: textTag(ticket),
    files: filesOf(ticket).map(({ id }) => ({ id, ...(found.get(id) as FileInfo) })),
  };
}

/** Returns a file of a delivery. Throws a 404 as `readDelivery` does, and for an unknown file. */
export async function readDeliveryFile(
  context: Readable,
  { ticketId, fileId, userId }: { ticketId: string; fileId: string; userId: string },
): Promise<{ info: FileInfo; bytes: AsyncIterable<Buffer> }> {
  const ticket = await readable(context, ticketId, userId);
  const isThere = filesOf(ticket).some(({ id }) => id === fileId);
  const info = isThere ? (await context.vault.describe(ticketId, [fileId])).get(fileId) : undefined;
  if (!info) throw fileNotFound();
  return { info: info as FileInfo, bytes: context.vault.bytesOf(ticketId, fileId) };
}
