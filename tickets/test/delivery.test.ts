import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { TicketData } from '@ticketing/common';
import { MAX_FILE_BYTES } from '@ticketing/common/shapes';
import type { DeliveryFile, DeliveryView } from '@ticketing/common/shapes';
import { eventually, randomUser, sessionCookie } from '@ticketing/core/testing';
import { StoreUnavailableError } from '@ticketing/runtime';
import { pino } from 'pino';
import request from 'supertest';
import { deliveryKeys } from '../src/delivery/keys.ts';
import { openVault } from '../src/delivery/vault.ts';
import { sweepDeliveries } from '../src/use-cases/sweep-deliveries.ts';
import { DELIVERY_KEYS, startInstance, startTickets, usd } from './builders.ts';
import type { TicketsUnderTest } from './builders.ts';
import { CODE, EMPTY, deliveriesOf, dumpOf, jpeg, payloadCount, pdf, pkpass, png, zip } from './delivery-builders.ts';
import type { Identity, TicketCondition } from './delivery-builders.ts';

let service: TicketsUnderTest;
let delivery: Awaited<ReturnType<typeof deliveriesOf>>;
const lines: string[] = [];
const log = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) });
beforeAll(async () => {
  service = await startTickets({ log });
  delivery = await deliveriesOf(service);
});
afterAll(() => service.stop());
afterEach(() => {
  jest.restoreAllMocks();
});

const problemOf = ({ body }: { body: unknown }) => {
  const [problem] = (body as { errors?: { code: string; field?: string }[] }).errors ?? [];
  return problem && { code: problem.code, ...(problem.field !== undefined && { field: problem.field }) };
};
/** Serves an app until it is closed. */
async function listening(app: TicketsUnderTest['app']) {
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}
const identities: Identity[] = ['guest', 'stranger', 'seller', 'buyer'];
const left = () => payloadCount(service.connection);

describe('who may do what, when', () => {
  /** The statuses for guest, stranger, seller and buyer. */
  it.each<[TicketCondition, { get: number[]; download: number[]; put: number[]; upload: number[]; remove: number[] }]>([
    [
      'listed',
      {
        ...{ get: [401, 404, 200, 404], download: [401, 404, 200, 404] },
        ...{ put: [401, 403, 200, 403], upload: [401, 403, 201, 403], remove: [401, 403, 204, 403] },
      },
    ],
    [
      'held',
      {
        ...{ get: [401, 404, 200, 404], download: [401, 404, 200, 404] },
        ...{ put: [401, 403, 409, 403], upload: [401, 403, 409, 403], remove: [401, 403, 409, 403] },
      },
    ],
    [
      'sold',
      {
        ...{ get: [401, 404, 200, 200], download: [401, 404, 200, 200] },
        ...{ put: [401, 403, 409, 403], upload: [401, 403, 409, 403], remove: [401, 403, 409, 403] },
      },
    ],
    [
      'cancelled',
      {
        ...{ get: [401, 404, 200, 404], download: [401, 404, 200, 404] },
        ...{ put: [401, 403, 200, 403], upload: [401, 403, 201, 403], remove: [401, 403, 204, 403] },
      },
    ],
    [
      'withdrawn',
      {
        ...{ get: [401, 404, 200, 404], download: [401, 404, 404, 404] },
        ...{ put: [401, 403, 410, 403], upload: [401, 403, 410, 403], remove: [401, 403, 410, 403] },
      },
    ],
  ])('of a ticket that is %s', async (condition, expected) => {
    const { ticket, file } = await delivery.ticketIn(condition);
    for (const [index, as] of identities.entries()) {
      const statuses = {
        get: (await delivery.get(ticket, as)).status,
        download: (await delivery.download(ticket, file, as)).status,
        put: (await delivery.put(ticket, { instructions: 'Gate 4' }, as)).status,
        upload: (await delivery.upload(ticket, pdf(`${ticket.id} ${as}`), 'a.pdf', as)).status,
        remove: (await delivery.remove(ticket, file, as)).status,
      };
      const due = Object.fromEntries(Object.entries(expected).map(([name, all]) => [name, all[index]]));
      // The seller has removed the file in a listed ticket before the buyer asks; nobody else could.
      expect({ as, ...statuses }).toEqual({ as, ...due });
    }
  });

  it('answers the same 404 to those who may not read it as for a ticket that there is not', async () => {
    const { ticket, file } = await delivery.ticketIn('held');
    const unknown = { id: 'f'.repeat(24) };
    for (const as of ['stranger', 'buyer'] as const) {
      expect((await delivery.get(ticket, as)).body).toEqual((await delivery.get(unknown, as)).body);
      expect(problemOf(await delivery.get(ticket, as))).toEqual({ code: 'ticket-not-found' });
      const answer = await service.api
        .get(`/api/tickets/${ticket.id}/delivery/files/${file.id}`)
        .set('Cookie', delivery.cookies[as]);
      const expected = (await delivery.get(unknown, as)).body as unknown;
      expect({ status: answer.status, body: answer.body as unknown }).toEqual({ status: 404, body: expected });
    }
  });

  it.each([
    ['held', 409, 'ticket-reserved'],
    ['sold', 409, 'ticket-sold'],
    ['withdrawn', 410, 'ticket-withdrawn'],
  ] as const)('tells the seller of a ticket that is %s why it can not change', async (condition, status, code) => {
    const { ticket, file } = await delivery.ticketIn(condition);
    for (const answer of [
      await delivery.put(ticket, { code: 'another' }),
      await delivery.upload(ticket, pdf('another')),
      await delivery.remove(ticket, file),
    ])
      expect({ status: answer.status, ...problemOf(answer) }).toEqual({ status, code });
  });

  it('lets the seller of a sold ticket that is still empty add its delivery, once', async () => {
    const ticket = await service.list();
    await delivery.moveTo(ticket, 'sold');
    expect((await delivery.get(ticket, 'buyer')).body).toEqual(EMPTY);
    await delivery.put(ticket, {}).expect(200);
    await delivery.put(ticket, { code: `late ${ticket.id}` }).expect(200);
    expect((await delivery.get(ticket, 'buyer')).body).toMatchObject({ code: `late ${ticket.id}` });
    expect(problemOf(await delivery.put(ticket, { code: 'other' }))).toEqual({ code: 'ticket-sold' });
  });
});

