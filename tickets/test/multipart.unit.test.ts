import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import type { Request } from 'express';
import { readFile } from '../src/delivery/multipart.ts';

const BODY = [
  '--x',
  'Content-Disposition: form-data; name="file"; filename="a.pdf"',
  'Content-Type: application/pdf',
  '',
  'the ticket',
  '--x--',
  '',
].join('\r\n');

const requestOf = () => {
  const stream = new PassThrough();
  const headers = { 'content-type': 'multipart/form-data; boundary=x' };
  return { stream, req: Object.assign(stream, { headers, is: () => true }) as unknown as Request };
};

const read = (req: Request) =>
  readFile(req, 'file', async ({ bytes }) => {
    let text = '';
    for await (const chunk of bytes) text += chunk.toString();
    return text;
  });

describe('a file in a multipart body', () => {
  it('is read', async () => {
    const { stream, req } = requestOf();
    stream.end(BODY);
    expect(await read(req)).toBe('the ticket');
  });

  // Otherwise it would keep its place among the uploads for ever.
  it.each([
    { when: 'before any of it has come', sent: '', isReading: false },
    { when: 'when it has come and is not read yet', sent: BODY, isReading: false },
    { when: 'in the middle of it', sent: BODY.slice(0, 120), isReading: true },
  ])('is refused when the client disconnects $when', async ({ sent, isReading }) => {
    const { stream, req } = requestOf();
    stream.write(sent);
    const refused = () => expect(read(req)).rejects.toMatchObject({ status: 400 });
    const refusal = isReading ? refused() : undefined;
    await new Promise(setImmediate);
    stream.destroy();
    await new Promise(setImmediate);
    await (refusal ?? refused());
  });
});
