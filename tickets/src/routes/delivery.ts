import { pipeline } from 'node:stream/promises';
import { checkIdempotencyKey, input, requireAuth, requireUser, validate } from '@ticketing/common';
import type { Request, Response, Router } from 'express';
import type { TicketsContext } from '../context.ts';
import { readFile } from '../delivery/multipart.ts';
import { readDelivery, readDeliveryFile } from '../delivery/read-delivery.ts';
import { createUploads } from '../delivery/uploads.ts';
import { addDeliveryFile } from '../use-cases/add-delivery-file.ts';
import { putDelivery } from '../use-cases/put-delivery.ts';
import { removeDeliveryFile } from '../use-cases/remove-delivery-file.ts';
import { api } from './api.ts';
import { deliveryRoutes as declared } from './delivery-api.ts';

const FILES = new RegExp(`^${api.prefix}/[^/]+/delivery/files/?$`, 'i');

/** Whether a request uploads a file, which its route reads itself. */
export const isUpload = ({ method, path }: Request): boolean => method === 'POST' && FILES.test(path);

/** The header that has a browser save a file under its name, in any language (RFC 6266, RFC 8187). */
const attachment = (name: string): string =>
  `attachment; filename*=UTF-8''${encodeURIComponent(name).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )}`;

/** Sends bytes as fast as the client takes them. A client that disconnects is no failure. */
async function send(bytes: AsyncIterable<Buffer>, res: Response): Promise<void> {
  try {
    await pipeline(bytes, res);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}

/** Adds the routes of what is delivered with a ticket to a router. */
export function addDeliveryRoutes(router: Router, context: TicketsContext): void {
  const uploads = createUploads();
  const { delivery, putDelivery: put, addFile, file, removeFile } = declared;

  router.get(delivery.path, requireAuth, validate(delivery), async (req, res) => {
    res.json(await readDelivery(context, input<typeof delivery>(req).id, requireUser(req).id));
  });

  router.put(put.path, requireAuth, validate(put), async (req, res) => {
    const { id: ticketId, ...text } = input<typeof put>(req);
    const userId = requireUser(req).id;
    await putDelivery(context, { ticketId, userId, text });
    res.json(await readDelivery(context, ticketId, userId));
  });

  router.post(addFile.path, requireAuth, checkIdempotencyKey, validate(addFile), async (req, res) => {
    const ticketId = input<typeof addFile>(req).id;
    const userId = requireUser(req).id;
    const added = await uploads(userId, () =>
      addDeliveryFile(context, { ticketId, userId }, (save) => readFile(req, addFile.upload, save)),
    );
    res.status(201).location(`${api.prefix}/${ticketId}/delivery/files/${added.id}`).json(added);
  });

  router.get(file.path, requireAuth, validate(file), async (req, res) => {
    const { id: ticketId, file: fileId } = input<typeof file>(req);
    const { info, bytes } = await readDeliveryFile(context, { ticketId, fileId, userId: requireUser(req).id });
    res.set({
      'Content-Type': info.type,
      'Content-Length': String(info.size),
      'Content-Disposition': attachment(info.name),
      // Nothing in a file of a seller may run in the buyer's browser, or be read as something else.
      'X-Content-Type-Options': 'nosniff',
      'Content-Security-Policy': "default-src 'none'; sandbox",
      'Cache-Control': 'private, no-store',
    });
    if (req.method === 'HEAD') res.end();
    else await send(bytes, res);
  });

  router.delete(removeFile.path, requireAuth, validate(removeFile), async (req, res) => {
    const { id: ticketId, file: fileId } = input<typeof removeFile>(req);
    await removeDeliveryFile(context, { ticketId, fileId, userId: requireUser(req).id });
    res.status(204).end();
  });
}
