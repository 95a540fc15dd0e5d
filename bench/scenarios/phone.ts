import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, Locator, Page } from 'playwright-core';
import { hold, launchBrowser, listTicket, signUp, visit } from '../../e2e/browser/browser.ts';
import type { Person, Ticket } from '../../e2e/browser/browser.ts';
import type { Bench } from '../bench.ts';
import { percentile, percentiles } from '../harness.ts';

/** What Lighthouse calls slow 4G, in bytes a second. */
const SLOW_4G = { latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 750e3 / 8 };
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 3, isMobile: true, hasTouch: true };
const LISTINGS = 30;
/** Until a page's own changes have come: its stream is open, and a change is shown. */
const SETTLE_MS = 2500;

interface Phone {
  page: Page;
  /** What the probe has reported since the last call. */
  figures: { lcp: number[]; shift: number[]; feedback: number[] };
  close: () => Promise<void>;
}

/** A phone with a slow connection: when the list is there, what moves on the pages, and what it takes a guest to buy a ticket. */
export async function phone(bench: Bench): Promise<void> {
  const { quick, stack, record } = bench;
  const url = stack.url;
  const browser = await launchBrowser();
  try {
    const [seller, other] = [await signUp(url, 'seller'), await signUp(url, 'other')];
    for (let count = 0; count < LISTINGS; count++) await listed(seller, count);
    // The first visits after a start are not representative of the server.
    for (let count = 0; count < 3; count++) await firstPaint(browser, url);

    const paints: number[] = [];
    while (paints.length < (quick ? 3 : 15)) paints.push(await firstPaint(browser, url));
    record('phone', 'LCP of the list', [{ ...percentiles(paints), 'p75 ms': percentile(paints, 0.75) }]);

    const shifts: Record<string, number[]> = { 'the list': [], 'a ticket': [], 'an order': [] };
    const feedback: number[] = [];
    const efforts: { taps: number; fields: number; seconds: number }[] = [];
    for (let round = 0; round < (quick ? 1 : 5); round++) {
      shifts['the list']?.push(await shiftsOfList(browser, url, { seller, other }));
      shifts['a ticket']?.push(await shiftsOfTicket(browser, url, { seller, other }));
      const bought = await buyAsGuest(browser, url, seller);
      shifts['an order']?.push(bought.shifts);
      feedback.push(...bought.feedback);
      efforts.push(bought);
    }
    for (const [name, all] of Object.entries(shifts))
      record('phone', `CLS of ${name}`, [{ highest: Math.max(...all) }]);
    record('phone', 'from a tap to a paint', [
      { ...percentiles(feedback), 'p95 ms': percentile(feedback, 0.95), taps: feedback.length },
    ]);
    const most = (of: 'taps' | 'fields' | 'seconds') => Math.max(...efforts.map((one) => one[of]));
    record('phone', 'a guest signs up and buys', [
      { taps: most('taps'), fields: most('fields'), seconds: most('seconds') },
    ]);
  } finally {
    await browser.close();
  }
}

/** Lists a ticket with a code. */
async function listed(seller: Person, count: number): Promise<Ticket> {
  const ticket = await listTicket(seller, {
    title: `Hamlet, stalls row ${count}`,
    section: 'Stalls',
    seat: String(count),
  });
  await seller.api('PUT', `/api/tickets/${ticket.id}/delivery`, { code: `code of ${ticket.id}` });
  return ticket;
}

/** A phone without anything in its cache. */
async function openPhone(browser: Browser, url: string): Promise<Phone> {
  const { page, close } = await visit(browser, url, { ...PHONE, reducedMotion: 'no-preference' });
  const figures: Phone['figures'] = { lcp: [], shift: [], feedback: [] };
  await page.exposeFunction('report', (kind: keyof typeof figures, value: number) => {
    figures[kind].push(value);
  });
  await page.addInitScript({ path: path.join(import.meta.dirname, 'phone-probe.js') });
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', { offline: false, ...SLOW_4G });
  return { page, figures, close };
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

async function firstPaint(browser: Browser, url: string): Promise<number> {
  const { page, figures, close } = await openPhone(browser, url);
  await page.goto('/', { waitUntil: 'load' });
  await delay(SETTLE_MS);
  await close();
  const last = figures.lcp.at(-1);
  if (last === undefined) throw new Error('the list had no largest contentful paint');
  return last;
}

interface People {
  seller: Person;
  other: Person;
}

/** The layout shifts of the list while a ticket on it is held and another one is listed. */
async function shiftsOfList(browser: Browser, url: string, { seller, other }: People): Promise<number> {
  const ticket = await listed(seller, 100);
  const { page, figures, close } = await openPhone(browser, url);
  await page.goto('/');
  await delay(SETTLE_MS);
  await hold(other, ticket);
  await delay(SETTLE_MS);
  await listed(seller, 101);
  await delay(SETTLE_MS);
  await close();
  return sum(figures.shift);
}

/** The layout shifts of a ticket while another buyer holds it and lets it go. */
async function shiftsOfTicket(browser: Browser, url: string, { seller, other }: People): Promise<number> {
  const ticket = await listed(seller, 102);
  const { page, figures, close } = await openPhone(browser, url);
  await page.goto(`/tickets/${ticket.id}`);
  await delay(SETTLE_MS);
  const order = await hold(other, ticket);
  await delay(SETTLE_MS);
  await other.api('DELETE', `/api/orders/${order.id}`);
  await delay(SETTLE_MS);
  await close();
  return sum(figures.shift);
}

/**
 * A guest opens the link to a ticket, signs up, pays and has the ticket. Counts the opening of the link and each tap, also those on
 * fields; the layout shifts are those of the order's page.
 */
async function buyAsGuest(browser: Browser, url: string, seller: Person) {
  const ticket = await listed(seller, 103);
  const { page, figures, close } = await openPhone(browser, url);
  let taps = 0;
  let fields = 0;
  const tap = async (target: Locator) => {
    await target.tap();
    taps++;
  };
  const type = async (label: string, text: string) => {
    await tap(page.getByLabel(label));
    await page.keyboard.type(text);
    fields++;
  };
  const startedAt = performance.now();
  await page.goto(`/tickets/${ticket.id}`);
  taps++;
  await hydrated(page);
  await tap(page.getByRole('button', { name: /^Hold for/ }));
  await page.waitForURL(/\/auth\/signin/);
  await hydrated(page);
  await tap(page.getByRole('link', { name: 'Create an account' }));
  await page.waitForURL(/\/auth\/signup/);
  await hydrated(page);
  await type('Email address', `guest-${Date.now()}-${process.pid}@example.com`);
  await type('Password', 'two seats in the stalls');
  await tap(page.getByRole('button', { name: /^Create account/ }));
  await page.waitForURL(/\/orders\//);
  const from = figures.shift.length;
  await page.getByRole('heading', { name: 'Payment', exact: true }).waitFor();
  await hydrated(page);
  await tap(page.getByRole('button', { name: /^Pay / }));
  await page.getByText(`code of ${ticket.id}`).first().waitFor();
  const seconds = (performance.now() - startedAt) / 1000;
  await delay(SETTLE_MS);
  await close();
  return { taps, fields, seconds, feedback: figures.feedback, shifts: sum(figures.shift.slice(from)) };
}

/** People look at a page before they tap: until then its scripts have arrived. */
async function hydrated(page: Page): Promise<void> {
  await page.waitForLoadState('load');
  await delay(SETTLE_MS);
}
