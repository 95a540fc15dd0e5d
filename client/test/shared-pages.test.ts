import { afterEach, describe, expect, it } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { eventually } from '@ticketing/core/testing';
import { httpServer, listenAt } from '@ticketing/runtime/server';
import { acceptsGzip, sharedPages } from '../shared-pages.ts';
import type { SharedPagesOptions } from '../shared-pages.ts';

const TICKET = '/tickets/0123456789abcdef01234567';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** Like Next with our proxy.ts: each rendering has a nonce, shows the content and who asks, and has an ETag for guests. */
class Renderer {
  content = 'two tickets';
  status = 200;
  headers: Record<string, string> = {};
  /** The addresses of the renderings, and of the requests that found their page unchanged. */
  rendered: string[] = [];
  unchanged: string[] = [];
  nonces: string[] = [];
  requests: IncomingMessage['headers'][] = [];
  /** Renderings wait for it. */
  gate: Promise<unknown> = Promise.resolve();

  handle: RequestListener = (request, response) => void this.answer(request, response);

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url = '', headers } = request;
    const { content, status } = this;
    const viewer = headers['x-shared-viewer'] ?? headers.cookie;
    const etag = `"${createHash('sha256')
      .update(`${content} ${viewer === undefined ? 'guest' : 'signed in'}`)
      .digest('hex')}"`;
    this.requests.push(headers);
    if (headers['if-none-match'] === etag) {
      this.unchanged.push(url);
      response.writeHead(304, { ETag: etag }).end();
      return;
    }
    this.rendered.push(url);
    await this.gate;
    const nonce = randomBytes(16).toString('base64');
    this.nonces.push(nonce);
    response.writeHead(status, {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': `default-src 'none'; script-src 'nonce-${nonce}' 'strict-dynamic'`,
      'Cache-Control': 'private, no-store',
      Vary: 'rsc, Accept-Encoding',
      ...(headers.cookie === undefined && status === 200 && { ETag: etag }),
      ...this.headers,
    });
    const scripts = `<script nonce="${nonce}">one("é")</script><script src="/x.js" nonce="${nonce}"></script>`;
    response.end(`<title>${url}</title>${scripts}<p>${content}</p><p>for ${String(viewer ?? 'a guest')}</p>${scripts}`);
  }
}

/** Like auth: the session is the name, unless auth is down for it. */
function readName(cookies: string): Promise<string | undefined> {
  const name = /session=([^;]+)/.exec(cookies)?.[1];
  if (name === 'down') return Promise.reject(new Error('auth is down'));
  // Some sessions take longer, so that responses overtake each other.
  return new Promise((resolve) => setTimeout(resolve, name === undefined ? 0 : name.length % 3, name));
}

async function serve(options: SharedPagesOptions = {}) {
  const renderer = new Renderer();
  const server = httpServer(sharedPages(renderer.handle, readName, options));
  servers.push(server);
  const port = await listenAt(server, { HOST: '127.0.0.1', PORT: 0 });
  return {
    renderer,
    /** What a visitor gets, with the nonce of the policy and those in the page. */
    visit: async (path = '/', headers: Record<string, string> = {}, method = 'GET') => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers, redirect: 'manual' });
      const text = await response.text();
      const nonce = /'nonce-([^']+)'/.exec(response.headers.get('content-security-policy') ?? '')?.[1] ?? '';
      const inPage = [...text.matchAll(/nonce="([^"]*)"/g)].map(([, one]) => one);
      return { status: response.status, headers: response.headers, text, nonce, inPage };
    },
  };
}

