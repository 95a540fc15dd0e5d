import { setTimeout as sleep } from 'node:timers/promises';
import type { Listing } from '../../common/src/shapes.ts';

type Account = { role: string; email: string; password: string };
/** Accounts of the demo. Their passwords are public, which is fine for servers that only this machine can reach. */
export const demoAccounts: readonly Account[] = [
  { role: 'seller', email: 'demo-seller@example.com', password: 'front-row-seller' },
  { role: 'seller', email: 'demo-seller-2@example.com', password: 'second-row-seller' },
  { role: 'buyer', email: 'demo-buyer@example.com', password: 'standing-room-buyer' },
];

type Show = { venue: string; city: string; inDays: number; at: string; timeZone: string };
type Offer = {
  title: string;
  category?: string;
  price: [amount: number, currency: string];
  /** In the currency of the price. */
  faceValue?: number;
  event?: Show;
  /** Section, row and seat. */
  place?: [section: string, row?: string | undefined, seat?: string];
  restrictions?: string;
  notes?: string;
};

const event = (venue: string, city: string, inDays: number, at: string, timeZone: string): Show => ({
  venue,
  city,
  inDays,
  at,
  timeZone,
});

const hamlet = event('Old Wharf Theatre', 'London', 12, '19:30', 'Europe/London');
const folk = (inDays: number) => event('Glen Meadow', 'Inverness', inDays, '12:00', 'Europe/London');

