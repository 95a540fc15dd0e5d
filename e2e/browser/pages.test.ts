import { globSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { forcedColorProblems, keyboardProblems, textProblems } from './accessibility.ts';
import { axe, buy, hold, launchBrowser, listTicket, LOOKS, overflow, poll, signUp, visit } from './browser.ts';
import { compressed, emptyPageBytes, scriptsOf } from './empty-page.ts';
import { root } from '../../infra/local/tools.ts';
import { makeScenes } from './scenes.ts';
import type { Scene } from './scenes.ts';
import { startMarketplace } from '../support/stack.ts';
import type { Marketplace } from '../support/stack.ts';
import type { Order, Person, Ticket, Visit } from './browser.ts';

let stack: Marketplace;
let browser: Browser;
let scenes: Scene[];

beforeAll(async () => {
  stack = await startMarketplace({ client: true });
  browser = await launchBrowser();
  scenes = await makeScenes(stack.url);
});

afterAll(async () => {
  await browser.close();
  await stack.end();
});

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(stack.url + path, { headers, redirect: 'manual' });

type FirstResponse = { name: string; path: string; html: string; headers: Headers };
let responses: FirstResponse[] | undefined;

/** What the server sends for each scene, read once. */
async function firstResponses(): Promise<FirstResponse[]> {
  if (responses !== undefined) return responses;
  const read: FirstResponse[] = [];
  for (const { name, path, as } of scenes) {
    const response = await get(path, as ? { Cookie: as.cookie } : {});
    read.push({ name, path, html: await response.text(), headers: response.headers });
  }
  return (responses = read);
}

/** The tags of all scripts in a page. Structured data for search engines is in script elements too, but never runs. */
const scriptTags = (html: string): string[] =>
  (html.match(/<script\b[^>]*>/g) ?? []).filter((tag) => tag !== '<script type="application/ld+json">');

describe('every page in every state', () => {
  it('is among the scenes: each page of the client has at least one', () => {
    const pages = globSync('client/src/app/**/page.tsx', { cwd: root }).map(
      (file) =>
        new URLPattern({ pathname: `/${relative('client/src/app', dirname(file)).replace(/\[(\w+)\]/g, ':$1')}` }),
    );
    const paths = scenes.map((scene) => new URL(scene.path, stack.url).pathname);
    const unseen = pages.filter((page) => !paths.some((pathname) => page.test({ pathname })));
    expect(unseen.map(({ pathname }) => pathname)).toEqual([]);
  });

  it('breaks no rule of axe, fits at 400 % zoom, with large and with spaced text, can be used by keyboard and in forced colors, and has no complaints', async () => {
    const found: string[] = [];
    const visits = new Map<Person | undefined, Visit>();
    for (const { name, path, as, status = 200, act } of scenes) {
      // One browser context for each visitor, in which scripts are loaded once.
      const visitor = visits.get(as) ?? (await visit(browser, stack.url, as ? { as } : {}));
      visits.set(as, visitor);
      const { page, complaints } = visitor;
      const check = async (view: string, rules?: string[]) => {
        const problems = await axe(page, rules);
        const tooWide = await overflow(page);
        if (tooWide > 0) problems.push(`${tooWide} px too wide`);
        found.push(...problems.map((problem) => `${name} on a ${view}: ${problem}`));
      };

      // As wide as a desktop's page at 400 % zoom.
      await page.setViewportSize({ width: 320, height: 800 });
      await page.emulateMedia({ colorScheme: 'light' });
      const answer = await page.goto(path);
      if (answer?.status() !== status) found.push(`${name}: ${String(answer?.status())} instead of ${status}`);
      await act?.(page);
      await check('phone');
      found.push(...(await textProblems(page)).map((problem) => `${name} on a phone: ${problem}`));
      await page.setViewportSize({ width: 1440, height: 800 });
      await page.emulateMedia({ colorScheme: 'dark' });
      await check('desktop', LOOKS);
      const problems = [...(await forcedColorProblems(page)), ...(await keyboardProblems(page))];
      found.push(...problems.map((problem) => `${name}: ${problem}`));
      found.push(...complaints.splice(0).map((complaint) => `${name}: ${complaint}`));
    }
    for (const { close } of visits.values()) await close();
    expect(found).toEqual([]);
  }, 900_000);

  it('loads at most 40 kB more JavaScript than an empty page', async () => {
    const empty = emptyPageBytes();
    const sizes = new Map<string, number>();
    const lines = [`empty page: ${(empty / 1000).toFixed(1)} kB`];
    const heavy: string[] = [];
    for (const { name, html } of await firstResponses()) {
      let bytes = 0;
      for (const src of scriptsOf(html)) {
        const size = sizes.get(src) ?? compressed(new Uint8Array(await (await get(src)).arrayBuffer()));
        sizes.set(src, size);
        bytes += size;
      }
      lines.push(`${name}: ${(bytes / 1000).toFixed(1)} kB, ${((bytes - empty) / 1000).toFixed(1)} kB more`);
      if (bytes - empty > 40_000) heavy.push(name);
    }
    process.stdout.write(`JavaScript of each page's first load, compressed with gzip\n${lines.join('\n')}\n`);
    expect(heavy).toEqual([]);
  });

  it('has all of its content in the first HTML', async () => {
    const pages = await firstResponses();
    const list = pages.find(({ path }) => path === '/')?.html;
    expect(list).toContain('Hamlet, stalls row F');
    expect(list).toMatch(/£\d\d/);
    for (const { path, html } of pages)
      expect({ path, hasHeading: html.includes('<h1') }).toEqual({ path, hasHeading: true });
  });
});

describe('an address with an id that no ticket and no order can have', () => {
  it.each([
    '/tickets/mine',
    '/tickets/x',
    '/tickets/%E0%A4%A',
    '/tickets/..%2Fmine',
    '/orders/1',
    `/tickets/${'0'.repeat(24)}`,
  ])('is not found: %s', async (path) => {
    const person = await signUp(stack.url, 'curious');
    const answer = await get(path, { Cookie: person.cookie });
    expect([400, 404]).toContain(answer.status);
    expect(await answer.text()).not.toContain('x-api-answers');
  });
});

describe('security', () => {
  it('runs only scripts with the nonce of their page', async () => {
    const nonces = new Set<string>();
    for (const { path, html, headers } of await firstResponses()) {
      const policy = headers.get('content-security-policy') ?? '';
      const scriptSrc = policy.split(';').find((part) => part.trim().startsWith('script-src')) ?? '';
      const nonce = /'nonce-([^']+)'/.exec(scriptSrc)?.[1] ?? '';
      expect({ path, nonce }).not.toEqual({ path, nonce: '' });
      expect(policy).not.toMatch(/script-src[^;]*unsafe-(inline|eval)/);
      const tags = scriptTags(html);
      expect({ path, bare: tags.filter((tag) => !tag.includes(`nonce="${nonce}"`)) }).toEqual({ path, bare: [] });
      nonces.add(nonce);
    }
    expect(nonces.size).toBe(scenes.length);
  });

  it('forbids caches to store pages', async () => {
    for (const { path, headers } of await firstResponses()) {
      expect({ path, cache: headers.get('cache-control') }).toMatchObject({
        path,
        cache: expect.stringContaining('no-store') as unknown,
      });
    }
  });

  it.each([
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '/.//evil.example',
    'javascript:alert(1)',
    '/api/users/signout',
  ])('goes to the list, not to %s, after signing in', async (next) => {
    const person = await signUp(stack.url, 'walker');
    const query = new URLSearchParams({ next }).toString();
    const away = await get(`/auth/signin?${query}`, { Cookie: person.cookie });
    expect(new URL(away.headers.get('location') ?? '', stack.url).href).toBe(`${stack.url}/`);

    const answer = await fetch(`${stack.url}/auth/submit`, {
      method: 'POST',
      redirect: 'manual',
      headers: { Origin: stack.url, 'Sec-Fetch-Site': 'same-origin' },
      body: new URLSearchParams({ intent: 'signin', email: person.email, password: person.password, next }),
    });
    expect(answer.status).toBe(303);
    const check = await get(answer.headers.get('location') ?? '', { Cookie: person.cookie });
    expect(new URL(check.headers.get('location') ?? '', stack.url).href).toBe(`${stack.url}/`);
  });

  it('tells a browser without scripts that it may block cookies, whether it was signed in or refused', async () => {
    const person = await signUp(stack.url, 'blocked');
    const ticket = await listTicket(await signUp(stack.url, 'seller'), { title: 'Not for the blocked' });
    const submit = async (password: string, next: string, more: Record<string, string> = {}) => {
      const answer = await fetch(`${stack.url}/auth/submit`, {
        method: 'POST',
        redirect: 'manual',
        headers: { Origin: stack.url, 'Sec-Fetch-Site': 'same-origin' },
        body: new URLSearchParams({ intent: 'signin', email: person.email, password, next, ...more }),
      });
      const sent = new Set([answer.status]);
      let path = answer.headers.get('location') ?? '';
      for (;;) {
        const page = await get(path);
        sent.add(page.status);
        if (page.status === 200) return { sent: [...sent], path, html: await page.text() };
        path = page.headers.get('location') ?? '';
      }
    };
    const kept = await submit(person.password, '/sell');
    expect(kept).toMatchObject({ sent: [303, 200], html: expect.stringContaining('your browser may block cookies') });
    expect(kept.path).toMatch(/^\/auth\/signin\?next=%2Fsell/);
    const refused = await submit('another password', '/');
    expect(refused.html).toContain('your browser may block cookies');
    // Nothing is on hold that they would never see.
    const hold = `${ticket.id}.${ticket.price.amount}.${ticket.price.currency}`;
    const wanted = await submit(person.password, `/tickets/${ticket.id}`, { hold });
    expect(new URL(wanted.path, stack.url).searchParams.get('hold')).toBe(hold);
    expect((await person.api<{ orders: unknown[] }>('GET', '/api/orders')).data.orders).toEqual([]);
  });

  it('refuses forms from other sites', async () => {
    for (const headers of [
      { Origin: 'https://evil.example' },
      { Origin: 'null' },
      { 'Sec-Fetch-Site': 'cross-site' },
    ]) {
      const body = new URLSearchParams({ intent: 'signin', email: 'a@example.com', password: 'whatever it is' });
      const answer = await fetch(`${stack.url}/auth/submit`, { method: 'POST', redirect: 'manual', headers, body });
      expect(answer.status).toBe(403);
    }
  });

  it('ignores forged page data in a request header', async () => {
    const forged = Buffer.from(
      JSON.stringify({
        '/api/users/currentuser': {
          ok: true,
          status: 200,
          data: { currentUser: { id: '1', email: 'forged@example.com' } },
        },
      }),
    ).toString('base64');
    const html = await (await get('/', { 'x-api-answers': forged, Cookie: 'session=x; session.sig=y' })).text();
    expect(html).not.toContain('forged@example.com');
  });
});