describe('a page that guests share', () => {
  it('is rendered once while its content is unchanged', async () => {
    const { renderer, visit } = await serve({ freshMs: 0 });
    for (let time = 0; time < 5; time++) expect((await visit()).text).toContain('two tickets');
    expect(renderer.rendered).toEqual(['/']);
    expect(renderer.unchanged).toEqual(['/', '/', '/', '/']);
  });

  it('has in each response a nonce of its own, in the policy and in every script, and never that of the rendering', async () => {
    const { renderer, visit } = await serve();
    const pages = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        visit('/', { 'Accept-Encoding': index % 2 === 0 ? 'gzip' : 'identity' }),
      ),
    );
    expect(renderer.rendered).toEqual(['/']);
    expect(new Set([...pages.map(({ nonce }) => nonce), ...renderer.nonces]).size).toBe(51);
    for (const { nonce, inPage } of pages) {
      expect(nonce).toMatch(/^[\w+/]{22}==$/);
      expect(inPage).toEqual([nonce, nonce, nonce, nonce]);
    }
  });

  it('is the same compressed as it is plain, and has the headers of the rendering but its ETag', async () => {
    const { visit } = await serve();
    const withoutNonce = ({ text, nonce }: { text: string; nonce: string }) => text.replaceAll(nonce, '');
    const plain = await visit('/', { 'Accept-Encoding': 'identity' });
    const compressed = await visit('/', { 'Accept-Encoding': 'br, gzip' });
    expect(withoutNonce(compressed)).toBe(withoutNonce(plain));
    expect(plain.text).toContain('one("é")');
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect(compressed.headers.get('content-encoding')).toBe('gzip');
    for (const { status, headers } of [plain, compressed]) {
      expect(status).toBe(200);
      expect(headers.get('cache-control')).toBe('private, no-store');
      expect(headers.get('vary')).toBe('rsc, Accept-Encoding');
      expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(headers.get('etag')).toBeNull();
    }
  });

  it('is rendered for each address by itself', async () => {
    const { renderer, visit } = await serve();
    const addresses = ['/', '/?q=jazz', '/?q=rock', TICKET, '/', '/?q=jazz', TICKET];
    for (const address of addresses) expect((await visit(address)).text).toContain(`<title>${address}</title>`);
    expect(renderer.rendered).toEqual(['/', '/?q=jazz', '/?q=rock', TICKET]);
  });

  it('is rendered once for each way to write numbers and clocks, whatever else visitors send', async () => {
    const { renderer, visit } = await serve({ freshMs: 60_000 });
    const headers = ['de', 'de-DE,de;q=0.9,en;q=0.8', 'da', 'en-US,en;q=0.5', 'en-AU', 'en-GB', '*', 'x'.repeat(300)];
    for (const header of headers) await visit('/', { 'Accept-Language': header });
    expect(renderer.requests.map((sent) => sent['accept-language'])).toEqual(['de-DE', 'en-US', 'en-GB']);
  });

  it('is rendered once for all who ask at the same time', async () => {
    const { renderer, visit } = await serve();
    let open: () => void = () => undefined;
    renderer.gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const visits = Array.from({ length: 40 }, () => visit());
    await eventually(
      () => renderer.rendered.length,
      (count) => count === 1,
    );
    open();
    expect((await Promise.all(visits)).every(({ text }) => text.includes('two tickets'))).toBe(true);
    expect(renderer.rendered).toEqual(['/']);
  });

  it('is rendered for a request with nothing of any visitor', async () => {
    const { renderer, visit } = await serve();
    await visit('/', {
      Cookie: 'seen=1',
      'X-Forwarded-For': '203.0.113.9',
      'X-Request-Id': 'a-visitors-own-id',
      'Accept-Language': 'fr',
      'User-Agent': 'one of a kind',
      Authorization: 'Bearer secret',
      'If-None-Match': '"two tickets"',
    });
    expect(renderer.requests.map((headers) => Object.keys(headers).sort())).toEqual([
      ['accept-language', 'connection', 'host', 'user-agent'],
    ]);
    expect(JSON.stringify(renderer.requests)).not.toMatch(/seen|203|own-id|fr"|kind|secret|two tickets/);
  });
});