/** The offers of each seller; amounts are in minor units. */
const shelves: readonly (readonly Offer[])[] = [
  [
    {
      ...{ title: 'Hamlet', category: 'theatre', event: hamlet, place: ['Stalls', 'F', '12'] },
      ...{ price: [6500, 'gbp'], faceValue: 6500 },
    },
    {
      ...{ title: 'Hamlet', category: 'theatre', event: hamlet, place: ['Stalls', 'F', '13'] },
      ...{ price: [6500, 'gbp'], faceValue: 6500 },
    },
    {
      ...{ title: 'The Magic Flute, premiere', category: 'theatre', price: [14_800, 'eur'], faceValue: 16_500 },
      event: event('Oper am Kanal', 'Berlin', 26, '18:00', 'Europe/Berlin'),
      place: ['Second balcony', '2', '31'],
      notes: 'Full view. Collect at the box office with the code.',
    },
    {
      ...{ title: 'Swan Lake', category: 'theatre', price: [11_200, 'eur'], faceValue: 12_000 },
      event: event('Théâtre des Quais', 'Paris', 33, '20:00', 'Europe/Paris'),
      place: ['Box 4', undefined, '2'],
      restrictions: 'Restricted view',
    },
    {
      ...{ title: 'Riverside Jazz Night', category: 'concert', price: [2800, 'usd'] },
      event: event('Pier 9', 'New York', 5, '21:00', 'America/New_York'),
      place: ['General admission'],
    },
    {
      ...{ title: 'Late show: stand-up marathon', category: 'comedy', price: [1900, 'usd'], faceValue: 2500 },
      event: event('The Basement', 'Chicago', 3, '22:30', 'America/Chicago'),
      place: ['General admission'],
      restrictions: 'Over 18 only',
      notes: 'Doors at 21:45.',
    },
    {
      ...{ title: 'Symphony No. 9', category: 'concert', price: [8800, 'chf'], faceValue: 9500 },
      event: event('Seehalle', 'Zürich', 40, '19:00', 'Europe/Zurich'),
      place: ['Choir balcony', '1', '8'],
    },
    {
      ...{ title: 'Cup final', category: 'sport', price: [7400, 'eur'], faceValue: 6000 },
      event: event('Estadio del Faro', 'Valencia', 61, '21:00', 'Europe/Madrid'),
      place: ['North stand, block 112', '21', '7'],
    },
    {
      ...{ title: 'Ice hockey: Harbour Bears v. Northern Lights', category: 'sport', price: [5250, 'cad'] },
      event: event('Dominion Arena', 'Toronto', 9, '19:00', 'America/Toronto'),
      place: ['318', '5', '14'],
    },
    {
      ...{ title: 'Taiko drums by the river', category: 'concert', price: [4500, 'jpy'] },
      event: event('Kamogawa Hall', 'Kyoto', 18, '18:30', 'Asia/Tokyo'),
    },
    {
      ...{ title: 'Half marathon, starting place', category: 'sport', price: [6000, 'eur'], faceValue: 7500 },
      event: event('Museumplein', 'Amsterdam', 150, '09:00', 'Europe/Amsterdam'),
      notes: 'The organiser changes the name until a week before the start.',
    },
    {
      ...{ title: 'City museums, pass for a year', category: 'other', price: [3900, 'eur'] },
      notes: 'Never used. Admits one.',
    },
  ],
  [
    {
      ...{ title: 'Open-air cinema: silent film with live piano', category: 'family', price: [1450, 'eur'] },
      event: event('Castle courtyard', 'Ljubljana', 8, '20:15', 'Europe/Ljubljana'),
    },
    {
      ...{ title: 'Folk festival, weekend pass', category: 'festival', price: [13_900, 'gbp'], event: folk(95) },
      restrictions: 'Under 16 only with an adult',
    },
    { title: 'Folk festival, second day only', category: 'festival', price: [6900, 'gbp'], event: folk(96) },
    {
      ...{ title: 'Chamber music in the greenhouse', category: 'concert', price: [32_000, 'sek'] },
      event: event('Palmhuset', 'Göteborg', 14, '17:00', 'Europe/Stockholm'),
    },
    {
      ...{ title: 'Improv theatre: you choose the plot', category: 'comedy', price: [2200, 'aud'], faceValue: 2600 },
      event: event('Laneway Playhouse', 'Melbourne', 6, '20:00', 'Australia/Melbourne'),
      place: ['Stalls', 'C', '9'],
    },
    {
      ...{ title: 'Tennis, day session', category: 'sport', price: [9500, 'usd'] },
      event: event('Palm Court Club', 'Miami', 47, '11:00', 'America/New_York'),
      place: ['Court 2, east side', '4', '17'],
    },
    {
      ...{ title: 'Science night: telescopes on the roof', category: 'family', price: [900, 'usd'], faceValue: 900 },
      event: event('Hilltop Observatory', 'Tucson', 21, '20:30', 'America/Phoenix'),
      notes: 'Moves to the day after if the sky is cloudy.',
    },
    {
      ...{ title: 'Samba school rehearsal', category: 'festival', price: [12_000, 'brl'] },
      event: event('Quadra da Ladeira', 'Rio de Janeiro', 30, '22:00', 'America/Sao_Paulo'),
      place: ['Grandstand'],
    },
    {
      ...{ title: 'Kathak recital', category: 'theatre', price: [150_000, 'inr'] },
      event: event('Lotus Auditorium', 'Mumbai', 16, '19:00', 'Asia/Kolkata'),
      place: ['Front block', 'A', '22'],
    },
    {
      ...{ title: 'Waltz night, table for two', category: 'other', price: [42_000, 'eur'] },
      event: event('Palais am Ring', 'Vienna', 54, '20:00', 'Europe/Vienna'),
      restrictions: 'Evening dress',
      notes: 'Midnight supper included.',
    },
    {
      ...{ title: 'Developer conference, one day', category: 'other', price: [25_000, 'usd'] },
      event: event('Mission Hall', 'San Francisco', 75, '09:00', 'America/Los_Angeles'),
    },
    { title: 'Voucher for any concert of the season', category: 'concert', price: [5000, 'gbp'] },
  ],
];

function listingOf(offer: Offer, now: Date): Listing {
  const { title, category, price, faceValue, event: show, place, restrictions, notes } = offer;
  const [amount, currency] = price;
  const [section, row, seat] = place ?? [];
  return {
    title,
    category,
    price: { amount, currency },
    ...(faceValue !== undefined && { faceValue: { amount: faceValue, currency } }),
    ...(show && {
      venue: show.venue,
      city: show.city,
      startsAt: instantOf(now, show.inDays, show.at, show.timeZone).toISOString(),
      timeZone: show.timeZone,
    }),
    ...{ section, row, seat, restrictions, notes },
  };
}

/** The instant at which clocks in a zone show `time` (HH:MM), `days` after today. */
export function instantOf(now: Date, days: number, time: string, timeZone: string): Date {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  const asUtc = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + days, hours, minutes);
  // Twice: the first guess may lie on the other side of a clock change.
  const guess = asUtc - offset(new Date(asUtc), timeZone);
  return new Date(asUtc - offset(new Date(guess), timeZone));
}