describe('what is delivered', () => {
  it('is code, format, instructions and files, as the seller gave them, for the seller and later for the buyer', async () => {
    const ticket = await service.list();
    expect((await delivery.get(ticket)).body).toEqual(EMPTY);
    const text = { code: `  A ${ticket.id} `, codeFormat: 'pdf417', instructions: 'Gate 3\nnot before 7' };
    const put = await delivery.put(ticket, text);
    const expected = { ...text, code: `A ${ticket.id}`, textTag: expect.any(String), files: [] };
    expect({ status: put.status, body: put.body as unknown }).toEqual({ status: 200, body: expected });
    const file = await delivery.uploaded(ticket, pdf(ticket.id), 'Sitzplatz 4.pdf');
    const size = pdf(ticket.id).length;
    expect(file).toEqual({ id: expect.any(String), name: 'Sitzplatz 4.pdf', type: 'application/pdf', size });
    await delivery.moveTo(ticket, 'sold');
    expect((await delivery.get(ticket, 'buyer')).body).toEqual({ ...expected, files: [file] });
    const bytes = (await delivery.download(ticket, file, 'buyer')).body as Buffer;
    expect(bytes.equals(pdf(ticket.id))).toBe(true);
  });

  it('loses what a PUT leaves out, and keeps its files', async () => {
    const { ticket, file } = await delivery.ticketIn('listed');
    expect((await delivery.put(ticket, { instructions: 'only this' })).body).toEqual({
      ...EMPTY,
      instructions: 'only this',
      textTag: expect.any(String),
      files: [file],
    });
    expect((await delivery.put(ticket, {})).body).toEqual({ ...EMPTY, files: [file] });
    // A file has no ETag: it never changes.
    await delivery.remove(ticket, file).set('If-Match', '"1"').expect(412);
    await delivery.remove(ticket, file).expect(204);
    expect((await delivery.get(ticket)).body).toEqual(EMPTY);
    expect(problemOf(await delivery.remove(ticket, file))).toEqual({ code: 'file-not-found' });
  });

  it('keeps a code that was saved in another tab: a PUT that expects a former text is refused', async () => {
    const ticket = await service.list();
    const tagOf = async () => ((await delivery.get(ticket)).body as DeliveryView).textTag;
    const seen = await tagOf();
    await delivery.put(ticket, { code: ticket.id, expectedText: seen }).expect(200);
    const stale = await delivery.put(ticket, { instructions: 'Gate 3', expectedText: seen });
    expect({ status: stale.status, ...problemOf(stale) }).toEqual({ status: 409, code: 'delivery-changed' });
    expect((await delivery.get(ticket)).body).toMatchObject({ code: ticket.id, instructions: null });
    // A file is no change of the text.
    const current = await tagOf();
    await delivery.uploaded(ticket, pdf(ticket.id));
    await delivery.put(ticket, { code: ticket.id, instructions: 'Gate 3', expectedText: current }).expect(200);
    expect(await tagOf()).not.toBe(current);
  });

  it('shows in the ticket and in its events only as hasDelivery', async () => {
    const { ticket, file } = await delivery.ticketIn('listed');
    const shown = async () => ((await service.api.get(`/api/tickets/${ticket.id}`)).body as TicketData).hasDelivery;
    expect(ticket.hasDelivery).toBe(false);
    expect(await shown()).toBe(true);
    await delivery.put(ticket, {});
    await delivery.remove(ticket, file);
    expect(await shown()).toBe(false);
    const events = await service.emitted(ticket.id);
    expect(events.map(({ data }) => (data as TicketData).hasDelivery)).toEqual([false, true, true, true, false]);
    expect(Object.keys(events[1]?.data ?? {})).not.toContain('delivery');
  });

  it.each([
    ['a code that is empty', { code: ' ' }, 'code', 'empty'],
    ['a code that is too long', { code: 'x'.repeat(501) }, 'code', 'too-long'],
    ['an unknown format', { code: 'x', codeFormat: 'ean13' }, 'codeFormat', 'invalid-format'],
    ['instructions that are too long', { instructions: 'x'.repeat(1001) }, 'instructions', 'too-long'],
    ['an unknown field', { files: [] }, 'files', 'unknown-field'],
  ])('is refused with a 400 for %s', async (_, body, field, code) => {
    const answer = await delivery.put(await service.list(), body);
    expect({ status: answer.status, ...problemOf(answer) }).toEqual({ status: 400, code, field });
  });

  it('is sent as an attachment that nothing opens in place and no cache keeps', async () => {
    const ticket = await service.list();
    const file = await delivery.uploaded(ticket, pdf(ticket.id), 'Plätze 4* (Süd).pdf');
    const { headers } = await delivery.download(ticket, file);
    expect(headers).toMatchObject({
      'content-type': 'application/pdf',
      'content-length': String(pdf(ticket.id).length),
      'content-disposition': "attachment; filename*=UTF-8''Pl%C3%A4tze%204%20%28S%C3%BCd%29.pdf",
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'private, no-store',
    });
  });
});

