import { afterEach, describe, expect, it } from '@jest/globals';
import type { Server } from 'node:http';
import { eventually } from '@ticketing/core/testing';
import { httpServer, listenAt } from '@ticketing/runtime/server';
import { admission, pageMethods } from '../admission.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A page server that answers 200 when `waiting` is called; counts its requests. */
async function serve() {
  const admit = admission();
  const waiting: (() => void)[] = [];
  server = httpServer(
    (request, response) => {
      if (!admit(request, response)) return;
      request.resume();
      waiting.push(() => response.end('a page'));
    },
    { methods: pageMethods },
  );
  const port = await listenAt(server, { HOST: '127.0.0.1', PORT: 0 });
  return { url: `http://127.0.0.1:${port}/`, waiting };
}

const post = (url: string, size: number) => fetch(url, { method: 'POST', body: 'x'.repeat(size) });

describe('admission', () => {
  it.each(['PUT', 'DELETE', 'OPTIONS', 'PATCH'])(
    'answers %s, a method that no page has, with 405 and the allowed methods',
    async (method) => {
      const { url } = await serve();
      const answer = await fetch(url, { method });
      expect(answer.status).toBe(405);
      expect(answer.headers.get('allow')).toBe('GET, HEAD, POST');
    },
  );

  it('refuses a body longer than any form by its Content-Length, without reading it', async () => {
    const { url, waiting } = await serve();
    expect((await post(url, 128 * 1024 + 1)).status).toBe(413);
    expect(waiting).toEqual([]);
  });

  it('refuses a body without a Content-Length', async () => {
    const { url, waiting } = await serve();
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue('x');
        controller.close();
      },
    }).pipeThrough(new TextEncoderStream());
    expect((await fetch(url, { method: 'POST', body, duplex: 'half' } as RequestInit)).status).toBe(411);
    expect(waiting).toEqual([]);
  });

  it('admits a hundred bodies at a time, further ones as they complete, and page reads throughout', async () => {
    const { url, waiting } = await serve();
    const first = Array.from({ length: 100 }, () => post(url, 1000));
    await eventually(
      () => waiting.length,
      (count) => count === 100,
    );
    const refused = await post(url, 1000);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    const page = fetch(url);
    await eventually(
      () => waiting.length,
      (count) => count === 101,
    );
    for (const answer of waiting.splice(0)) answer();
    expect((await Promise.all([...first, page])).map(({ status }) => status)).toEqual(Array(101).fill(200));

    const another = post(url, 1000);
    await eventually(
      () => waiting.length,
      (count) => count === 1,
    );
    for (const answer of waiting) answer();
    expect((await another).status).toBe(200);
  });
});
