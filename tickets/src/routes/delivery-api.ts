import type { Route } from '@ticketing/common';
import { FILE_TYPES, deliveryFile, deliveryInput, deliveryView, ticketId, id } from '@ticketing/common/shapes';
import { z } from 'zod';

const params = z.strictObject({ id: ticketId });
const fileParams = z.strictObject({ id: ticketId, file: id });
const notReadable = { 404: ['ticket-not-found'] };
const unchangeable = { 403: ['not-your-ticket'], 409: ['ticket-reserved', 'ticket-sold'], 410: ['ticket-withdrawn'] };

/** The routes of what is delivered with a ticket. Only its seller and the buyer of its complete order may read it. */
export const deliveryRoutes = {
  delivery: {
    method: 'get',
    path: '/:id/delivery',
    summary: 'Returns the ticket itself, to its seller and to the buyer of its complete order',
    requiresAuth: true,
    params,
    answers: { 200: { when: 'the delivery; empty if the seller has not added anything', body: deliveryView } },
    errors: notReadable,
  },
  putDelivery: {
    method: 'put',
    path: '/:id/delivery',
    summary: 'Replaces the code and the instructions of a delivery; what is left out is removed',
    requiresAuth: true,
    params,
    body: deliveryInput.meta({ id: 'DeliveryText' }),
    answers: { 200: { when: 'the changed delivery', body: deliveryView } },
    errors: {
      ...{ ...unchangeable, ...notReadable, 503: ['busy'] },
      409: [...unchangeable[409], 'already-listed', 'delivery-changed'],
    },
  },
  addFile: {
    method: 'post',
    idempotency: 'repeated',
    path: '/:id/delivery/files',
    summary: 'Adds a file to a delivery',
    requiresAuth: true,
    params,
    upload: 'file',
    answers: { 201: { when: 'the new file', body: deliveryFile } },
    errors: {
      ...{ ...unchangeable, ...notReadable, 503: ['busy'] },
      400: ['empty-file', 'invalid-multipart'],
      409: [...unchangeable[409], 'already-listed', 'too-many-files'],
      413: ['file-too-large'],
      415: ['unsupported-file-type'],
    },
  },
  file: {
    method: 'get',
    path: '/:id/delivery/files/:file',
    summary: 'Returns a file of a delivery, to those who may read the delivery',
    requiresAuth: true,
    params: fileParams,
    answers: { 200: { when: 'the content of the file', body: null, types: FILE_TYPES } },
    errors: { 404: ['ticket-not-found', 'file-not-found'] },
  },
  removeFile: {
    method: 'delete',
    path: '/:id/delivery/files/:file',
    summary: 'Removes a file from a delivery',
    requiresAuth: true,
    params: fileParams,
    answers: { 204: { when: 'the file is removed', body: null } },
    errors: { ...unchangeable, 404: ['ticket-not-found', 'file-not-found'], 503: ['busy'] },
  },
} as const satisfies Record<string, Route>;