describe('the same ticket twice', () => {
  it('is refused in another listing, whether of the same seller or of another, until the first is withdrawn', async () => {
    const { ticket, file, code } = await delivery.ticketIn('listed');
    const other = await service.list();
    for (const [answer, field] of [
      [await delivery.put(other, { code: ` ${code.toLowerCase()}\u200b ` }), 'code'],
      [await delivery.upload(other, pdf(code), 'another-name.pdf'), 'file'],
    ] as const)
      expect({ status: answer.status, ...problemOf(answer) }).toEqual({ status: 409, code: 'already-listed', field });
    await delivery.moveTo(ticket, 'withdrawn');
    expect((await delivery.get(ticket)).body).toEqual(EMPTY);
    await delivery.put(other, { code }).expect(200);
    expect((await delivery.uploaded(other, pdf(code))).id).not.toBe(file.id);
  });

  it.each(['held', 'sold'] as const)('is refused while the first is %s', async (condition) => {
    const { code } = await delivery.ticketIn(condition);
    expect(problemOf(await delivery.put(await service.list(), { code }))).toEqual({
      code: 'already-listed',
      field: 'code',
    });
  });

  it('is free again when the first listing gives it up', async () => {
    const { ticket, file, code } = await delivery.ticketIn('listed');
    const other = await service.list();
    await delivery.put(ticket, { code: `another ${ticket.id}` }).expect(200);
    await delivery.put(other, { code }).expect(200);
    await delivery.remove(ticket, file).expect(204);
    await delivery.upload(other, pdf(code)).expect(201);
  });

  it('adds a file that the listing has already only once', async () => {
    const { ticket, file, code } = await delivery.ticketIn('listed');
    const before = await left();
    const again = await delivery.upload(ticket, pdf(code), 'again.pdf');
    expect({ status: again.status, body: again.body as unknown }).toEqual({ status: 201, body: file });
    expect(await left()).toEqual(before);
  });

  /** As many as are worth their time in every run of the tests; CODE_ROUNDS=1000 for more. */
  const rounds = Number(process.env['CODE_ROUNDS'] ?? '50');
  it(`is listed by exactly one of twenty sellers who add the same code at once on two instances, ${rounds} times, and is free again when that one is withdrawn`, async () => {
    const [one, two] = [service.app, (await startInstance(service.connection, { now: () => new Date() })).app];
    const servers = await Promise.all([one, two].map(listening));
    const [even, odd] = servers.map(({ url }) => request(url));
    if (!even || !odd) throw new Error('no instances');
    try {
      const sellers = await Promise.all(
        Array.from({ length: 20 }, async (_, index) => {
          const cookie = await sessionCookie(randomUser());
          const api = index % 2 === 0 ? even : odd;
          const list = async () => {
            const listing = { title: 'Concert', price: usd(2000) };
            return ((await api.post('/api/tickets').set('Cookie', cookie).send(listing)).body as TicketData).id;
          };
          const url = (id: string) => `/api/tickets/${id}`;
          const add = async (id: string, code: string) =>
            (
              await api
                .put(`${url(id)}/delivery`)
                .set('Cookie', cookie)
                .send({ code })
            ).status;
          const withdraw = (id: string) => api.delete(url(id)).set('Cookie', cookie).expect(204);
          return { id: await list(), list, add, withdraw };
        }),
      );
      for (let round = 0; round < rounds; round++) {
        const code = `the same, ${round}`;
        const statuses = await Promise.all(sellers.map(({ id, add }) => add(id, code)));
        expect(statuses.toSorted()).toEqual([200, ...Array<number>(19).fill(409)]);
        const first = sellers[statuses.indexOf(200)];
        const next = sellers[(statuses.indexOf(200) + 1) % 20];
        if (!first || !next) throw new Error('no seller');
        await first.withdraw(first.id);
        expect(await next.add(next.id, code)).toBe(200);
        first.id = await first.list();
      }
    } finally {
      for (const { close } of servers) close();
    }
  });
});

