import type { TicketData } from '@ticketing/common';
import type { DeliveryFile, DeliveryView } from '@ticketing/common/shapes';
import { randomUser, sessionCookie } from '@ticketing/core/testing';
import { mongo } from 'mongoose';
import type { Connection } from 'mongoose';
import { orderOf } from './builders.ts';
import type { TicketsUnderTest } from './builders.ts';

const { BSON } = mongo;

/** Files of each supported type, and how large they shall be. */
export const pdf = (text = 'a ticket', size?: number) => padded(Buffer.from(`%PDF-1.7\n${text}\n`), size);
export const png = () => Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(40, 7)]);
export const jpeg = () => Buffer.concat([Buffer.from('\xff\xd8\xff\xe0', 'latin1'), Buffer.alloc(40, 7)]);

const padded = (begin: Buffer, size = begin.length) => Buffer.concat([begin, Buffer.alloc(size - begin.length, 1)]);

/** An entry of a zip file, not compressed. */
function entry(name: string, content: Buffer): Buffer {
  const header = Buffer.alloc(30);
  header.write('PK\x03\x04', 'latin1');
  header.writeUInt32LE(content.length, 18);
  header.writeUInt32LE(content.length, 22);
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, Buffer.from(name), content]);
}

/** A zip file with these entries. */
export const zip = (...names: string[]) =>
  Buffer.concat([...names.map((name) => entry(name, Buffer.from('{}'))), Buffer.from('PK\x05\x06'), Buffer.alloc(18)]);
export const pkpass = () => zip('logo.png', 'pass.json', 'manifest.json');

export const CODE = 'TICKET-4711-SECRET';

export type TicketCondition = 'listed' | 'held' | 'sold' | 'cancelled' | 'withdrawn';

/** Who uses the routes of deliveries: each identity with its cookie, and what they send. */
export async function deliveriesOf(service: TicketsUnderTest) {
  const users = { seller: service.seller, buyer: randomUser(), stranger: randomUser() };
  const cookies: Record<Identity, string> = {
    guest: '',
    seller: service.cookie,
    buyer: await sessionCookie(users.buyer),
    stranger: await sessionCookie(users.stranger),
  };
  const url = ({ id }: { id: string }) => `/api/tickets/${id}/delivery`;

  const get = (ticket: { id: string }, as: Identity = 'seller') =>
    service.api.get(url(ticket)).set('Cookie', cookies[as]);
  const put = (ticket: { id: string }, body: object, as: Identity = 'seller') =>
    service.api.put(url(ticket)).set('Cookie', cookies[as]).send(body);
  const upload = (ticket: { id: string }, bytes: Buffer, name = 'ticket.pdf', as: Identity = 'seller') =>
    service.api
      .post(`${url(ticket)}/files`)
      .set('Cookie', cookies[as])
      .attach('file', bytes, name);
  const download = (ticket: { id: string }, file: { id: string }, as: Identity = 'seller') =>
    service.api
      .get(`${url(ticket)}/files/${file.id}`)
      .set('Cookie', cookies[as])
      .responseType('blob');
  const remove = (ticket: { id: string }, file: { id: string }, as: Identity = 'seller') =>
    service.api.delete(`${url(ticket)}/files/${file.id}`).set('Cookie', cookies[as]);

  async function uploaded(ticket: { id: string }, bytes = pdf(), name?: string): Promise<DeliveryFile> {
    const answer = await upload(ticket, bytes, name);
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
    return answer.body as DeliveryFile;
  }

  /** Moves a listed ticket into a condition. `cancelled`: the buyer held it once. */
  async function moveTo(ticket: TicketData, condition: TicketCondition): Promise<void> {
    const order = (version: number, status: 'created' | 'complete' | 'cancelled') =>
      orderOf(ticket, 1, version, status, { userId: users.buyer.id });
    if (condition === 'withdrawn') await service.api.delete(`/api/tickets/${ticket.id}`).set('Cookie', cookies.seller);
    if (['held', 'sold', 'cancelled'].includes(condition))
      await service.consume({ name: 'order:created', data: order(0, 'created') });
    if (condition === 'sold') await service.consume({ name: 'order:completed', data: order(3, 'complete') });
    if (condition === 'cancelled') await service.consume({ name: 'order:cancelled', data: order(1, 'cancelled') });
  }

  /** A ticket with a code and a file, in a condition. */
  async function ticketIn(condition: TicketCondition) {
    const ticket = await service.list();
    const unique = `${CODE} ${ticket.id}`;
    await put(ticket, { code: unique, instructions: 'Gate 3' }).expect(200);
    const file = await uploaded(ticket, pdf(unique));
    await moveTo(ticket, condition);
    return { ticket, file, code: unique };
  }

  return { users, cookies, get, put, upload, uploaded, download, remove, moveTo, ticketIn };
}

export type Identity = 'guest' | 'seller' | 'buyer' | 'stranger';

export const EMPTY: DeliveryView = { code: null, codeFormat: 'qr', instructions: null, textTag: 'none', files: [] };

/** Every document of a database, as MongoDB stores it. */
export async function dumpOf(connection: Connection): Promise<Buffer> {
  const database = connection.getClient().db(connection.name);
  const names = (await database.listCollections().toArray()).map(({ name }) => name);
  const all = await Promise.all(names.map((name) => database.collection(name).find().toArray()));
  return Buffer.concat(all.flat().map((document) => Buffer.from(BSON.serialize(document))));
}

/** How many documents the collections of deliveries have. */
export async function payloadCount(connection: Connection): Promise<{ payloads: number; chunks: number }> {
  const database = connection.getClient().db(connection.name);
  const count = (name: string) => database.collection(name).countDocuments();
  return { payloads: await count('deliveries'), chunks: await count('deliverychunks') };
}
