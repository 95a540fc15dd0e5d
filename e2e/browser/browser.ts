import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { LIMIT_MS } from '../support/eventually.ts';

const PASSWORD = 'a ticket for two please';

/** Starts Chromium, from CHROMIUM or Debian's path, without its background requests. */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
    ],
  });
}

/** A user, with a client of the API. */
export type Person = {
  id: string;
  email: string;
  password: string;
  cookie: string;
  api: <T>(method: string, path: string, body?: unknown) => Promise<{ status: number; data: T }>;
};

/** Signs up a new user over HTTP. Throws when that fails. */
export async function signUp(url: string, name: string): Promise<Person> {
  const email = `${name}-${randomBytes(6).toString('hex')}@example.com`;
  const response = await fetch(`${url}/api/users/signup`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ email, password: PASSWORD }),
  });
  if (response.status !== 201) throw new Error(`sign-up: ${response.status} ${await response.text()}`);
  const { id } = (await response.json()) as { id: string };
  const cookie = response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  return {
    ...{ id, email, cookie, password: PASSWORD },
    async api<T>(method: string, path: string, body?: unknown) {
      const answer = await fetch(url + path, {
        method,
        headers: { Cookie: cookie, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      return { status: answer.status, data: (text === '' ? undefined : JSON.parse(text)) as T };
    },
  };
}

export type Ticket = { id: string; title: string; price: { amount: number; currency: string }; status: string };
export type Order = { id: string; status: string; expiresAt: string };

/** Lists a ticket, with defaults for absent fields. Throws when that fails. */
export async function listTicket(seller: Person, changes: Record<string, unknown> = {}): Promise<Ticket> {
  const { status, data } = await seller.api<Ticket>('POST', '/api/tickets', {
    title: 'Hamlet, stalls row F',
    price: { amount: 6550, currency: 'gbp' },
    venue: 'Old Wharf Theatre, London',
    startsAt: new Date(Date.now() + 30 * 86_400_000).toISOString(),
    timeZone: 'Europe/London',
    ...changes,
  });
  if (status !== 201) throw new Error(`listing: ${status} ${JSON.stringify(data)}`);
  return data;
}

/** Reads until `isDone`, for `LIMIT_MS` at most. Returns the last value. */
export async function poll<T>(read: () => Promise<T>, isDone: (value: T) => boolean): Promise<T> {
  const deadline = Date.now() + LIMIT_MS;
  for (;;) {
    const value = await read();
    if (isDone(value) || Date.now() > deadline) return value;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Orders a ticket over HTTP and waits until it can be paid for. Throws when that fails. */
export async function hold(buyer: Person, ticket: Ticket): Promise<Order> {
  // A new ticket reaches the orders service a moment later.
  const placed = await poll(
    () => buyer.api<Order>('POST', '/api/orders', { ticketId: ticket.id }),
    ({ status }) => status < 300,
  );
  if (placed.status > 201) throw new Error(`order: ${placed.status} ${JSON.stringify(placed.data)}`);
  const held = await poll(
    () => buyer.api<Order>('GET', `/api/orders/${placed.data.id}`),
    ({ data }) => data.status !== 'created',
  );
  return held.data;
}

/** Orders and pays for a ticket over HTTP, and waits until the order is complete and the ticket sold. Throws when that fails. */
export async function buy(buyer: Person, ticket: Ticket): Promise<Order> {
  const order = await hold(buyer, ticket);
  // A new order reaches the payments service a moment later.
  const paid = await poll(
    () => buyer.api('POST', '/api/payments', { orderId: order.id, paymentMethod: 'pm_card_visa' }),
    ({ status }) => status !== 404,
  );
  if (paid.status > 201) throw new Error(`payment: ${paid.status} ${JSON.stringify(paid.data)}`);
  const done = await poll(
    () => buyer.api<Order>('GET', `/api/orders/${order.id}`),
    ({ data }) => data.status === 'complete',
  );
  // The pages of both show what the tickets service knows.
  await poll(
    () => buyer.api<Ticket>('GET', `/api/tickets/${ticket.id}`),
    ({ data }) => data.status === 'sold',
  );
  return done.data;
}

export type Visit = {
  page: Page;
  /** Errors and warnings on the console, uncaught errors of scripts, and violations of the Content-Security-Policy. */
  complaints: string[];
  close: () => Promise<void>;
};

/** True once React handles what happens on the page: until then a click on a form or a link is left to the browser. */
const IS_INTERACTIVE = `{
  const key = Object.keys(document).find((name) => name.startsWith('__reactContainer$'));
  key !== undefined && document[key].stateNode.current.memoizedState.isDehydrated === false;
}`;

/** Waits until the scripts of the page that was loaded handle what happens on it. Throws when they never do. */
async function interactive(page: Page): Promise<void> {
  // A page that leads on by itself takes the place of the one that was asked.
  const read = () => page.evaluate<boolean>(IS_INTERACTIVE).catch(() => false);
  if (!(await poll(read, Boolean))) throw new Error(`${page.url()} is not interactive`);
}

/**
 * Opens a page in a new browser context, with a user's session if given. What is loaded into it is interactive, unless `scripts` is
 * false. 4xx and 5xx responses don't count as complaints.
 */
export async function visit(
  browser: Browser,
  url: string,
  { as, scripts = true, ...options }: { as?: Person; scripts?: boolean } & BrowserContextOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({
    javaScriptEnabled: scripts,
    viewport: { width: 1280, height: 900 },
    reducedMotion: 'reduce',
    baseURL: url,
    // Clocks of 24 hours.
    locale: 'en-GB',
    ...options,
  });
  if (as)
    await context.addCookies(
      as.cookie.split('; ').map((pair) => {
        const [name = ''] = pair.split('=');
        return { name, value: pair.slice(name.length + 1), url, httpOnly: true, sameSite: 'Lax' as const };
      }),
    );
  const complaints: string[] = [];
  // Also for the requests of `page.request`.
  context.setDefaultTimeout(LIMIT_MS);
  const page = await context.newPage();
  const thenInteractive =
    <Args extends unknown[], Result>(load: (...args: Args) => Promise<Result>) =>
    async (...args: Args) => {
      const result = await load(...args);
      await interactive(page);
      return result;
    };
  if (scripts) {
    page.goto = thenInteractive(page.goto.bind(page));
    page.reload = thenInteractive(page.reload.bind(page));
  }
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    if (message.text().startsWith('Failed to load resource: the server responded with a status of')) return;
    complaints.push(`${page.url()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`));
  await page.addInitScript(
    `addEventListener('securitypolicyviolation', (event) => console.error('policy: ' + event.violatedDirective + ' ' + event.blockedURI));`,
  );
  return {
    page,
    complaints,
    close: () => context.close(),
  };
}

/** Puts an element in the place of every text of the page, as a browser does that translates it. */
export const translate = (page: Page): Promise<void> =>
  page.evaluate(`{
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walker.nextNode()) if (!walker.currentNode.parentElement.closest('script, noscript, [translate="no"]')) texts.push(walker.currentNode);
    for (const text of texts) {
      const font = document.createElement('font');
      font.textContent = text.data;
      text.replaceWith(font);
    }
  }`);

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The rules of axe that depend on colours and sizes, where the content of a page has been checked already. */
export const LOOKS = ['color-contrast', 'link-in-text-block', 'target-size'];

/** The violations of WCAG 2.2 AA and best practice, or of some rules, that axe finds on the current page. */
export async function axe(page: Page, rules?: string[]): Promise<string[]> {
  await page.evaluate(axeSource);
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const { violations } = await page.evaluate<{
    violations: { id: string; nodes: { target: string[]; failureSummary: string }[] }[];
  }>(`axe.run(document, { runOnly: ${JSON.stringify(rules ?? tags)} })`);
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
  );
}

/** By how many pixels the page is wider than its viewport. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
