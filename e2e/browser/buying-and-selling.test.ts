import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { axe, buy, hold, launchBrowser, listTicket, poll, signUp, visit } from './browser.ts';
import type { Order, Person, Ticket, Visit } from './browser.ts';
import { readBarcode } from './read-barcode.ts';
import { startMarketplace } from '../support/stack.ts';
import type { Marketplace } from '../support/stack.ts';

let stack: Marketplace;
let browser: Browser;
let seller: Person;
let open: Visit[] = [];

beforeAll(async () => {
  stack = await startMarketplace({ client: true });
  browser = await launchBrowser();
  seller = await signUp(stack.url, 'seller');
});

afterAll(async () => {
  await browser.close();
  await stack.end();
});

afterEach(async () => {
  await Promise.all(open.map((one) => one.close()));
  open = [];
});

async function opened(options: Parameters<typeof visit>[2] = {}): Promise<Visit> {
  const one = await visit(browser, stack.url, options);
  open.push(one);
  return one;
}

const text = (page: Page) => page.locator('main').innerText();
const heading = (page: Page) => page.locator('h1').innerText();

/** Presses Hold and waits for the order's page. The ticket must be known to orders, see `onSale`. */
async function pressHold(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Hold for 15 minutes' }).click();
  await page.waitForURL(/\/orders\//);
}

/** The link to a page of the site in the latest mail to an address that has one, as a path. */
async function mailedLink(email: string, to: string): Promise<string> {
  const link = new RegExp(`https?://[^/\\s]+(${to}\\S+)`);
  const read = async () => {
    const answer = await fetch(`${stack.process('mail-catcher').url}/mails?to=${encodeURIComponent(email)}`);
    const { mails } = (await answer.json()) as { mails: { text: string }[] };
    return mails.map((mail) => link.exec(mail.text)?.[1]).find((path) => path !== undefined);
  };
  return (await poll(read, (path) => path !== undefined)) ?? 'no mail has arrived';
}

async function onSale(changes: Record<string, unknown> = {}, owner: Person = seller): Promise<Ticket> {
  const ticket = await listTicket(owner, changes);
  // An order that is cancelled again shows that orders has its copy of the ticket.
  const taster = await signUp(stack.url, 'taster');
  const order = await hold(taster, ticket);
  await taster.api('DELETE', `/api/orders/${order.id}`);
  await poll(
    () => taster.api<Ticket>('GET', `/api/tickets/${ticket.id}`),
    ({ data }) => data.status === 'listed',
  );
  return ticket;
}

type Refusal = { price?: { amount: number }; offer?: { seat?: string } };

/** Waits until orders offers a ticket as its seller has changed it, which a refusal shows. */
async function untilOffered({ id, price }: Ticket, isChanged: (refusal: Refusal) => boolean): Promise<void> {
  const wrong = { ticketId: id, expectedPrice: { ...price, amount: 1 }, expectedOffer: 'x'.repeat(22) };
  const taster = await signUp(stack.url, 'taster');
  await poll(
    () => taster.api<{ errors: Refusal[] }>('POST', '/api/orders', wrong),
    ({ data }) => data.errors.some(isChanged),
  );
}

describe.each([
  { how: 'with scripts', scripts: true },
  { how: 'without scripts', scripts: false },
])('buying and selling $how', ({ scripts }) => {
  it('leads a new buyer from the list through signing up, a declined card and a payment to a receipt', async () => {
    const title = `The Magic Flute ${scripts ? 'on' : 'off'}`;
    await onSale({ title });
    const { page, complaints } = await opened({ scripts });

    await page.goto('/');
    await page.getByLabel('Search', { exact: true }).fill(title);
    await page.getByRole('button', { name: 'Search' }).click();
    await page.waitForURL(/q=The[^=]*$/);
    await page.getByRole('link', { name: title }).click();
    await page.waitForURL(/\/tickets\//);
    expect(await heading(page)).toBe(title);
    expect(await text(page)).toContain('£65.50');

    await page.getByRole('button', { name: 'Hold for 15 minutes' }).click();
    await page.waitForURL(/\/auth\/signin/);
    await page.getByRole('link', { name: 'Create an account' }).click();
    await page.waitForURL(/\/auth\/signup/);
    const email = `new-${String(scripts)}-${Date.now()}@example.com`;
    await page.getByLabel('Email address').fill(email);
    await page.getByLabel('Password').fill('short');
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.locator('.notice-bad').waitFor();
    expect(await page.getByLabel('Email address').inputValue()).toContain('@example.com');
    await page.getByLabel('Password').fill('two seats in the stalls');
    await page.getByRole('button', { name: 'Create account' }).click();
    // What was pressed before signing up is done.
    await page.waitForURL(/\/orders\//);
    expect(await heading(page)).toBe(title);
    await page.getByRole('heading', { name: 'Payment', exact: true }).waitFor();
    expect(await page.getByRole('timer').innerText()).toMatch(/^1[0-5]:\d\d$/);

    await page.getByText('Visa (declined)').click();
    await page.getByRole('button', { name: 'Pay £65.50' }).click();
    await page.locator('.notice-bad').waitFor();
    expect(await page.locator('.notice-bad').innerText()).toContain('your ticket is still on hold');

    await page.getByText('Visa (succeeds)').click();
    await page.getByRole('button', { name: 'Pay £65.50' }).click();
    await page.getByRole('heading', { name: 'Receipt' }).waitFor();
    expect(await text(page)).toContain('The ticket is yours');
    expect(await page.locator('.receipt').innerText()).toContain('£65.50');
    expect(await page.locator('.timeline li').allInnerTexts()).toHaveLength(4);
    expect(await mailedLink(email, '/orders/')).toBe(new URL(page.url()).pathname);

    await page.getByRole('link', { name: 'My orders' }).first().click();
    await page.waitForURL(/\/orders$/);
    expect(await page.locator('.ledger').innerText()).toContain('Bought');
    expect(complaints).toEqual([]);
  });

  it('leads a user who forgot the password from the sign-in page to signed in again', async () => {
    const user = await signUp(stack.url, 'forgetful');
    const { page, complaints } = await opened({ scripts });
    await page.goto('/auth/signin');
    await page.getByRole('link', { name: 'Forgot your password?' }).click();
    await page.waitForURL(/\/auth\/forgotten/);
    await page.getByLabel('Email address').fill('not an address');
    await page.getByRole('button', { name: 'Send me a link' }).click();
    await page.locator('.notice-bad').waitFor();
    await page.getByLabel('Email address').fill(user.email);
    await page.getByRole('button', { name: 'Send me a link' }).click();
    await page.getByRole('heading', { name: 'Check your email' }).waitFor();

    await page.goto(await mailedLink(user.email, '/auth/reset'));
    await page.getByLabel('New password').fill('purple monkey dishwasher');
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.waitForURL(/\/auth\/signin/);
    expect(await text(page)).toContain('Your password is changed. Sign in with the new one.');
    await page.getByLabel('Email address').fill(user.email);
    await page.getByLabel('Password').fill('purple monkey dishwasher');
    await page.getByRole('button', { name: 'Sign in' }).click();

    await page.getByRole('link', { name: user.email }).click();
    await page.getByRole('heading', { name: 'My account' }).waitFor();
    // A link that arrived shows that the address is right.
    expect(await text(page)).toContain('Confirmed');
    if (scripts) expect(await axe(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('lets a buyer cancel a hold, and puts the ticket back on sale', async () => {
    const ticket = await onSale({ title: 'Swan Lake, box 4' });
    const { page, complaints } = await opened({ scripts, as: await signUp(stack.url, 'buyer') });
    await page.goto(`/tickets/${ticket.id}`);
    await pressHold(page);
    await page.getByText('Cancel hold').click();
    await page.getByRole('button', { name: 'Yes, cancel it' }).click();
    await page.getByRole('heading', { name: 'You cancelled this order' }).waitFor();
    expect(await text(page)).toContain('No money was taken.');
    await poll(
      async () => {
        await page.reload();
        return text(page);
      },
      (now) => now.includes('It’s back on sale.'),
    );
    await page.getByRole('link', { name: 'View ticket' }).click();
    await page.getByRole('button', { name: 'Hold for 15 minutes' }).waitFor();
    expect(complaints).toEqual([]);
  });

  it('tells a buyer what the seller has changed since the page was shown, and then holds what the page shows', async () => {
    const ticket = await onSale({ title: 'Tosca', seat: '12' });
    const { page, complaints } = await opened({ scripts, as: await signUp(stack.url, 'buyer') });
    await page.goto(`/tickets/${ticket.id}`);
    const { title, price } = ticket;
    await seller.api('PUT', `/api/tickets/${ticket.id}`, { title, price, seat: '14', restrictions: 'Restricted view' });
    await untilOffered(ticket, ({ offer }) => offer?.seat === '14');
    await page.getByRole('button', { name: 'Hold for 15 minutes' }).click();
    await page.locator('.notice-bad').waitFor();
    for (const shown of [
      'changed this listing',
      'Seat: 14 now, 12 before.',
      'Restrictions: Restricted view now, nothing',
    ])
      expect(await page.locator('.notice-bad').innerText()).toContain(shown);
    expect(await page.locator('.notice-bad').innerText()).not.toContain('Price:');
    await pressHold(page);
    expect(await text(page)).toContain('Seat 14');
    expect(complaints).toEqual([]);
  });

  it('shows a seller what was saved in another tab, and saves when they press again', async () => {
    const ticket = await listTicket(seller, { title: 'Two tabs' });
    const { page, complaints } = await opened({ scripts, as: seller });
    await page.goto(`/tickets/${ticket.id}/edit`);
    await seller.api('PUT', `/api/tickets/${ticket.id}`, {
      title: 'Two tabs',
      price: { amount: 7000, currency: 'gbp' },
    });
    await page.getByLabel('Event', { exact: true }).fill('The second tab');
    await page.getByRole('button', { name: 'Save changes' }).click();
    await page.locator('.notice-bad').waitFor();
    expect(await text(page)).toContain('In the listing now: £70');
    await page.getByLabel('Price', { exact: true }).fill('70');
    await page.getByRole('button', { name: 'Save changes' }).click();
    const saved = await poll(
      () => seller.api<Ticket>('GET', `/api/tickets/${ticket.id}`),
      ({ data }) => data.title === 'The second tab',
    );
    expect(saved.data).toMatchObject({ title: 'The second tab', price: { amount: 7000 } });
    expect(complaints).toEqual([]);
  });

  it('lets a seller list a ticket, keeping the input until it is valid, then edit and remove it', async () => {
    const { page, complaints } = await opened({
      scripts,
      as: await signUp(stack.url, 'new-seller'),
      timezoneId: 'Europe/Berlin',
    });
    await page.goto('/sell');
    await page.getByRole('link', { name: 'List your first ticket' }).click();
    await page.waitForURL(/\/tickets\/new/);
    await page.getByLabel('Price', { exact: true }).fill('a lot');
    await page.getByLabel('Venue (optional)', { exact: true }).fill('Oper am Kanal');
    await page.getByLabel('Category').selectOption('theatre');
    await page.getByLabel('Row').fill('F');
    await page.getByRole('button', { name: 'List ticket' }).click();
    await page.locator('.notice-bad').waitFor();
    expect(await page.getByLabel('Venue (optional)', { exact: true }).inputValue()).toBe('Oper am Kanal');
    expect(await page.getByLabel('Category').inputValue()).toBe('theatre');
    expect(await page.getByLabel('Price', { exact: true }).inputValue()).toBe('a lot');
    expect(await page.getByLabel('Price', { exact: true }).getAttribute('aria-invalid')).toBe('true');
    expect(await page.locator('.field-problem').allInnerTexts()).toHaveLength(2);

    // Problems that only the service finds are shown beside their fields, too.
    await page.getByLabel('Event', { exact: true }).fill('Fidelio');
    await page.getByLabel('Price', { exact: true }).fill('€ 1.250,50');
    await page.getByLabel('Currency').selectOption('eur');
    await page.getByLabel('City').fill('Berlin');
    await page.getByLabel('Face value').fill('90');
    expect(await text(page)).toContain(
      scripts ? 'The buyer pays €1,250.50. Nothing is deducted: you get €1,250.50.' : 'nothing is deducted',
    );
    await page.getByLabel('Date and start time').fill('2021-06-01T19:30');
    await page.getByLabel('Venue time zone').selectOption('Europe/Berlin');
    await page.getByRole('button', { name: 'List ticket' }).click();
    await page.locator('#ticket-startsAt-problem').waitFor();
    expect(await page.getByLabel('Currency').inputValue()).toBe('eur');

    const year = new Date().getFullYear() + 1;
    await page.getByLabel('Date and start time').fill(`${year}-06-01T19:30`);
    await page.getByRole('button', { name: 'List ticket' }).click();
    await page.getByRole('heading', { name: 'What the buyer gets' }).waitFor();
    await page.getByRole('link', { name: 'Skip this for now' }).click();
    await page.getByRole('heading', { name: 'Your listing' }).waitFor();
    for (const shown of ['€1,250.50', 'Oper am Kanal, Berlin', 'Theatre · Row F', 'Face value: €90'])
      expect(await text(page)).toContain(shown);
    expect(await text(page)).toContain(`1 June ${year}, 19:30 CEST`);

    await page.getByRole('link', { name: 'Edit listing' }).click();
    await page.waitForURL(/\/edit$/);
    expect(await page.getByLabel('Date and start time').inputValue()).toBe(`${year}-06-01T19:30`);
    await page.getByLabel('Price', { exact: true }).fill('1199');
    await page.getByRole('button', { name: 'Save changes' }).click();
    await page.waitForURL(/\/tickets\/[0-9a-f]{24}(\?|$)/);
    await page.getByText('€1,199').first().waitFor();
    await page.getByText('Your changes are saved.').waitFor();

    const address = page.url();
    // A question first: one tap removes nothing.
    await page.getByText('Remove listing').click();
    expect((await page.request.get(address)).status()).toBe(200);
    await page.getByRole('button', { name: 'Yes, remove it for good' }).click();
    await page.waitForURL(/\/sell(\?|$)/);
    await page.getByText('Your listing is removed.').waitFor();
    expect(await page.locator('.ledger').innerText()).toContain('Removed');
    expect((await page.goto(address))?.status()).toBe(410);
    expect(await heading(page)).toBe('Ticket removed');
    expect(complaints).toEqual([]);
  });

  it('keeps a start to the millisecond, and its zone, when a listing is saved without a change', async () => {
    const seller = await signUp(stack.url, 'seller');
    const startsAt = `${new Date().getFullYear() + 1}-10-31T00:30:15.250Z`;
    const fields = { startsAt, timeZone: 'Asia/Calcutta', notes: 'Row F\nseat 4' };
    const ticket = await listTicket(seller, fields);
    const { page, complaints } = await opened({ scripts, as: seller, timezoneId: 'Europe/Kiev' });
    await page.goto(`/tickets/${ticket.id}/edit`);
    expect(await page.getByLabel('Venue time zone').inputValue()).toBe('Asia/Kolkata');
    await page.getByRole('button', { name: 'Save changes' }).click();
    await page.waitForURL(/\/tickets\/[0-9a-f]{24}(\?|$)/);
    const { data } = await seller.api('GET', `/api/tickets/${ticket.id}`);
    expect(data).toMatchObject({ ...fields, price: ticket.price });
    // A new listing begins with the zone of the browser, by its current name.
    await page.goto('/tickets/new');
    const zone = page.getByLabel('Venue time zone');
    const guessed = scripts ? 'Europe/Kyiv' : 'UTC';
    expect(
      await poll(
        () => zone.inputValue(),
        (value) => value === guessed,
      ),
    ).toBe(guessed);
    expect(complaints).toEqual([]);
  });

  it('brings the code, the file and the instructions of the seller to the buyer who has paid, and to nobody else', async () => {
    const code = `FOYER-${String(scripts)}-${Date.now()}`;
    const pdf = Buffer.from(`%PDF-1.7\n${code}\n%%EOF\n`);
    const ticket = await onSale({ title: 'La Traviata' });
    const selling = await opened({ scripts, as: seller });
    await selling.page.goto(`/tickets/${ticket.id}/delivery`);
    await selling.page.locator('#delivery-code').fill(code);
    await selling.page.locator('#delivery-instructions').fill('Entrance B.\nAsk for Kim.');
    await selling.page.getByRole('button', { name: 'Save' }).click();
    await selling.page.getByText('Saved.').waitFor();
    await selling.page
      .getByLabel('Add a file')
      .setInputFiles({ name: 'La Traviata – row F.pdf', mimeType: 'application/pdf', buffer: pdf });
    await selling.page.getByRole('button', { name: 'Add file' }).click();
    await selling.page.getByRole('link', { name: 'La Traviata – row F.pdf' }).waitFor();
    await selling.page
      .getByLabel('Add a file')
      .setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('not a ticket') });
    await selling.page.getByRole('button', { name: 'Add file' }).click();
    await selling.page.getByText('This kind of file isn’t supported.').waitFor();

    const buyer = await signUp(stack.url, 'buyer');
    const order = await buy(buyer, ticket);
    const buying = await opened({ scripts, as: buyer });
    await buying.page.goto(`/orders/${order.id}`);
    const barcode = buying.page.getByAltText('QR code of the code below');
    await barcode.waitFor();
    expect(await readBarcode(await barcode.screenshot())).toEqual([['QRCode', code]]);
    expect(await text(buying.page)).toContain(code);
    expect(await text(buying.page)).toContain('Entrance B.');
    const address = await buying.page.getByRole('link', { name: 'La Traviata – row F.pdf' }).getAttribute('href');
    const file = await buying.page.request.get(address ?? '');
    expect(await file.body()).toEqual(pdf);
    expect(file.headers()['content-disposition']).toMatch(/^attachment/);
    expect(file.headers()['x-content-type-options']).toBe('nosniff');
    const calendar = await buying.page.request.get(
      (await buying.page.getByRole('link', { name: 'Add to calendar' }).getAttribute('href')) ?? '',
    );
    expect(await calendar.text()).toContain('SUMMARY:La Traviata');

    const stranger = await opened({ scripts, as: await signUp(stack.url, 'stranger') });
    expect((await stranger.page.request.get(address ?? '')).status()).toBe(404);
    expect((await stranger.page.request.get(`/orders/${order.id}/calendar.ics`)).status()).toBe(404);
    expect((await stranger.page.goto(`/tickets/${ticket.id}/delivery`))?.status()).toBe(404);
    await stranger.page.goto(`/tickets/${ticket.id}`);
    expect(await stranger.page.content()).not.toContain(code);
    expect([...selling.complaints, ...buying.complaints, ...stranger.complaints]).toEqual([]);
  });

  it("shows a seller that a ticket on hold can't be edited, and the earnings", async () => {
    const owner = await signUp(stack.url, 'owner');
    const held = await onSale({ title: 'Held' }, owner);
    const sold = await onSale({ title: 'Sold', price: { amount: 4500, currency: 'jpy' } }, owner);
    const buyer = await signUp(stack.url, 'buyer');
    await hold(buyer, held);
    await buy(buyer, sold);
    const { page, complaints } = await opened({ scripts, as: owner });
    await page.goto(`/tickets/${held.id}/edit`);
    expect(await text(page)).toContain('A buyer has this ticket on hold.');
    await page.goto('/sell');
    expect(await page.locator('.sums').innerText()).toContain('¥4,500');
    expect(await page.locator('.ledger').innerText()).toMatch(/On hold until \d\d:\d\d/);
    expect(complaints).toEqual([]);
  });

  it('signs in and out, returns to the page before, and shows what is wrong', async () => {
    const person = await signUp(stack.url, 'regular');
    const { page, complaints } = await opened({ scripts });
    await page.goto('/orders');
    await page.waitForURL(/\/auth\/signin\?next=%2Forders/);
    await page.getByLabel('Email address').fill(person.email);
    await page.getByLabel('Password').fill('not the password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.locator('.notice-bad').waitFor();
    expect(await page.getByLabel('Email address').inputValue()).toBe(person.email);
    await page.getByLabel('Password').fill(person.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(/\/orders$/);
    expect(await heading(page)).toBe('My orders');
    // The cookie is unchanged, so the API accepts it.
    const current = await page.request.get('/api/users/currentuser');
    expect(await current.json()).toMatchObject({ currentUser: { email: person.email } });

    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('link', { name: 'Sign in' }).waitFor();
    expect(await (await page.request.get('/api/users/currentuser')).json()).toEqual({ currentUser: null });
    expect(complaints).toEqual([]);
  });

  it('keeps search, filters, sort order and page in the address', async () => {
    // A cluster may have tickets of an earlier run.
    const word = `Zither${Date.now().toString(36)}`;
    const many = scripts ? 26 : 25;
    for (let index = 1; index <= many; index++)
      await listTicket(seller, { title: `${word} night ${index}`, price: { amount: index * 100, currency: 'usd' } });
    const { page, complaints } = await opened({ scripts });
    await page.goto(`/?q=${word}&currency=usd&sort=price`);
    expect(await page.locator('.ticket-list h3').first().innerText()).toBe(`${word} night 1`);
    await page.getByRole('link', { name: 'Next page' }).click();
    await page.waitForURL(/cursor=/);
    await page.getByRole('heading', { name: 'More tickets' }).waitFor();
    expect(await page.locator('.ticket-list > li').count()).toBe(many - 24);
    await page.getByLabel('Min. price').fill('$20');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.waitForURL(/min=%2420/);
    await poll(
      () => page.locator('.ticket-list > li').count(),
      (count) => count === many - 19,
    );
    expect(await page.locator('.ticket-list > li').count()).toBe(many - 19);
    await page.goto(`/?q=${word}+nowhere`);
    expect(await text(page)).toContain(`No tickets match “${word} nowhere”`);
    expect(complaints).toEqual([]);
  });
});

describe('with scripts', () => {
  it('shows a ticket that is listed while a search has no results', async () => {
    const word = 'Zanzibar';
    const { page, complaints } = await opened();
    await page.goto(`/?q=${word}`);
    await page.getByRole('heading', { name: `No tickets match “${word}”` }).waitFor();
    await page.evaluate('window.stillHere = true');
    const { title } = await onSale({ title: `${word} nights` });
    await page.getByRole('link', { name: title }).waitFor();
    expect(await page.evaluate('window.stillHere')).toBe(true);
    expect(complaints).toEqual([]);
  });

  it('goes from the ticket to the receipt without a full page load', async () => {
    const ticket = await onSale({ title: 'Late show' });
    const { page, complaints } = await opened({ as: await signUp(stack.url, 'buyer') });
    await page.goto('/');
    await page.evaluate('window.stillHere = true');
    await page.getByRole('link', { name: ticket.title }).first().click();
    await page.waitForURL(/\/tickets\//);
    await pressHold(page);
    await page.getByRole('button', { name: /^Pay/ }).click();
    await page.getByRole('heading', { name: 'Receipt' }).waitFor();
    expect(await page.evaluate('window.stillHere')).toBe(true);
    expect(complaints).toEqual([]);
  });

  it("counts down by the server's time despite a wrong clock in the browser, and announces the last minutes", async () => {
    const ticket = await onSale({ title: 'Clockwork' });
    const buyer = await signUp(stack.url, 'buyer');
    const order = await hold(buyer, ticket);
    const { page, complaints } = await opened({ as: buyer });
    await page.clock.install({ time: new Date('2031-05-05T12:00:00Z') });
    await page.goto(`/orders/${order.id}`);
    const timer = page.getByRole('timer');
    const first = await timer.innerText();
    expect(first).toMatch(/^1[0-5]:\d\d$/);
    // The countdown runs once its script does; a jump of the clock before that would have no effect.
    await poll(
      () => timer.innerText(),
      (now) => now !== first,
    );
    await page.clock.fastForward('10:05');
    await page.getByText('5 minutes left to pay.').waitFor({ state: 'attached' });
    expect(complaints).toEqual([]);
  });

  it('gives the ticket to one of two simultaneous buyers, and shows the other that it is on hold', async () => {
    const ticket = await onSale({ title: 'Cup final' });
    const two = await Promise.all(
      ['one', 'two'].map(async (name) => opened({ as: await signUp(stack.url, `buyer-${name}`) })),
    );
    await Promise.all(two.map(({ page }) => page.goto(`/tickets/${ticket.id}`)));
    // Nothing is sent before both have pressed: the page of a buyer who is late would have no button any more.
    const pressed = Promise.withResolvers<undefined>();
    for (const { page } of two)
      await page.route(`**/tickets/${ticket.id}`, async (route) => {
        await pressed.promise;
        await route.continue();
      });
    const press = (page: Page) =>
      page.getByRole('button', { name: 'Hold for 15 minutes' }).click({ noWaitAfter: true });
    await Promise.all(two.map(({ page }) => press(page)));
    pressed.resolve(undefined);
    const headings = (page: Page) =>
      Promise.all(
        ['Payment', 'On hold'].map(async (name) =>
          (await page.getByRole('heading', { name, exact: true }).isVisible()) ? [name] : [],
        ),
      );
    const ends = await poll(
      async () => (await Promise.all(two.map(({ page }) => headings(page)))).flat(2).sort(),
      (shown) => shown.length === 2 && shown[0] !== shown[1],
    );
    expect(ends).toEqual(['On hold', 'Payment']);
    expect(two.flatMap(({ complaints }) => complaints)).toEqual([]);
  });

  it('asks a buyer to confirm when the price has changed since the page was shown', async () => {
    const ticket = await onSale({ title: 'Ice hockey' });
    const { page, complaints } = await opened({ as: await signUp(stack.url, 'buyer') });
    await page.goto(`/tickets/${ticket.id}`);
    const price = { amount: 7000, currency: 'gbp' };
    await seller.api('PUT', `/api/tickets/${ticket.id}`, { title: 'Ice hockey', price });
    await untilOffered(ticket, ({ price: offered }) => offered?.amount === 7000);
    const press = async () => {
      await page.getByRole('button', { name: 'Hold for 15 minutes' }).click();
      await page.locator('.notice-bad, #stage').first().waitFor();
      return text(page);
    };
    expect(await press()).toContain('it is £70 now');
    expect(await page.locator('.price').first().innerText()).toBe('£70');
    // The refusal has the focus, so that screen readers announce it.
    const focused = await poll(
      () => page.evaluate<string>('document.activeElement.className'),
      (className) => className.includes('notice-bad'),
    );
    expect(focused).toContain('notice-bad');
    await pressHold(page);
    expect(complaints).toEqual([]);
  });

  it("shows neither another user's order nor the edit page of their ticket", async () => {
    const ticket = await onSale({ title: 'Not yours' });
    const order: Order = await hold(await signUp(stack.url, 'owner'), ticket);
    const { page } = await opened({ as: await signUp(stack.url, 'stranger') });
    for (const path of [`/orders/${order.id}`, `/tickets/${ticket.id}/edit`]) {
      expect((await page.goto(path))?.status()).toBe(404);
      expect(await heading(page)).toBe('Page not found');
    }
    const { page: guest } = await opened();
    await guest.goto(`/orders/${order.id}`);
    expect(guest.url()).toContain(`/auth/signin?next=%2Forders%2F${order.id}`);
  });

  it('shows a title that looks like a script as text', async () => {
    const title = '<script>alert(1)</script><img src=x onerror=alert(2)>';
    const ticket = await onSale({ title, notes: title, venue: title });
    const buyer = await signUp(stack.url, 'buyer');
    const order = await hold(buyer, ticket);
    const { page, complaints } = await opened({ as: buyer });
    let alerts = 0;
    page.on('dialog', (dialog) => {
      alerts += 1;
      void dialog.dismiss();
    });
    await page.goto('/');
    expect(await page.locator('.ticket-list').innerText()).not.toContain('undefined');
    for (const path of [`/tickets/${ticket.id}`, `/orders/${order.id}`]) {
      await page.goto(path);
      expect(await heading(page)).toBe(title);
    }
    await page.goto('/?q=%3Cscript%3Ealert(1)%3C/script%3E');
    expect(alerts).toBe(0);
    expect(complaints).toEqual([]);
  });

  it('can be used with the keyboard alone, with the focus always visible', async () => {
    const ticket = await onSale({ title: 'Keys only' });
    const buyer = await signUp(stack.url, 'buyer');
    const { page, complaints } = await opened();

    /** Presses Tab until the wanted element has the focus. Throws at the end of the page. */
    const tabTo = async (wanted: RegExp) => {
      for (let steps = 0; steps < 60; steps++) {
        await page.keyboard.press('Tab');
        const { name, ring } = await page.evaluate<{ name: string; ring: string }>(`(() => {
          const at = document.activeElement;
          const shown = at.closest('.ticket-lift, .card-choice') ?? at;
          const ring = [at, shown].some((one) => getComputedStyle(one).outlineStyle !== 'none');
          const label = at.labels?.[0]?.innerText ?? '';
          return { name: (label + ' ' + (at.innerText ?? '') + ' ' + (at.ariaLabel ?? '')).trim(), ring: String(ring) };
        })()`);
        if (name !== '') expect(`${name}: ${ring}`).toBe(`${name}: true`);
        if (wanted.test(name)) return;
      }
      throw new Error(`${String(wanted)} never got the focus.`);
    };

    await page.goto('/');
    await tabTo(/^Search/);
    await page.keyboard.type('Keys only');
    await page.keyboard.press('Enter');
    await page.waitForURL(/q=Keys/);
    await page.getByRole('heading', { name: 'Tickets for “Keys only”' }).waitFor();
    await tabTo(/^Keys only$/);
    await page.keyboard.press('Enter');
    await page.waitForURL(new RegExp(ticket.id));
    await page.getByRole('heading', { name: 'Buy this ticket' }).waitFor();
    await tabTo(/^Hold for/);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/auth\/signin/);
    await page.getByLabel('Email address').waitFor();
    await tabTo(/^Email/);
    await page.keyboard.type(buyer.email);
    await tabTo(/^Password/);
    await page.keyboard.type(buyer.password);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Payment', exact: true }).waitFor();
    await tabTo(/^Visa \(succeeds\)/);
    await page.keyboard.press('ArrowDown');
    await tabTo(/^Pay £/);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Receipt' }).waitFor();
    // The focused part is gone; the focus is on the heading of the new one.
    await poll(
      () => page.evaluate<string>('document.activeElement.id'),
      (id) => id === 'stage',
    );
    expect(await page.evaluate('document.activeElement.id')).toBe('stage');
    expect(complaints).toEqual([]);
  });
});