describe('the list for visitors who are signed in', () => {
  const names = Array.from({ length: 50 }, (_, index) =>
    index % 3 === 0 ? undefined : `${'x'.repeat(index)}${index}@example.com`,
  );

  it('has the name of its own visitor and nobody else’s, also when guests and others come at the same time', async () => {
    const { renderer, visit } = await serve();
    for (let round = 0; round < 3; round++) {
      renderer.content = `content ${round}`;
      const pages = await Promise.all(
        names.map((name, index) =>
          visit('/', {
            ...(name !== undefined && { Cookie: `session=${name}; session.sig=abc` }),
            'Accept-Encoding': (index + round) % 2 === 0 ? 'gzip' : 'identity',
          }),
        ),
      );
      pages.forEach(({ text, nonce, inPage }, index) => {
        expect(text.match(/for [^<]*/g)).toEqual([`for ${names[index] ?? 'a guest'}`]);
        expect(inPage).toEqual([nonce, nonce, nonce, nonce]);
      });
      expect(new Set(pages.map(({ nonce }) => nonce)).size).toBe(50);
    }
  });

  it('is rendered once for all of them, and once for all guests', async () => {
    const { renderer, visit } = await serve();
    await Promise.all(names.map((name) => visit('/', name === undefined ? {} : { Cookie: `session=${name}` })));
    expect(renderer.rendered).toEqual(['/', '/']);
  });

  it('is rendered for a visitor who does not exist, with nothing of any other', async () => {
    const { renderer, visit } = await serve();
    await visit('/', { Cookie: 'session=me@example.com; other=1', 'X-Shared-Viewer': 'forged@example.com' });
    expect(renderer.requests).toHaveLength(1);
    expect(renderer.requests[0]?.cookie).toBeUndefined();
    expect(renderer.requests[0]?.['x-shared-viewer']).toMatch(/^[\da-f-]{36}@name\.invalid$/);
    expect(JSON.stringify(renderer.requests)).not.toMatch(/me@example|forged/);
  });

  it('can’t be asked for with a made-up name from outside', async () => {
    const { visit } = await serve();
    for (const path of ['/', '/orders', TICKET])
      expect((await visit(path, { 'X-Shared-Viewer': 'forged@example.com', Cookie: 'x=1' })).text).not.toContain(
        'forged',
      );
  });
});

describe('a change of the content', () => {
  it('is on every page that is requested once the page is no longer fresh', async () => {
    let time = 0;
    const { renderer, visit } = await serve({ freshMs: 100, now: () => time });
    await visit();
    renderer.content = 'one ticket';
    time = 100;
    expect((await visit()).text).toContain('two tickets');
    time = 101;
    expect((await visit()).text).toContain('one ticket');
    expect(renderer.rendered).toHaveLength(2);
  });

  it('is on the page of a visitor who comes while an earlier, slow rendering runs', async () => {
    let time = 0;
    const { renderer, visit } = await serve({ freshMs: 100, now: () => time });
    let open: () => void = () => undefined;
    renderer.gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const early = visit();
    await eventually(
      () => renderer.rendered.length,
      (count) => count === 1,
    );
    renderer.content = 'one ticket';
    time = 500;
    const late = [visit(), visit(), visit()];
    // They wait: the running rendering began before the change.
    await new Promise((resolve) => setImmediate(resolve));
    open();
    expect((await early).text).toContain('two tickets');
    for (const { text } of await Promise.all(late)) expect(text).toContain('one ticket');
    expect(renderer.rendered).toHaveLength(2);
  });

  it('that has no other ETag is on the page after the longest life of a rendering', async () => {
    let time = 0;
    const { renderer, visit } = await serve({ freshMs: 100, maxAgeMs: 10_000, now: () => time });
    await visit();
    time = 9_999;
    await visit();
    expect(renderer.rendered).toHaveLength(1);
    time = 10_100;
    await visit();
    expect(renderer.rendered).toHaveLength(2);
  });
});