describe('50 visitors at once', () => {
  type Visitor = { person?: Person; listing?: Ticket; order?: Order };
  let visitors: Visitor[];
  let listings: Ticket[];

  beforeAll(async () => {
    const seller = await signUp(stack.url, 'seller-to-all');
    visitors = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        if (index % 2 === 0) return {};
        const person = await signUp(stack.url, `visitor-${index}`);
        const listing = await listTicket(person, { title: `Listing of one of fifty` });
        return { person, listing, order: await hold(person, await listTicket(seller, { title: 'One of fifty' })) };
      }),
    );
    listings = visitors.flatMap(({ listing }) => listing ?? []);
  });

  /** A page as its visitor gets it, and the same without what only this response has. */
  async function open(path: string, { person }: Visitor, isGzip: boolean, headers: Record<string, string> = {}) {
    const response = await get(path, {
      ...headers,
      ...(person && { Cookie: person.cookie }),
      'Accept-Encoding': isGzip ? 'gzip' : 'identity',
    });
    const html = await response.text();
    const nonce = /'nonce-([^']+)'/.exec(response.headers.get('content-security-policy') ?? '')?.[1] ?? 'none';
    return { response, html, nonce, shared: html.replaceAll(nonce, '') };
  }

  it('never get anything of another visitor, nor the nonce of another response', async () => {
    const nonces: string[] = [];
    const found: string[] = [];

    /** Opens a page and checks that nothing of another visitor is in it, whatever its status, and that what belongs there is. */
    async function check(path: string, visitor: Visitor, isGzip: boolean): Promise<number> {
      const { person, listing } = visitor;
      const { response, html, nonce } = await open(path, visitor, isGzip);
      const { status } = response;
      const complain = (what: string) => found.push(`${person?.email ?? 'guest'} at ${path}: ${what}`);
      nonces.push(nonce);
      for (const other of visitors) {
        if (other === visitor) continue;
        if (other.person && html.includes(other.person.email)) complain(`the name of ${other.person.email}`);
        if (other.order && html.includes(other.order.id)) complain(`order ${other.order.id}`);
      }
      if (response.headers.getSetCookie().length > 0) complain('a cookie');
      const tags = scriptTags(html);
      if (tags.length === 0 || tags.some((tag) => !tag.includes(`nonce="${nonce}"`))) complain('a wrong nonce');
      const isOwn = listing !== undefined && path === `/tickets/${listing.id}`;
      if (status !== 200) return status;
      // The session could not be read in time.
      if (html.includes('data-viewer="unknown"')) return 503;
      if (person && !html.includes(person.email)) complain('not their own name');
      if (html.includes('Sign out') !== (person !== undefined)) complain('signed in or not');
      if (html.includes('>Your listing<') !== isOwn) complain('a panel of the seller');
      return status;
    }

    for (let round = 0; round < 4; round++)
      await Promise.all(
        visitors.map(async (visitor, index) => {
          const { person, listing, order } = visitor;
          const paths = ['/', `/tickets/${listings[(index * 7 + round) % listings.length]?.id ?? ''}`, '/?sort=price'];
          if (person) paths.push(`/tickets/${listing?.id ?? ''}`, '/orders', `/orders/${order?.id ?? ''}`, '/sell');
          for (const path of paths) {
            // A busy machine may be too slow for the API's time limits.
            const isGzip = (index + round) % 3 === 0;
            const status = await poll(
              () => check(path, visitor, isGzip),
              (one) => one !== 503,
            );
            if (status !== 200) found.push(`${path}: status ${status}`);
          }
        }),
      );
    expect(found).toEqual([]);
    expect(visitors.filter(({ person }) => person)).toHaveLength(25);
    expect(new Set(nonces).size).toBe(nonces.length);
  });

  it('get, from a page that is shared, exactly what Next renders for them alone', async () => {
    const path = `/tickets/${listings[0]?.id ?? ''}`;
    const languages = ['fr', 'de'];
    for (const address of ['/', '/?q=fifty&sort=price', path]) {
      const guests = await Promise.all(
        Array.from({ length: 20 }, async (_, index) => {
          const headers = {
            'User-Agent': `browser ${index}`,
            'Accept-Language': languages[index % 2] ?? '',
            'X-Forwarded-For': `203.0.113.${index}`,
            Cookie: `visits=${index}`,
          };
          return (await open(address, {}, index % 2 === 0, headers)).shared;
        }),
      );
      // A header of Next's, even one that Next does not know, takes a request past the shared pages.
      for (const [at, language] of languages.entries()) {
        const alone = await open(address, {}, false, { 'Next-Alone': '1', 'Accept-Language': language });
        expect(new Set([...guests.filter((_, index) => index % 2 === at), alone.shared]).size).toBe(1);
      }
      const own = await open(address, {}, false, { 'Next-Alone': '1' });
      const shared = await open(address, {}, false);
      for (const name of ['content-type', 'cache-control', 'vary', 'x-frame-options', 'referrer-policy'])
        expect({ name, value: shared.response.headers.get(name) }).toEqual({
          name,
          value: own.response.headers.get(name),
        });
    }
    for (const visitor of visitors.slice(0, 10)) {
      const alone = await open('/', visitor, false, { 'Next-Alone': '1' });
      expect((await open('/', visitor, true)).shared).toBe(alone.shared);
    }
  });

  it.each([
    ['de-DE', '1.250,50 €', '19:30 CEST'],
    ['en-US', '€1,250.50', '7:30 pm CEST'],
    ['en-GB', '€1,250.50', '19:30 CEST'],
  ])('see numbers and clocks as in %s, and words in English', async (locale, price, time) => {
    const event = { startsAt: '2031-06-01T17:30:00.000Z', timeZone: 'Europe/Berlin' };
    const seller = await signUp(stack.url, 'seller-abroad');
    const ticket = await listTicket(seller, { title: 'Abroad', price: { amount: 125_050, currency: 'eur' }, ...event });
    const { page, complaints, close } = await visit(browser, stack.url, { locale });
    for (const path of [`/tickets/${ticket.id}`, '/?q=abroad']) {
      await page.goto(path);
      const shown = (await page.locator('main').innerText()).replaceAll(/\s+/g, ' ');
      expect(shown).toContain(price);
      expect(shown).toContain(time);
      expect(shown).toMatch(/Sun.* Jun/);
    }
    expect(complaints).toEqual([]);
    await close();
  });

  it('see a change when they ask for the page 1 s after its commit', async () => {
    const seller = await signUp(stack.url, 'seller-of-changes');
    const texts = async (path: string) => (await open(path, {}, true)).html;
    /** How long after the commit a page was last asked for that did not show the change: how long it is answered does not count. */
    const until = async (path: string, isDone: (html: string) => boolean) => {
      const committed = performance.now();
      let unseenFor = 0;
      const read = async () => {
        const askedAfter = performance.now() - committed;
        const { response, html } = await open(path, {}, true);
        // A busy machine may be too slow for the API's time limits.
        if (response.status === 503) return false;
        const isSeen = isDone(html);
        if (!isSeen) unseenFor = askedAfter;
        return isSeen;
      };
      await poll(read, Boolean);
      return unseenFor;
    };
    const delays: number[] = [];
    for (let change = 0; change < 5; change++) {
      const path = `/tickets/${listings[0]?.id ?? ''}`;
      await Promise.all([texts('/'), texts(path)]);
      const title = `Change number ${change} of five`;
      const ticket = await listTicket(seller, { title });
      delays.push(await until('/', (html) => html.includes(title)));
      await texts(`/tickets/${ticket.id}`);
      const edited = await seller.api('PUT', `/api/tickets/${ticket.id}`, {
        title: `Edited ${title}`,
        price: { amount: 100, currency: 'usd' },
      });
      expect(edited.status).toBe(200);
      delays.push(await until(`/tickets/${ticket.id}`, (html) => html.includes(`Edited ${title}`)));
      await seller.api('DELETE', `/api/tickets/${ticket.id}`);
      delays.push(await until('/', (html) => !html.includes(title)));
    }
    expect(delays.filter((delay) => delay > 1000)).toEqual([]);
  });
});

