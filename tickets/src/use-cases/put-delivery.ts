import type { DeliveryInput } from '@ticketing/common/shapes';
import { Types } from 'mongoose';
import type { TicketsContext } from '../context.ts';
import { assertDeliverable, putText } from '../ticket.ts';
import { changeDelivery, ownTicket } from './change-delivery.ts';

/**
 * Replaces the code and the instructions of a ticket's delivery and emits `ticket:updated`. Throws 403, 404, 410, and 409 while the
 * ticket is held, when it is sold with a delivery, when its text is not the expected one, and when another listing has the same code.
 */
export async function putDelivery(
  context: TicketsContext,
  { ticketId, userId, text }: { ticketId: string; userId: string; text: DeliveryInput },
): Promise<void> {
  assertDeliverable(await ownTicket(context, ticketId, userId));
  const { code, codeFormat = 'qr', instructions, expectedText } = text;
  const isEmpty = code === undefined && instructions === undefined;
  const place = { ticketId, id: new Types.ObjectId().toHexString(), at: context.now() };
  const created = isEmpty ? undefined : await context.vault.saveText(place, { code, codeFormat, instructions });
  await changeDelivery(context, {
    ticketId,
    userId,
    created,
    decide: (ticket) => putText(ticket, created, expectedText),
  });
}
