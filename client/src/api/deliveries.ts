import type { Readable } from 'node:stream';
import { type Answer, type Http, type HttpOptions, upload } from './http.ts';
import type { Delivery, DeliveryFile, DeliveryInput } from './types.ts';

const deliveryPath = (ticketId: string): string => `/api/tickets/${encodeURIComponent(ticketId)}/delivery`;

/** The address of a file, which browsers download; only the seller and the buyer of the ticket get it. */
export const filePath = (ticketId: string, fileId: string): string =>
  `${deliveryPath(ticketId)}/files/${encodeURIComponent(fileId)}`;

/** The ticket itself; 404 for all but its seller and the buyer who has paid for it. */
export const getDelivery = (http: Http, ticketId: string): Promise<Answer<Delivery>> =>
  http('GET', deliveryPath(ticketId));

/** Replaces the code and the instructions; what is left out is removed. */
export const putDelivery = (http: Http, ticketId: string, input: DeliveryInput): Promise<Answer<Delivery>> =>
  http('PUT', deliveryPath(ticketId), input);

/** Removes a file. */
export const removeFile = (http: Http, ticketId: string, fileId: string): Promise<Answer<unknown>> =>
  http('DELETE', filePath(ticketId, fileId));

/** Passes a form with one file on to the API as it arrives, without keeping it in memory. */
export const addFile = (
  options: HttpOptions,
  ticketId: string,
  form: { body: Readable; contentType: string; contentLength: string },
): Promise<Answer<DeliveryFile>> => upload(options, `${deliveryPath(ticketId)}/files`, form);
