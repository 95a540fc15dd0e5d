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
  it.each(['before any of it has come', 'when it has come and was not read', 'in the middle of it'])(
    'is refused when the client has disconnected %s',
    async (when) => {
      const { stream, req } = requestOf();
      if (when === 'when it has come and was not read') stream.end(BODY);
      if (when === 'in the middle of it') {
        stream.write(BODY.slice(0, 120));
        const reading = read(req);
        await new Promise(setImmediate);
        stream.destroy();
        await expect(reading).rejects.toMatchObject({ status: 400 });
        return;
      }
      stream.destroy();
      await new Promise(setImmediate);
      await expect(read(req)).rejects.toMatchObject({ status: 400 });
    },
  );
});
