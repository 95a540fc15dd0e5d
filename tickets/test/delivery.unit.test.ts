import { describe, expect, it } from '@jest/globals';
import { fingerprints, normalized } from '../src/delivery/fingerprints.ts';
import { detectType } from '../src/delivery/file-type.ts';
import { decrypt, deliveryKeys, encrypt } from '../src/delivery/keys.ts';
import { createUploads } from '../src/delivery/uploads.ts';
import { addFile, list, mayReadDelivery, putText, removeFile, withdraw } from '../src/ticket.ts';
import type { DeliveryPart, TicketState } from '../src/ticket.ts';
import { pdf, pkpass, zip } from './delivery-builders.ts';

/** The decisions about a delivery, and what it is made of. No store. */

const text: DeliveryPart = { id: 'text-1', kind: 'text', fingerprint: 'of the code' };
const file = (number: number): DeliveryPart => ({
  id: `file-${number}`,
  kind: 'file',
  fingerprint: `of file ${number}`,
});
const HOLD = { orderId: 'ticket-1', buyerId: 'buyer', reservedUntil: '2030-01-01T00:15:00.000Z' };
const FULL = { parts: [text, file(1)], fingerprints: ['of the code', 'of file 1'] };

function ticketIn(status: TicketState['status'], delivery?: TicketState['delivery']): TicketState {
  const listing = { title: 'Concert', price: { amount: 2000, currency: 'usd' } };
  const { state } = list('ticket', 'seller', listing, new Date('2030-01-01T00:00:00Z'));
  const isTaken = status === 'held' || status === 'sold';
  return { ...state, status, delivery, ...(isTaken && { hold: HOLD }) };
}

describe('a change of a delivery', () => {
  const changes: [string, (ticket: TicketState) => ReturnType<typeof putText>][] = [
    ['putting a text', (ticket) => putText(ticket, text)],
    ['adding a file', (ticket) => addFile(ticket, file(2))],
  ];
  it.each(changes)(
    'by %s is saved with its fingerprint and emits ticket:updated, while the ticket is listed',
    (_, change) => {
      const decision = change(ticketIn('listed'));
      const [part] = decision?.next?.delivery?.parts ?? [];
      expect(decision?.next).toMatchObject({ version: 1, delivery: { fingerprints: [part?.fingerprint] } });
      expect(decision?.events).toMatchObject([{ name: 'ticket:updated', data: { version: 1, hasDelivery: true } }]);
    },
  );

  it.each(changes)('by %s is possible once after the ticket is sold, if it is empty', (_, change) => {
    expect(change(ticketIn('sold'))?.next).toMatchObject({ status: 'sold', hold: HOLD });
    expect(() => change(ticketIn('sold', FULL))).toThrow('This ticket is sold.');
  });

  it.each(changes)('by %s is refused while the ticket is held, and after it was withdrawn', (_, change) => {
    expect(() => change(ticketIn('held'))).toThrow('A buyer holds this ticket.');
    expect(() => change(ticketIn('withdrawn'))).toThrow('This ticket was withdrawn.');
  });

  it('by a new text replaces the former one with its fingerprint, and keeps the files', () => {
    const other = { ...text, id: 'text-2', fingerprint: 'of another code' };
    expect(putText(ticketIn('listed', FULL), other)?.next?.delivery).toEqual({
      parts: [other, file(1)],
      fingerprints: ['of another code', 'of file 1'],
    });
    expect(putText(ticketIn('listed', FULL), undefined)?.next?.delivery).toEqual({
      parts: [file(1)],
      fingerprints: ['of file 1'],
    });
  });

  it('by a text is refused when the seller has seen another text, or none, and is not when only files have changed', () => {
    for (const [given, seen] of [
      [FULL, 'none'],
      [FULL, 'text-0'],
      [undefined, 'text-1'],
    ] as const)
      expect(() => putText(ticketIn('listed', given), text, seen)).toThrow('have changed since you opened them');
    expect(putText(ticketIn('listed', { parts: [file(1)] }), text, 'none')?.next?.version).toBe(1);
    expect(putText(ticketIn('listed', FULL), undefined, 'text-1')?.next?.delivery?.parts).toEqual([file(1)]);
  });

  it('by instructions alone has no fingerprints, because any number of tickets may have the same', () => {
    const decision = putText(ticketIn('listed'), { id: 'text-1', kind: 'text' });
    expect(decision?.next?.delivery).toEqual({ parts: [{ id: 'text-1', kind: 'text' }] });
  });

  it('that removes the last part leaves no delivery', () => {
    const decision = removeFile(ticketIn('listed', { parts: [file(1)], fingerprints: ['of file 1'] }), 'file-1');
    expect(decision?.next).toMatchObject({ delivery: undefined });
    expect(decision?.events).toMatchObject([{ data: { hasDelivery: false } }]);
  });

  it('saves nothing when there is nothing to change: no text, or a file that it has', () => {
    expect(putText(ticketIn('listed'), undefined)).toBeUndefined();
    expect(addFile(ticketIn('listed', FULL), { ...file(1), id: 'file-9' })).toBeUndefined();
  });

  it('is refused for a sixth file and for an unknown one', () => {
    const parts = [1, 2, 3, 4, 5].map(file);
    expect(() => addFile(ticketIn('listed', { parts }), file(6))).toThrow('5 files at most');
    expect(() => removeFile(ticketIn('listed', FULL), 'file-7')).toThrow('no such file');
    expect(() => removeFile(ticketIn('listed', FULL), 'text-1')).toThrow('no such file');
  });

  it('by withdrawing removes it with its fingerprints, in the same write', () => {
    expect(withdraw(ticketIn('listed', FULL)).next).toMatchObject({ status: 'withdrawn', delivery: undefined });
  });
});