describe('the page of an order', () => {
  it('prints the ticket and the receipt on one sheet, without scripts and without what is only for the screen', async () => {
    const scene = scenes.find(({ name }) => name === 'order-complete');
    const { page, close } = await visit(browser, stack.url, { ...(scene?.as && { as: scene.as }), scripts: false });
    await page.goto(scene?.path ?? '');
    await page.emulateMedia({ media: 'print' });
    for (const part of ['.ticket-code img', '.receipt']) expect(await page.locator(part).isVisible()).toBe(true);
    for (const part of ['.site-header', '.site-footer', '.timeline', '.paid'])
      expect({ part, isShown: await page.locator(part).first().isVisible() }).toEqual({ part, isShown: false });
    for (const format of ['A4', 'Letter']) {
      const sheets = (await page.pdf({ format })).toString('latin1').match(/\/Type \/Page\b/g);
      expect({ format, sheets: sheets?.length }).toEqual({ format, sheets: 1 });
    }
    await close();
  });

  it('has a receipt that names buyer, seller, card and day, and one number, which the list of orders shows too', async () => {
    const scene = scenes.find(({ name }) => name === 'order-complete');
    const { page, close } = await visit(browser, stack.url, scene?.as ? { as: scene.as } : {});
    await page.goto(scene?.path ?? '');
    const receipt = await page.locator('.receipt').innerText();
    const number = /^Order number\s+([0-9A-F]{6}-1)$/m.exec(receipt)?.[1] ?? 'none';
    expect(receipt).toMatch(/^Sold by\s+Seller [0-9A-F]{6}, through Foyer$/m);
    expect(receipt).toContain(`Bought by\t${scene?.as?.email ?? ''}`);
    expect(receipt).toMatch(/^Paid on\s+\S/m);
    expect(receipt).toMatch(/^Paid with\s+Visa ending in 4242$/m);
    expect(receipt).toMatch(/^Total paid\s+€148$/m);
    // Whole ids are for addresses.
    expect(await page.locator('main').innerText()).not.toMatch(/[0-9a-f]{24}/);
    await page.goto('/orders');
    expect(await page.locator('.ledger').innerText()).toContain(`Order ${number}`);
    await close();
  });

  it('keeps the ticket in view when the connection is lost', async () => {
    const scene = scenes.find(({ name }) => name === 'order-complete');
    const { page, close } = await visit(browser, stack.url, scene?.as ? { as: scene.as } : {});
    await page.goto(scene?.path ?? '');
    await page.context().setOffline(true);
    await page.getByText('Connection lost').waitFor();
    await page.evaluate(`for (const name of ['focus', 'pageshow', 'online']) window.dispatchEvent(new Event(name))`);
    expect(await page.evaluate<number>(`document.querySelector('.ticket-code img').naturalWidth`)).toBeGreaterThan(0);
    expect(await page.getByText('FOYER-7Q2M-41XK').isVisible()).toBe(true);
    await close();
  });

  it('is rendered again only when what it shows has changed, and then without a visible jump', async () => {
    const buyer = await signUp(stack.url, 'waiting-buyer');
    const order = await hold(buyer, await listTicket(await signUp(stack.url, 'seller')));
    const { page, complaints, close } = await visit(browser, stack.url, { as: buyer });
    await page.goto(`/orders/${order.id}`);
    await page.getByRole('button', { name: /^Pay/ }).waitFor();

    let renderings = 0;
    page.on('request', (request) => {
      const { rsc, 'next-action': action } = request.headers();
      if (rsc !== undefined || action !== undefined) renderings++;
    });
    const look = async () => {
      const read = page.waitForResponse((response) => response.url().includes(`/api/payments/${order.id}`));
      await page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`);
      await (await read).finished();
    };
    for (let time = 0; time < 3; time++) await look();
    expect(renderings).toBe(0);

    await page.setViewportSize({ width: 390, height: 844 });
    // Until it is painted in the new size, the resizing itself would count as a jump.
    await page.evaluate(`{
      scrollTo(0, document.body.scrollHeight);
      new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)));
    }`);
    await page.evaluate(`{
      globalThis.shifts = 0;
      new PerformanceObserver((list) => { for (const { value } of list.getEntries()) shifts += value; }).observe({ type: 'layout-shift' });
    }`);
    await buyer.api('DELETE', `/api/orders/${order.id}`);
    await page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`);
    await page.getByText('You cancelled this order').first().waitFor();
    expect(renderings).toBe(1);
    // What shares the page with the new stage is not seen to jump.
    expect(await page.evaluate<number>('shifts')).toBeLessThanOrEqual(0.05);
    // A 404 of the payment is no fault: there has been no attempt to pay.
    expect(complaints).toEqual([]);
    await close();
  });
});

