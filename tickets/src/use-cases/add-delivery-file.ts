import type { DeliveryFile } from '@ticketing/common/shapes';
import { Types } from 'mongoose';
import type { TicketsContext } from '../context.ts';
import type { FileInfo, Upload } from '../delivery/vault.ts';
import { addFile, assertFileFits, filesOf } from '../ticket.ts';
import type { DeliveryPart } from '../ticket.ts';
import { changeDelivery, discard, ownTicket } from './change-delivery.ts';

interface Saved {
  part: DeliveryPart;
  file: DeliveryFile;
}

/** Receives an upload: passes it to `save`, and throws when it is malformed, even if `save` has resolved. */
export type Receive = (save: (upload: Upload) => Promise<Saved>) => Promise<Saved>;

/**
 * Adds a file to a ticket's delivery and emits `ticket:updated`; a file that it has already is not added again. Throws what `receive`
 * throws, 400, 413 and 415 for a file that is empty, too large or of another type, 403, 404, 410, and 409 as `putDelivery`
 * does or when there are too many files.
 */
export async function addDeliveryFile(
  context: TicketsContext,
  { ticketId, userId }: { ticketId: string; userId: string },
  receive: Receive,
): Promise<DeliveryFile> {
  // Before the body is read; a file that is there already is known only afterwards.
  assertFileFits(await ownTicket(context, ticketId, userId));
  const place = { ticketId, id: new Types.ObjectId().toHexString(), at: context.now() };
  let saved: Saved;
  try {
    saved = await receive((upload) => context.vault.saveFile(place, upload));
  } catch (error) {
    await discard(context, [place.id]);
    throw error;
  }
  const { part, file } = saved;
  const ticket = await changeDelivery(context, {
    ...{ ticketId, userId, created: part },
    decide: (ticket) => addFile(ticket, part),
  });
  const kept = filesOf(ticket).find(({ fingerprint }) => fingerprint === part.fingerprint);
  if (kept === undefined || kept.id === part.id) return file;
  const info = (await context.vault.describe(ticketId, [kept.id])).get(kept.id) as FileInfo | undefined;
  return { ...file, ...info, id: kept.id };
}