describe('a delivery', () => {
  it.each<[TicketState['status'], boolean]>([
    ['listed', false],
    ['held', false],
    ['sold', true],
    ['withdrawn', false],
  ])('of a %s ticket may be read by its seller, by nobody else, and by its buyer: %p', (status, mayBuyer) => {
    const ticket = ticketIn(status, FULL);
    expect(mayReadDelivery(ticket, 'seller')).toBe(true);
    expect(mayReadDelivery(ticket, 'buyer')).toBe(mayBuyer);
    expect(mayReadDelivery(ticket, 'stranger')).toBe(false);
  });
});

describe('a fingerprint', () => {
  const of = fingerprints(Buffer.alloc(32, 1));

  it.each([
    [' AB 12 ', 'ab 12'],
    ['A\u200bB', 'ab'],
    ['ＡＢ\u00a0 12', 'ab 12'],
  ])('is that of the code as a scanner reads it: %j as %j', (code, expected) => {
    expect(normalized(code)).toBe(expected);
    expect(of.ofCode(code)).toBe(of.ofCode(expected));
  });

  it('differs for another code, another key and a file with the bytes of the code', () => {
    const hash = of.ofFile();
    hash.update(Buffer.from('1-23'));
    const all = [
      of.ofCode('1-23'),
      of.ofCode('12-3'),
      fingerprints(Buffer.alloc(32, 2)).ofCode('1-23'),
      hash.digest('base64url'),
    ];
    expect(new Set(all).size).toBe(4);
  });
});