describe('an upload', () => {
  it.each([
    ['a PDF', 'x.txt', pdf('one'), 'application/pdf'],
    ['a PNG', 'x.pdf', png(), 'image/png'],
    ['a JPEG', 'x', jpeg(), 'image/jpeg'],
    ['a PKPASS', 'x.zip', pkpass(), 'application/vnd.apple.pkpass'],
  ])('is recognised as %s by its content, whatever its name', async (_, name, bytes, type) => {
    const ticket = await service.list();
    expect(await delivery.uploaded(ticket, bytes, name)).toMatchObject({ name, type, size: bytes.length });
    await delivery.moveTo(ticket, 'withdrawn');
  });

  it.each([
    ['../../etc/passwd', 'passwd'],
    ['C:\\tickets\\süß.pdf', 'süß.pdf'],
    ['invoice\u202efdp.exe', 'invoicefdp.exe'],
    ['...', 'ticket.pdf'],
    ['x'.repeat(300), 'x'.repeat(150)],
  ])('named %j keeps a name that can not mislead', async (name, expected) => {
    const ticket = await service.list();
    expect((await delivery.uploaded(ticket, pdf(ticket.id), name)).name).toBe(expected);
  });

  it('of exactly 5 MB is saved and returned whole', async () => {
    const ticket = await service.list();
    const bytes = pdf(ticket.id, MAX_FILE_BYTES);
    const file = await delivery.uploaded(ticket, bytes);
    expect(((await delivery.download(ticket, file)).body as Buffer).equals(bytes)).toBe(true);
  });

  it.each<[string, () => Buffer, number, string]>([
    ['an empty file', () => Buffer.alloc(0), 400, 'empty-file'],
    ['one byte too many', () => pdf('large', MAX_FILE_BYTES + 1), 413, 'file-too-large'],
    ['a page', () => Buffer.from('<!doctype html><script>alert(1)</script>'), 415, 'unsupported-file-type'],
    ['a program', () => Buffer.concat([Buffer.from('MZ'), Buffer.alloc(2_000_000)]), 415, 'unsupported-file-type'],
    ['a zip that is no pass', () => zip('notes.txt', 'my-pass.json', 'a/pass.json'), 415, 'unsupported-file-type'],
    ['two bytes', () => Buffer.from('%P'), 415, 'unsupported-file-type'],
  ])('of %s is refused, and leaves nothing behind', async (_, bytes, status, code) => {
    const ticket = await service.list();
    const before = await left();
    const answer = await delivery.upload(ticket, bytes(), 'ticket.pdf');
    expect({ status: answer.status, ...problemOf(answer) }).toEqual({ status, code, field: 'file' });
    expect(await left()).toEqual(before);
    expect((await delivery.get(ticket)).body).toEqual(EMPTY);
  });

  const boundary = 'limit';
  const part = (name: string, content: string, file = 'a.pdf') =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${file && `; filename="${file}"`}\r\n` +
    `Content-Type: application/pdf\r\n\r\n${content}\r\n`;
  const end = `--${boundary}--\r\n`;
  it.each([
    ['without a part', end],
    ['with a part of another name', part('ticket', '%PDF-1.7 other') + end],
    ['with two files', part('file', '%PDF-1.7 one') + part('file', '%PDF-1.7 two') + end],
    ['with another field', part('file', '%PDF-1.7 one') + part('note', 'hello', '') + end],
    ['with text in the place of the file', part('file', '%PDF-1.7 one', '') + end],
    ['that ends within the file', part('file', '%PDF-1.7 one')],
    ['that has a part without a header', `--${boundary}\r\n\r\n%PDF-\r\n${end}`],
    ['that is not multipart at all', '{"file":"x"}'],
  ])('%s is refused with a 400, and leaves nothing behind', async (_, body) => {
    const ticket = await service.list();
    const before = await left();
    const answer = await service.api
      .post(`/api/tickets/${ticket.id}/delivery/files`)
      .set('Cookie', service.cookie)
      .set('Content-Type', `multipart/form-data; boundary=${boundary}`)
      .send(body);
    expect({ status: answer.status, ...problemOf(answer) }).toEqual({
      ...{ status: 400, code: 'invalid-multipart', field: 'file' },
    });
    expect(await left()).toEqual(before);
    expect((await delivery.get(ticket)).body).toEqual(EMPTY);
  });

  it('without a boundary is refused with a 400, and of another content type with a 415', async () => {
    const { id } = await service.list();
    const send = (type: string) =>
      service.api
        .post(`/api/tickets/${id}/delivery/files`)
        .set('Cookie', service.cookie)
        .set('Content-Type', type)
        .send('{}');
    expect(problemOf(await send('multipart/form-data'))).toMatchObject({ code: 'invalid-multipart' });
    const other = await send('application/json');
    expect({ status: other.status, ...problemOf(other) }).toMatchObject({
      status: 415,
      code: 'unsupported-media-type',
    });
  });

  it('that the client breaks off leaves nothing behind', async () => {
    const { id } = await service.list();
    const before = await left();
    const { url, close } = await listening(service.app);
    try {
      const sending = httpRequest(`${url}/api/tickets/${id}/delivery/files`, {
        method: 'POST',
        headers: { cookie: service.cookie, 'content-type': `multipart/form-data; boundary=${boundary}` },
      });
      sending.on('error', () => undefined);
      sending.write(part('file', pdf('broken', 1_500_000).toString('latin1')).slice(0, -2));
      await eventually(left, ({ chunks }) => chunks > before.chunks);
      sending.destroy();
      await eventually(left, (now) => now.payloads === before.payloads && now.chunks === before.chunks);
    } finally {
      close();
    }
  });

  it('is the last of five, and a sixth is refused', async () => {
    const ticket = await service.list();
    for (let count = 1; count <= 5; count++) await delivery.uploaded(ticket, pdf(`${ticket.id} ${count}`));
    const before = await left();
    const answer = await delivery.upload(ticket, pdf('the sixth'));
    expect({ status: answer.status, ...problemOf(answer) }).toEqual({
      ...{ status: 409, code: 'too-many-files', field: 'file' },
    });
    expect(await left()).toEqual(before);
  });

  it('beside five others at once leaves five files, and no payload of the refused one', async () => {
    const ticket = await service.list();
    const before = await left();
    const answers = await Promise.all(
      [1, 2, 3, 4, 5, 6].map((count) => delivery.upload(ticket, pdf(`at once ${count}`))),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 201, 201, 201, 409]);
    expect((await left()).payloads).toBe(before.payloads + 5);
  });

  it('is the only request that may be something else than JSON of 100 kB', async () => {
    const ticket = await service.list();
    await service.api.post('/api/tickets').set('Cookie', service.cookie).attach('file', pdf(), 'a.pdf').expect(415);
    await delivery.put(ticket, { instructions: 'x'.repeat(200_000) }).expect(413);
  });
});

describe('what is stored', () => {
  const secrets = [CODE, 'Gate-9-instructions', 'name-of-the-file', 'bytes of the file'];

  it('is nowhere readable: not in the store, the events or the logs', async () => {
    const ticket = await service.list();
    await delivery.put(ticket, { code: CODE, instructions: 'Gate-9-instructions' }).expect(200);
    await delivery.uploaded(ticket, pdf('bytes of the file'), 'name-of-the-file.pdf');
    // Refusals are logged too.
    await delivery.put(await service.list(), { code: CODE }).expect(409);
    await delivery.put(ticket, { code: CODE, instructions: `Gate-9-instructions${'x'.repeat(1000)}` }).expect(400);
    await delivery.moveTo(ticket, 'sold');
    await delivery.get(ticket, 'buyer').expect(200);
    const dump = await dumpOf(service.connection);
    expect(dump.length).toBeGreaterThan(1000);
    const events = JSON.stringify(await service.emitted(ticket.id));
    expect(lines.length).toBeGreaterThan(10);
    for (const secret of secrets) {
      expect({ secret, isStored: dump.includes(secret) }).toEqual({ secret, isStored: false });
      expect(events).not.toContain(secret);
      expect(lines.join('')).not.toContain(secret);
    }
  });

  it('can not be moved to another ticket or changed', async () => {
    const { ticket, file } = await delivery.ticketIn('listed');
    const database = service.connection.getClient().db(service.connection.name);
    const chunk = { _id: `${file.id}/0000` as never };
    const stored = await database.collection('deliverychunks').findOne(chunk);
    const bytes = Buffer.from((stored?.['bytes'] as { buffer: Uint8Array }).buffer);
    bytes[3] = (bytes[3] ?? 0) ^ 1;
    await database.collection('deliverychunks').updateOne(chunk, { $set: { bytes } });
    await expect(delivery.download(ticket, file).then(({ status }) => status)).rejects.toThrow();

    const other = await service.list();
    const parts = [{ id: file.id, kind: 'file' }];
    await database.collection('tickets').updateOne({ _id: other.id as never }, { $set: { delivery: { parts } } });
    await delivery.get(other).expect(500);
  });

  it('is removed with what it is replaced by, and when the ticket is withdrawn', async () => {
    const before = await left();
    const { ticket } = await delivery.ticketIn('listed');
    await delivery.put(ticket, { code: `new ${ticket.id}` }).expect(200);
    expect(await left()).toEqual({ payloads: before.payloads + 2, chunks: before.chunks + 1 });
    await delivery.moveTo(ticket, 'withdrawn');
    expect(await left()).toEqual(before);
  });

  it('is swept an hour later where no ticket refers to it, and kept where one does', async () => {
    const start = service.now();
    const sweep = sweepDeliveries(service.context);
    const sweepAnHourLater = async () => {
      service.setNow(new Date(start.getTime() + 3_700_000));
      await sweep();
      await sweep();
      service.setNow(start);
    };
    // What the tests above have left.
    await sweepAnHourLater();
    const { ticket, file, code } = await delivery.ticketIn('listed');
    const before = await left();
    // A process that crashes between the payload and the ticket's write.
    const place = { ticketId: ticket.id, id: 'orphan', at: service.now() };
    await service.context.vault.saveFile(place, { name: 'a', bytes: [pdf('orphan')] as never });
    await sweep();
    expect(await left()).toEqual({ payloads: before.payloads + 1, chunks: before.chunks + 1 });
    await sweepAnHourLater();
    expect(await left()).toEqual(before);
    expect((await delivery.get(ticket)).body).toMatchObject({ code, files: [file] });
  });

  it('stays when the outcome of the write of the ticket is unknown, which may then have happened', async () => {
    const ticket = await service.list();
    const { tickets } = service.context;
    const update = tickets.update.bind(tickets);
    jest.spyOn(tickets, 'update').mockImplementationOnce(async (...args) => {
      await update(...args);
      throw new StoreUnavailableError('the answer is lost');
    });
    await delivery.put(ticket, { code: `unknown ${ticket.id}` }).expect(503);
    expect((await delivery.get(ticket)).body).toMatchObject({ code: `unknown ${ticket.id}` });
  });
});

describe('the rotation of DELIVERY_KEYS', () => {
  const NEW = 'a-new-delivery-key-for-tests-of-32-bytes';
  const open = (keys: string[]) => openVault(deliveryKeys(keys), service.stores.payloads, log);

  it('leaves every delivery readable on both instances of each step of a rolling restart, while both write', async () => {
    const fresh = await startTickets({ log });
    try {
      const [old] = DELIVERY_KEYS;
      if (old === undefined) throw new Error('no key');
      const { connection, cookie } = fresh;
      const instance = (keys: string[]) => startInstance(connection, { now: () => new Date(), keys });
      const saved: { id: string; code: string; file: DeliveryFile }[] = [];
      type Instance = Awaited<ReturnType<typeof instance>>;

      const write = async ({ api }: Instance) => {
        const { id } = await fresh.list();
        const code = `rotated ${id}`;
        await api.put(`/api/tickets/${id}/delivery`).set('Cookie', cookie).send({ code }).expect(200);
        const added = await api
          .post(`/api/tickets/${id}/delivery/files`)
          .set('Cookie', cookie)
          .attach('file', pdf(id), 'a.pdf')
          .expect(201);
        saved.push({ id, code, file: added.body as DeliveryFile });
      };
      const unreadable = async ({ api }: Instance) => {
        const bad: string[] = [];
        for (const { id, code, file } of saved) {
          const url = `/api/tickets/${id}/delivery`;
          const text = await api.get(url).set('Cookie', cookie);
          const bytes = await api.get(`${url}/files/${file.id}`).set('Cookie', cookie).responseType('blob');
          const isWhole = Buffer.isBuffer(bytes.body) && bytes.body.equals(pdf(id));
          if ((text.body as DeliveryView).code !== code || !isWhole) bad.push(code);
        }
        return bad;
      };

      let before = await instance([old]);
      for (const keys of [[old], [old, NEW], [NEW, old], [NEW]]) {
        // Nothing but the new key is left: what the old one has encrypted is rewrapped, also beside writes.
        if (!keys.includes(old)) {
          await Promise.all([before.context.vault.rewrap(), write(before)]);
          expect(await before.context.vault.rewrap()).toBe(0);
        }
        // One instance is restarted before the other.
        const after = await instance(keys);
        await Promise.all([before, after, before, after].map(write));
        expect({ keys, unreadable: [await unreadable(before), await unreadable(after)] }).toEqual({
          keys,
          unreadable: [[], []],
        });
        before = after;
      }
      expect(saved).toHaveLength(17);
    } finally {
      await fresh.stop();
    }
  });

  it('keeps everything readable, and the old key can go after rewrap; the same ticket is still known', async () => {
    const { ticket, file, code } = await delivery.ticketIn('listed');
    await expect(open([NEW])).rejects.toThrow('DELIVERY_KEYS');
    const now = () => new Date();
    const rotated = await startInstance(service.connection, { now, keys: [NEW, ...DELIVERY_KEYS] });
    const as = { Cookie: service.cookie };
    const read = (api: typeof rotated.api) => api.get(`/api/tickets/${ticket.id}/delivery`).set(as);
    expect((await read(rotated.api)).body).toMatchObject({ code, files: [file] });

    expect(await rotated.context.vault.rewrap()).toBeGreaterThanOrEqual(3);
    expect(await rotated.context.vault.rewrap()).toBe(0);
    const alone = await startInstance(service.connection, { now, keys: [NEW] });
    expect((await read(alone.api)).body).toMatchObject({ code, files: [file] });
    const bytes = await alone.api
      .get(`/api/tickets/${ticket.id}/delivery/files/${file.id}`)
      .set(as)
      .responseType('blob');
    expect((bytes.body as Buffer).equals(pdf(code))).toBe(true);
    const other = await service.list();
    const answer = await alone.api.put(`/api/tickets/${other.id}/delivery`).set(as).send({ code });
    expect(problemOf(answer)).toEqual({ code: 'already-listed', field: 'code' });
    await expect(open(DELIVERY_KEYS)).rejects.toThrow('DELIVERY_KEYS');
  });
});
