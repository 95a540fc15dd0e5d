import http from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { MAX_FILE_BYTES } from '@ticketing/common/shapes';
import { newId, restartedTickets } from '../bench.ts';
import type { Bench } from '../bench.ts';
import { memoryMb } from '../counters.ts';
import { call, percentiles } from '../harness.ts';
import type { Round } from '../harness.ts';

const SELLERS = 20;
const READ_PAUSE_MS = 5;
const BOUNDARY = 'bench';

interface Answer {
  status: number;
  code?: string | undefined;
}

/**
 * Twenty sellers upload files of 5 MB, each one after another, while a visitor reads the list and a ticket: the memory of tickets and
 * the times of the reads. Then uploads that must be refused: with which answers, and what they leave in the store.
 */
export async function uploads(bench: Bench): Promise<void> {
  const { quick, at, newBuyer, collection, record } = bench;
  const tickets = await restartedTickets(bench);
  const url = `${at('tickets')}/api/tickets`;
  const stored = async () => {
    const count = (name: string) => collection('tickets', name).countDocuments();
    return (await count('deliveries')) + (await count('deliverychunks'));
  };
  const statuses: number[] = [];
  const sellers: { cookie: string; tickets: string[] }[] = [];
  for (let index = 0; index < SELLERS; index++) {
    const cookie = await newBuyer();
    sellers.push({ cookie, tickets: await listSome(url, cookie, quick ? 2 : 10) });
  }

  const reading = new AbortController();
  const reads = readUntil(reading.signal, url, sellers[0]?.tickets[0] ?? '', statuses);
  const startedAt = performance.now();
  const times: number[] = [];
  await Promise.all(
    sellers.map(async ({ cookie, tickets: own }) => {
      for (const id of own) {
        const sentAt = performance.now();
        const { status } = await upload(url, { id, cookie, body: multipart(pdf(id)) });
        statuses.push(status);
        if (status === 201) times.push(performance.now() - sentAt);
      }
    }),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  reading.abort();
  const readTimes = await reads;

  record('uploads', '20 at a time', [
    {
      ...percentiles(times),
      'per second': times.length / seconds,
      'not saved': SELLERS * (quick ? 2 : 10) - times.length,
      '5xx': statuses.filter((status) => status >= 500).length,
      'peak MB': memoryMb(tickets.pid, 'VmHWM'),
    },
  ]);
  record('uploads', 'the list and a ticket, beside them', [percentiles(readTimes)]);
  record('uploads', 'refused', [await refuse(url, sellers, stored)]);

  for (const name of ['deliveries', 'deliverychunks']) await collection('tickets', name).deleteMany({});
  const ids = sellers.flatMap((one) => one.tickets);
  await collection('tickets', 'tickets').deleteMany({ _id: { $in: ids } });
  await collection('orders', 'tickets').deleteMany({ _id: { $in: ids } });
}

async function listSome(url: string, cookie: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count) {
    const body = { title: 'Concert', price: { amount: 2000, currency: 'usd' } };
    const { status, body: ticket } = await call<{ id: string }>('POST', url, { body, cookie });
    if (status !== 201) throw new Error(`listing a ticket answered ${status}`);
    ids.push(ticket.id);
  }
  return ids;
}

/** Reads the list and a ticket in turns until aborted. Resolves to the time of each; their statuses are added to `statuses`. */
async function readUntil(signal: AbortSignal, url: string, ticketId: string, statuses: number[]): Promise<number[]> {
  const times: number[] = [];
  while (!signal.aborted) {
    for (const path of ['?limit=20', '?limit=20&sort=price', `/${ticketId}`]) {
      const { status, ms } = await call('GET', url + path);
      statuses.push(status);
      times.push(ms);
    }
    await delay(READ_PAUSE_MS);
  }
  return times;
}

const filler = Buffer.alloc(MAX_FILE_BYTES, 1);

/** A PDF that no other is equal to, in pieces; of 5 MB if `size` is absent. */
function pdf(unique: string, size = MAX_FILE_BYTES): Buffer[] {
  const head = Buffer.from(`%PDF-1.7\n${unique}\n`);
  return [
    head,
    filler.subarray(0, Math.min(size, MAX_FILE_BYTES) - head.length),
    filler.subarray(0, size - MAX_FILE_BYTES),
  ];
}

function multipart(file: Buffer[], end = `\r\n--${BOUNDARY}--\r\n`): Buffer[] {
  const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="ticket.pdf"\r\n\r\n`;
  return [Buffer.from(head), ...file, Buffer.from(end)];
}

const agent = new http.Agent({ keepAlive: true });

/** Sends a file to a ticket. A connection that fails before there is an answer is a status of 0. */
function upload(url: string, { id, cookie, body }: { id: string; cookie: string; body: Buffer[] }): Promise<Answer> {
  return new Promise((resolve) => {
    const headers = {
      ...{ cookie, 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
      'content-length': String(body.reduce((sum, { length }) => sum + length, 0)),
    };
    let isAnswered = false;
    const request = http.request(`${url}/${id}/delivery/files`, { method: 'POST', agent, headers }, (response) => {
      const { statusCode: status = 0 } = response;
      isAnswered = true;
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('error', () => {
        resolve({ status });
      });
      response.on('end', () => {
        const { errors } = JSON.parse(text) as { errors?: { code: string }[] };
        resolve({ status, code: errors?.[0]?.code });
      });
    });
    // A refused upload may be answered, and its connection closed, before all of it is sent.
    request.on('error', () => {
      if (!isAnswered) resolve({ status: 0 });
    });
    for (const piece of body) request.write(piece);
    request.end();
  });
}

/** Each kind of upload that is refused: its body, and the answer that tells why. */
const REFUSED: Record<string, { body: () => Buffer[]; answer: Required<Answer> }> = {
  'another kind': {
    body: () => multipart([Buffer.from('MZ'), filler.subarray(2)]),
    answer: { status: 415, code: 'unsupported-file-type' },
  },
  empty: { body: () => multipart([]), answer: { status: 400, code: 'empty-file' } },
  'a byte too much': {
    body: () => multipart(pdf(newId(), MAX_FILE_BYTES + 1)),
    answer: { status: 413, code: 'file-too-large' },
  },
  'broken multipart': {
    body: () => multipart(pdf(newId(), 1_000_000), ''),
    answer: { status: 400, code: 'invalid-multipart' },
  },
};

/** Sends each kind from all sellers at once. */
async function refuse(
  url: string,
  sellers: readonly { cookie: string; tickets: string[] }[],
  stored: () => Promise<number>,
): Promise<Round> {
  const before = await stored();
  let unclear = 0;
  for (const [kind, { body, answer }] of Object.entries(REFUSED)) {
    const answers = await Promise.all(
      sellers.map(({ cookie, tickets: [id = ''] }) => upload(url, { id, cookie, body: body() })),
    );
    const others = answers.filter(({ status, code }) => status !== answer.status || code !== answer.code);
    if (others.length > 0) process.stdout.write(`refused, ${kind}: ${JSON.stringify(others)}\n`);
    unclear += others.length;
  }
  return { 'not answered as they should be': unclear, 'left in the store': (await stored()) - before };
}
