import { afterEach, describe, expect, it } from '@jest/globals';
import type { IncomingMessage, Server } from 'node:http';
import { httpServer, listenAt } from '@ticketing/runtime/server';
import { currentUserReader } from '../current-user.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** An API that answers every request like this, and records it. */
async function api({ status = 200, body }: { status?: number; body: string }) {
  const requests: IncomingMessage[] = [];
  server = httpServer((request, response) => {
    requests.push(request);
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(body);
  });
  const port = await listenAt(server, { HOST: '127.0.0.1', PORT: 0 });
  return { read: currentUserReader(`http://127.0.0.1:${port}`), requests };
}

describe('the reader of the current user', () => {
  it('returns the email address that auth has for the session', async () => {
    const { read } = await api({ body: '{"currentUser":{"id":"1","email":"a@example.com"}}' });
    expect(await read('session=x')).toBe('a@example.com');
  });

  it('sends the session cookie and no other', async () => {
    const { read, requests } = await api({ body: '{"currentUser":null}' });
    await read('visits=7; session=x; __stripe_mid=z');
    expect(requests.map(({ url, headers }) => [url, headers.cookie])).toEqual([
      ['/api/users/currentuser', 'session=x'],
    ]);
  });

  it('returns undefined for a session that is not valid', async () => {
    const { read } = await api({ body: '{"currentUser":null}' });
    expect(await read('session=forged')).toBeUndefined();
  });

  it('returns undefined without a session, and asks nobody', async () => {
    const { read, requests } = await api({ body: '{"currentUser":{"id":"1","email":"a@example.com"}}' });
    expect(await read('sessions=1; other=session')).toBeUndefined();
    expect(requests).toEqual([]);
  });

  it.each([
    ['auth is down', 503, '{"errors":[]}'],
    ['the answer is not JSON', 200, '<html>'],
  ])('throws when %s', async (_, status, body) => {
    const { read } = await api({ status, body });
    await expect(read('session=x')).rejects.toThrow();
  });

  it('throws when the API can’t be reached', async () => {
    await expect(currentUserReader('http://127.0.0.1:1')('session=x')).rejects.toThrow('ECONNREFUSED');
  });
});