describe('what visitors do not share', () => {
  it.each([
    ['a ticket, for a visitor who may be its seller', TICKET, { Cookie: 'a=1; session=abc; session.sig=def' }, 'GET'],
    [
      'the list, for a visitor who may hold a ticket',
      '/',
      { Cookie: 'session=me@example.com; session.sig=abc; holding=1' },
      'GET',
    ],
    ['the list, with a signature of a session alone', '/', { Cookie: 'session.sig=def' }, 'GET'],
    ['the list, while auth is down', '/', { Cookie: 'session=down' }, 'GET'],
    ['the list, for a name that HTML would write in another way', '/', { Cookie: 'session=a<b@example.com' }, 'GET'],
    [
      'the list, for a name that a script would write in another way',
      '/',
      { Cookie: 'session=a"b@example.com' },
      'GET',
    ],
    ['the list, for a name that React would read in another way', '/', { Cookie: 'session=$1@example.com' }, 'GET'],
    ['a part of a page', '/', { RSC: '1' }, 'GET'],
    ['a part of a page, ahead of time', TICKET, { 'Next-Router-Prefetch': '1' }, 'GET'],
    ['the headers alone', '/', {}, 'HEAD'],
    ['a form', TICKET, {}, 'POST'],
    ['a page of one visitor', '/orders', {}, 'GET'],
    ['a page of one visitor, by its id', `${TICKET}/edit`, {}, 'GET'],
    ['an address that is no ticket', '/tickets/mine', {}, 'GET'],
    ['an address that is too long to keep', `/?q=${'x'.repeat(1000)}`, {}, 'GET'],
  ])('is rendered for its visitor each time: %s', async (_, path, headers, method) => {
    const { renderer, visit } = await serve();
    const first = await visit(path, headers, method);
    const second = await visit(path, headers, method);
    // The list is rendered for a made-up visitor, too, whom nobody gets to see.
    expect(renderer.nonces).toEqual(expect.arrayContaining([first.nonce, second.nonce]));
    for (const { text } of [first, second]) expect(text).not.toContain('.invalid');
  });

  it('sends a response with a cookie to the one visitor it is for', async () => {
    const { renderer, visit } = await serve();
    renderer.headers = { 'Set-Cookie': 'session=of-one' };
    await visit();
    const cookies = [await visit(), await visit()].map(({ headers }) => headers.getSetCookie());
    expect(cookies).toEqual([['session=of-one'], ['session=of-one']]);
    renderer.headers = {};
    for (let time = 0; time < 3; time++) expect((await visit()).headers.getSetCookie()).toEqual([]);
  });

  it('asks Next for an error page each time, and for the page as soon as there is one', async () => {
    const { renderer, visit } = await serve({ freshMs: 60_000 });
    renderer.status = 503;
    for (let time = 0; time < 3; time++) expect((await visit()).status).toBe(503);
    expect(renderer.rendered).toHaveLength(3);
    renderer.status = 200;
    expect((await visit()).status).toBe(200);
  });

  it('drops a page once it has become an error', async () => {
    const { renderer, visit } = await serve({ freshMs: 0 });
    await visit();
    renderer.content = 'nothing';
    renderer.status = 404;
    expect((await visit()).status).toBe(404);
    expect((await visit()).status).toBe(404);
    expect(renderer.rendered).toHaveLength(3);
  });
});

describe('the memory for shared pages', () => {
  it('has a limit of pages: the one that was not used for longest is dropped', async () => {
    const { renderer, visit } = await serve({ freshMs: 60_000, maxPages: 2 });
    for (const path of ['/?a', '/?b', '/?a', '/?c', '/?a', '/?b']) await visit(path);
    expect(renderer.rendered).toEqual(['/?a', '/?b', '/?c', '/?b']);
  });

  it('has a limit of bytes, and a page beyond it is served all the same', async () => {
    const { renderer, visit } = await serve({ freshMs: 60_000, maxBytes: 1000 });
    for (const path of ['/?a', '/?b', '/?b', '/?a']) await visit(path);
    expect(renderer.rendered).toEqual(['/?a', '/?b', '/?a']);
    renderer.content = 'x'.repeat(4000);
    expect((await visit('/?large')).text).toContain(renderer.content);
    expect((await visit('/?large')).text).toContain(renderer.content);
    expect(renderer.rendered.filter((path) => path === '/?large')).toHaveLength(2);
  });
});

describe('compression', () => {
  it.each([
    ['gzip', true],
    ['gzip, deflate, br, zstd', true],
    ['br;q=1.0, gzip;q=0.8', true],
    ['GZIP', true],
    ['gzip;q=0', false],
    ['gzip; q=0.0, br', false],
    ['br', false],
    ['identity', false],
    ['', false],
    [undefined, false],
  ])('is used for Accept-Encoding %j: %j', (accepted, isUsed) => {
    expect(acceptsGzip(accepted)).toBe(isUsed);
  });

  it('is one valid gzip file for any content', async () => {
    const { renderer, visit } = await serve({ freshMs: 0 });
    for (const content of ['', 'é'.repeat(70_000), randomBytes(100_000).toString('base64')]) {
      renderer.content = content;
      // fetch decompresses, and fails if the checksum or the length is wrong.
      expect((await visit('/', { 'Accept-Encoding': 'gzip' })).text).toContain(`<p>${content}</p>`);
    }
  });
});