/** How far a zone's clocks are ahead of UTC at an instant, in milliseconds. */
function offset(at: Date, timeZone: string): number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  const name = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
  const [, sign = '+', hours = '0', minutes = '0'] = /GMT([+-])(\d+):(\d+)/.exec(name) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

/**
 * Fills an empty marketplace over HTTP: signs the demo accounts up, confirms their addresses by what the catcher at `mails` has caught,
 * if there is one, and lists their tickets. Does nothing when there are tickets already. Returns how many were listed; throws when a
 * request fails.
 */
export async function fillWithDemoData(
  url: string,
  { mails, now = new Date() }: { mails?: string | undefined; now?: Date } = {},
): Promise<number> {
  const { tickets } = (await call(url, 'GET', '/api/tickets')).body as { tickets: unknown[] };
  if (tickets.length > 0) return 0;
  let listed = 0;
  const unlisted = [...shelves];
  const sessions: { email: string; cookie: string }[] = [];
  for (const account of demoAccounts) {
    const cookie = await session(url, account);
    sessions.push({ email: account.email, cookie });
    const shelf = account.role === 'seller' ? (unlisted.shift() ?? []) : [];
    if (shelf.length === 0) continue;
    // A seller whose listings are all sold or withdrawn is not new.
    const mine = (await call(url, 'GET', '/api/tickets/mine', { cookie })).body as { tickets: unknown[] };
    if (mine.tickets.length > 0) continue;
    for (const offer of shelf) {
      await call(url, 'POST', '/api/tickets', { cookie, body: listingOf(offer, now) });
      listed++;
    }
  }
  if (mails !== undefined) for (const one of sessions) await confirm(url, mails, one);
  return listed;
}

/** Signs an account up, or in if it exists, and returns the session cookie. */
async function session(url: string, { email, password }: Account): Promise<string> {
  const body = { email, password };
  const signup = await call(url, 'POST', '/api/users/signup', { body, accept: [400, 409] });
  const { cookie } = signup.status < 300 ? signup : await call(url, 'POST', '/api/users/signin', { body });
  return cookie;
}

/** How long a mail may take. */
const MAIL_WITHIN_MS = 20_000;

/** Confirms the address of an account by a mailed link. Throws when no mail arrives. */
async function confirm(
  url: string,
  mails: string,
  { email, cookie }: { email: string; cookie: string },
): Promise<void> {
  const { confirmed } = (await call(url, 'GET', '/api/users/account', { cookie })).body as { confirmed: boolean };
  if (confirmed) return;
  await call(url, 'POST', '/api/users/confirmation', { cookie, body: {} });
  const end = Date.now() + MAIL_WITHIN_MS;
  while (Date.now() < end) {
    const caught = (await call(mails, 'GET', `/mails?to=${encodeURIComponent(email)}`)).body as {
      mails: { text: string }[];
    };
    // The latest first: a link ends the earlier ones.
    for (const { text } of caught.mails) {
      const token = /\/auth\/confirm\?token=([\w-]+)/.exec(text)?.[1];
      if (token === undefined) continue;
      const answer = await call(url, 'POST', '/api/users/confirm', { body: { token }, accept: [410] });
      if (answer.status === 200) return;
    }
    await sleep(200);
  }
  throw new Error(`no mail that confirms ${email} has arrived`);
}

type CallOptions = { cookie?: string; body?: unknown; accept?: number[] };
type Answer = { status: number; body: unknown; cookie: string };

/** Sends one request. Retries after 429 and 503; throws on other errors. */
async function call(
  url: string,
  method: string,
  path: string,
  { cookie, body, accept = [] }: CallOptions = {},
): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(cookie !== undefined && { cookie }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.ok || accept.includes(response.status)) {
      const pairs = response.headers.getSetCookie().map((line) => line.split(';', 1)[0]);
      return { status: response.status, body: text === '' ? undefined : JSON.parse(text), cookie: pairs.join('; ') };
    }
    const waitSeconds = Number(response.headers.get('retry-after') ?? NaN);
    if ((response.status !== 429 && response.status !== 503) || !(waitSeconds <= 60) || attempt === 5) {
      throw new Error(`${method} ${path} answered ${response.status}: ${text.slice(0, 300)}`);
    }
    await sleep(waitSeconds * 1000);
  }
}