describe('when a service is down', () => {
  const down = async (name: string, look: () => Promise<void>) => {
    await stack.process(name).stop();
    try {
      await look();
    } finally {
      await stack.process(name).start();
    }
  };

  const seen = async (path: string, as?: Scene['as']) => {
    const { page, complaints, close } = await visit(browser, stack.url, as ? { as } : {});
    const status = (await page.goto(path))?.status();
    const text = await page.locator('main').innerText();
    const problems = [...complaints, ...(await axe(page))];
    await close();
    return { status, text, problems };
  };

  async function keptTicket(): Promise<Ticket> {
    const seller = await signUp(stack.url, 'seller');
    const ticket = await listTicket(seller, { title: 'Kept for the entrance' });
    await seller.api('PUT', `/api/tickets/${ticket.id}/delivery`, { code: 'FOYER-KEPT' });
    return ticket;
  }

  it('shows the list, and which part of an order is unavailable, without orders and payments, and a bought ticket until its buyer signs out', async () => {
    const buyer = await signUp(stack.url, 'buyer');
    const ticket = await listTicket(await signUp(stack.url, 'seller'), { title: 'Still here' });
    const order = await hold(buyer, ticket);
    await down('payments-1', async () => {
      const page = await seen(`/orders/${order.id}`, buyer);
      expect(page).toMatchObject({ status: 200, problems: [] });
      expect(page.text).toContain('We can’t see your payment right now');
      // Nobody is asked to pay, or told that cancelling is free, while a payment may be under way.
      expect(page.text).not.toContain('Cancel hold');
    });
    const bought = await buy(buyer, await keptTicket());
    const kept = await visit(browser, stack.url, { as: buyer });
    await kept.page.goto(`/orders/${bought.id}`);
    await poll(
      () =>
        kept.page.evaluate<number>(
          `caches.open('kept-tickets').then((cache) => cache.keys()).then(({ length }) => length)`,
        ),
      (entries) => entries > 1,
    );
    await kept.page.evaluate('navigator.serviceWorker.ready.then(() => undefined)');
    await down('orders-1', async () => {
      await kept.page.reload();
      expect(await kept.page.getByText('FOYER-KEPT').isVisible()).toBe(true);
      expect(await seen('/')).toMatchObject({ status: 200, problems: [] });
      for (const path of ['/orders', `/orders/${order.id}`]) {
        const page = await seen(path, buyer);
        expect(page).toMatchObject({ status: 503, problems: [] });
        expect(page.text).toContain('We can’t load');
      }
      const other = await listTicket(await signUp(stack.url, 'seller-2'), { title: 'Not now' });
      const { page, close } = await visit(browser, stack.url, { as: buyer });
      await page.goto(`/tickets/${other.id}`);
      await page.getByRole('button', { name: /^Hold for/ }).click();
      await page.locator('.notice-bad').waitFor();
      expect(await page.locator('.notice-bad').innerText()).toContain(
        'We don’t know yet whether the ticket is on hold',
      );
      await close();
    });
    await kept.page.goto('/');
    await kept.page.getByRole('button', { name: 'Sign out' }).click();
    await kept.page.getByRole('link', { name: 'Sign in' }).first().waitFor();
    const isForgotten = await poll(
      () => kept.page.evaluate<boolean>(`caches.has('kept-tickets').then((isThere) => !isThere)`),
      Boolean,
    );
    expect({ isForgotten, complaints: kept.complaints }).toEqual({ isForgotten: true, complaints: [] });
    await kept.close();
  });

  it('shows orders without tickets', async () => {
    const buyer = await signUp(stack.url, 'buyer');
    const ticket = await listTicket(await signUp(stack.url, 'seller'), { title: 'Held through it' });
    const order = await hold(buyer, ticket);
    await down('tickets-1', async () => {
      for (const path of ['/', `/tickets/${ticket.id}`, '/sell']) {
        const page = await seen(path, buyer);
        expect(page).toMatchObject({ status: 503, problems: [] });
        expect(page.text).toContain('We can’t load');
      }
      const page = await seen(`/orders/${order.id}`, buyer);
      expect(page).toMatchObject({ status: 200, problems: [] });
      expect(page.text).toContain('Pay £65.50');
    });
  });

  it('shows the list, and keeps serving signed-in visitors, without auth', async () => {
    const buyer = await signUp(stack.url, 'buyer');
    const ticket = await listTicket(await signUp(stack.url, 'seller'), { title: 'Open air' });
    const order = await hold(buyer, ticket);
    await down('auth-1', async () => {
      expect(await seen('/')).toMatchObject({ status: 200, problems: [] });
      expect(await seen('/', buyer)).toMatchObject({ status: 200, problems: [] });
      expect(await seen(`/orders/${order.id}`, buyer)).toMatchObject({ status: 200, problems: [] });
      const { page, close } = await visit(browser, stack.url);
      await page.goto('/auth/signin');
      await page.getByLabel('Email address').fill(buyer.email);
      await page.getByLabel('Password').fill(buyer.password);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.locator('.notice-bad').waitFor();
      expect(await page.locator('.notice-bad').innerText()).toContain('We can’t sign you in right now.');
      await close();
    });
    await poll(
      () => buyer.api<{ currentUser: unknown }>('GET', '/api/users/currentuser'),
      ({ data }) => data.currentUser !== null,
    );
  });
});