describe('delivery keys', () => {
  const [OLD, NEW] = ['an-old-key-of-at-least-32-bytes-long', 'a-new-key-of-at-least-32-bytes-long!'];

  it('encrypt by the first and decrypt by all; a rewrapped key needs the first alone', () => {
    const { key, wrapped } = deliveryKeys([OLD]).create('t/1');
    const both = deliveryKeys([NEW, OLD]);
    expect(both.unwrap(wrapped, 't/1')).toEqual(key);
    expect(() => deliveryKeys([NEW]).unwrap(wrapped, 't/1')).toThrow(`the key with the id ${wrapped.id} is missing`);
    const rewrapped = both.rewrap(wrapped, 't/1');
    expect(rewrapped && deliveryKeys([NEW]).unwrap(rewrapped, 't/1')).toEqual(key);
    expect(rewrapped && both.rewrap(rewrapped, 't/1')).toBeUndefined();
    expect(wrapped.id).not.toContain(OLD.slice(0, 4));
  });

  it('decrypt nothing in another context, or with a bit changed', () => {
    const keys = deliveryKeys([OLD]);
    const { wrapped } = keys.create('t/1');
    expect(() => keys.unwrap(wrapped, 't/2')).toThrow();
    const nonce = Buffer.alloc(12);
    const sealed = encrypt(Buffer.alloc(32), nonce, 'here', Buffer.from('plain'));
    expect(decrypt(Buffer.alloc(32), nonce, 'here', sealed).toString()).toBe('plain');
    for (let index = 0; index < sealed.length; index++) {
      const changed = Buffer.from(sealed);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(() => decrypt(Buffer.alloc(32), nonce, 'here', changed)).toThrow();
    }
    expect(() => decrypt(Buffer.alloc(32), nonce, 'here', Buffer.alloc(3))).toThrow();
  });
});

describe('the type of a file', () => {
  const typeOf = (bytes: Buffer, size: number) => {
    const detector = detectType();
    for (let at = 0; at < bytes.length; at += size) if (!detector.add(bytes.subarray(at, at + size))) return 'refused';
    return detector.result();
  };

  it.each([1, 7, 31, 64, 1000])('is recognised from chunks of %i bytes', (size) => {
    expect(typeOf(pkpass(), size)).toBe('application/vnd.apple.pkpass');
    expect(typeOf(pdf(), size)).toBe('application/pdf');
    expect(typeOf(zip('a.json', 'x/pass.json'), size)).toBeUndefined();
    expect(typeOf(Buffer.from('<html>pass.json'), size)).toBe('refused');
  });
});

describe('uploads', () => {
  it('run a few at once, fewer of one user, and the others as soon as they may', async () => {
    const uploads = createUploads({ total: 3, perUser: 2, waiting: 10, waitMs: 5000 });
    const [running, most] = [new Map<string, number>(), new Map<string, number>()];
    const change = (key: string, by: number) => {
      const count = (running.get(key) ?? 0) + by;
      running.set(key, count);
      most.set(key, Math.max(most.get(key) ?? 0, count));
    };
    const work = (user: string) =>
      uploads(user, async () => {
        for (const key of [user, 'all']) change(key, 1);
        await new Promise((resolve) => setTimeout(resolve, 5));
        for (const key of [user, 'all']) change(key, -1);
        return user;
      });
    const done = await Promise.all(['a', 'a', 'a', 'a', 'b', 'c', 'c', 'b'].map(work));
    expect(done).toHaveLength(8);
    expect(Object.fromEntries(most)).toEqual({ a: 2, b: expect.any(Number), c: expect.any(Number), all: 3 });
  });

  it('are refused with a 503 when too many wait, or for too long, and a failed one makes room', async () => {
    const uploads = createUploads({ total: 1, perUser: 1, waiting: 1, waitMs: 20 });
    const { promise, reject } = Promise.withResolvers<string>();
    const first = uploads('a', () => promise);
    const second = uploads('b', () => Promise.resolve('second'));
    await expect(uploads('c', () => Promise.resolve('third'))).rejects.toThrow('Too many uploads');
    await expect(second).rejects.toThrow('Too many uploads');
    reject(new Error('broken'));
    await expect(first).rejects.toThrow('broken');
    expect(await uploads('b', () => Promise.resolve('again'))).toBe('again');
  });
});
