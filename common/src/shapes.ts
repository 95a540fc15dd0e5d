import { z } from 'zod';
import { CURRENCIES, MAX_AMOUNT, priceProblem } from './currencies.ts';

export { CURRENCIES, MAX_AMOUNT, currencyOf, priceProblem } from './currencies.ts';
export type { Currency, CurrencyCode } from './currencies.ts';

// Each field is declared once, here. Its shape validates requests, events and stored documents, describes the API, and gives the
// client its types. Browsers load this file too, so it imports nothing but zod and the currencies.

/** A condition on a value, with the code and the message of the problem when it does not hold. */
export interface Rule<T> {
  holds: (value: T) => boolean;
  code: string;
  message: string;
}

/**
 * Creates a shape from rules, the first of which checks the type. A value's problem is the first rule that it breaks. `json`
 * describes the shape in JSON Schema.
 */
export function ruled<T>(json: object, ...rules: [Rule<unknown>, ...Rule<T>[]]) {
  const codes = [...new Set(rules.map(({ code }) => code))];
  return z
    .custom<T>()
    .superRefine((value, context) => {
      const broken = rules.find(({ holds }) => !holds(value));
      if (broken) context.addIssue({ code: 'custom', message: broken.message, params: { code: broken.code } });
    })
    .meta({ ...json, 'x-error-codes': codes });
}

const isText = (value: unknown): boolean => typeof value === 'string';

/** An object with these fields and no others. */
export const fields = <S extends z.ZodRawShape>(shape: S) =>
  z.strictObject(shape, { error: `must be an object with ${Object.keys(shape).join(' and ')}.` });

/** The first problem of a value that was sent as `field`, or undefined when it is valid. */
export function problemOf(field: string, shape: z.ZodType, value: unknown): Problem | undefined {
  const issues = shape.safeParse(value, { reportInput: true }).error?.issues ?? [];
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  if (issue === undefined) return undefined;
  const path = [field, ...issue.path].join('.');
  if (issue.code === 'unrecognized_keys') return unknownField(`${path}.${issue.keys[0] ?? ''}`);
  if (issue.path.length > 0 && issue.input == null) return missingField(path);
  if (issue.code === 'custom') return { code: String(issue.params?.['code']), message: issue.message, field: path };
  return { code: 'invalid-type', message: `${path} ${issue.message}`, field: path };
}

/** The problem of a required field that is missing. */
export const missingField = (field: string): Problem => ({
  code: 'required',
  message: `${field} is required.`,
  field,
});

/** The problem of a field that the shape does not have. */
export const unknownField = (field: string): Problem => ({
  code: 'unknown-field',
  message: `${field} is not a known field.`,
  field,
});

// Embeddings, overrides and isolates: invisible, and they reverse the text around them.
const DIRECTIONS = /[\u202a-\u202e\u2066-\u2069]/g;

/** Text as it is stored: line ends as LF, tabs as spaces, composed Unicode (NFC), without invisible controls of the direction. */
const tidy = (value: string): string =>
  value
    .replace(/\r\n?|[\u0085\u2028\u2029]/g, '\n')
    .replaceAll('\t', ' ')
    .replace(DIRECTIONS, '')
    .normalize('NFC')
    .trim();

/**
 * What is no white space, control, mark without a letter, or other character that is not drawn. By code: the place of an object in a
 * text, the braille pattern without dots, blank hieroglyphs and the note without a head. Noncharacters have no meaning in a text.
 */
const VISIBLE =
  /[^\s\p{Z}\p{Cc}\p{Cf}\p{M}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\ufffc\u2800\u{13441}\u{13442}\u{1d159}]/u;

/**
 * Text of `min` to `max` characters (Unicode code points) as it is stored, at least one of them visible if `min` is 1, without
 * control characters or broken Unicode.
 */
export function text({ min = 1, max, lines = false }: { min?: number; max: number; lines?: boolean }) {
  const forbidden = lines ? /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/ : /[\u0000-\u001f\u007f-\u009f]/;
  const lengthOf = (value: string) => Array.from(tidy(value)).length;
  return ruled<string>(
    { type: 'string', maxLength: max, ...(min > 0 && { minLength: min, pattern: '\\S' }) },
    { holds: isText, code: 'invalid-type', message: 'This must be text.' },
    {
      holds: (value) => value.isWellFormed() && !forbidden.test(tidy(value)),
      code: 'invalid-characters',
      message: 'This has characters that can not be stored.',
    },
    ...(min > 0
      ? [
          {
            holds: (value: string) => lengthOf(value) >= min && VISIBLE.test(tidy(value)),
            code: min === 1 ? 'empty' : 'too-short',
            message: `This must have at least ${min} visible character${min === 1 ? '' : 's'}.`,
          },
        ]
      : []),
    {
      holds: (value) => lengthOf(value) <= max,
      code: 'too-long',
      message: `This may have ${max} characters at most.`,
    },
  );
}

/** Text that is stored tidy, without surrounding white space. */
export const trimmed = (shape: z.ZodType<string, string>) => shape.transform(tidy).pipe(z.string());

/** Text that matches a pattern; `what` names the form in the message. */
export const matching = (pattern: RegExp, what: string) =>
  formed<string>((value) => pattern.test(value), what, { pattern: pattern.source });

/** One of these words. */
export const choice = <Word extends string>(words: readonly Word[]) =>
  formed<Word>((value) => words.includes(value), `one of ${words.join(', ')}`, { enum: words });

const formed = <T extends string>(holds: (value: T) => boolean, what: string, json: object) =>
  ruled<T>(
    { type: 'string', ...json },
    { holds: isText, code: 'invalid-type', message: `This must be ${what}.` },
    { holds, code: 'invalid-format', message: `This must be ${what}.` },
  );

/** A whole number in a query, such as `limit=20`. */
export const integerText = ({ min, max }: { min: number; max: number }) =>
  ruled<string>(
    { type: 'integer', minimum: min, maximum: max },
    {
      holds: (value) =>
        typeof value === 'string' && /^\d{1,15}$/.test(value) && Number(value) >= min && Number(value) <= max,
      code: 'invalid-integer',
      message: `This must be a whole number from ${min} to ${max}.`,
    },
  )
    .transform(Number)
    .pipe(z.int());

/** The id of any document. Requests use the stricter `ticketId` and `orderId`. */
export const id = z.string().min(1).max(100);
export const version = z.int().min(0);
export const ticketId = matching(/^[0-9a-f]{24}$/, 'a ticket id of 24 hexadecimal digits');
export const orderId = matching(
  /^[0-9a-f]{24}-[1-9][0-9]{0,8}$/,
  'an order id, such as 24 hexadecimal digits, a hyphen and a number',
);

const INSTANT =
  /^(\d{4})-(\d{2})-(\d{2})T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,3})?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
// The domain in ASCII.
const EMAIL = /^[^\s\p{C}@"(),:;<>[\\\]]{1,64}@(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/u;
const TEN_YEARS_MS = 10 * 365.25 * 24 * 3600 * 1000;

/** Rejects a day that the month does not have, which Date would carry over to the next month. */
function isInstant(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  const [, year, month, day] = INSTANT.exec(value) ?? [];
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
}

/** An instant as it is stored and as the API returns it: ISO 8601 in UTC. */
export const instant = z.iso.datetime();

/** An instant with its offset, stored in UTC, that also meets these rules. */
const instantInput = (...rules: Rule<string>[]) =>
  ruled<string>(
    { type: 'string', format: 'date-time', pattern: INSTANT.source },
    {
      holds: isInstant,
      code: 'invalid-instant',
      message: 'This must be a date and time with its offset, such as 2027-05-01T20:00:00Z.',
    },
    ...rules,
  )
    .transform((value) => new Date(value).toISOString())
    .pipe(instant);

/** The years that a query may name; no event is listed for any other. */
const QUERIED = /^20\d\d-/;

/** An instant in a query. */
export const queryInstant = instantInput({
  holds: (value) => QUERIED.test(new Date(value).toISOString()),
  code: 'out-of-range',
  message: 'This must be a time in the years 2000 to 2099.',
});

/** A day of the calendar, such as 2031-06-01. */
export const day = z.iso.date();

/** A day in a query. */
export const queryDay = formed<string>(
  (value) => QUERIED.test(value) && day.safeParse(value).success,
  'a day in the years 2000 to 2099, such as 2031-06-01',
  { format: 'date' },
);

/** The start of an event: in the future by the given clock, and within ten years. */
function futureInstant(now: () => Date) {
  const ahead = (value: string) => new Date(value).getTime() - now().getTime();
  return instantInput(
    { holds: (value) => ahead(value) > 0, code: 'in-the-past', message: 'The event must start in the future.' },
    {
      holds: (value) => ahead(value) <= TEN_YEARS_MS,
      code: 'too-far',
      message: 'The event must start within ten years.',
    },
  );
}

/** Accepts the name of a zone. Rejects a bare offset, which Intl accepts too: it does not follow summer time. */
function isTimeZone(value: unknown): boolean {
  if (typeof value !== 'string' || value.length > 64 || !/^[A-Za-z]/.test(value)) return false;
  try {
    Intl.DateTimeFormat('en', { timeZone: value });
    return true;
  } catch {
    return false;
  }
}

/**
 * The one spelling of an e-mail address: composed Unicode (NFC), lower case, the domain in ASCII (punycode). Undefined when it is
 * not an address.
 */
function canonicalEmail(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const address = value.trim().normalize('NFC').toLowerCase().normalize('NFC');
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  if (at < 1) return undefined;
  // URL ends a host at other characters instead of refusing them.
  if (!/^[\p{L}\p{M}\p{N}.-]+$/u.test(domain) || !URL.canParse(`http://${domain}`)) return undefined;
  const canonical = `${address.slice(0, at)}@${new URL(`http://${domain}`).hostname}`;
  return EMAIL.test(canonical) && !/@[\d.]+$/.test(canonical) ? canonical : undefined;
}

/** An e-mail address, stored in one spelling, so that a mailbox is one account. */
export const email = formed<string>((value) => canonicalEmail(value) !== undefined, 'an e-mail address', {
  format: 'email',
  maxLength: 318,
})
  .transform((value) => canonicalEmail(value) ?? value)
  .pipe(z.string());

const lengthOfPassword = (value: string) => Array.from(value).length;

/** A password. `rules` are additional rules for a new one, which the password at a sign-in need not pass. */
export const passwordWith = (...rules: Rule<string>[]) =>
  ruled<string>(
    { type: 'string', minLength: 8, maxLength: 128 },
    { holds: isText, code: 'invalid-type', message: 'Password must be text.' },
    {
      holds: (value) => value.isWellFormed() && !value.includes('\0'),
      code: 'invalid-characters',
      message: 'Password has characters that can not be stored.',
    },
    {
      holds: (value) => lengthOfPassword(value) >= 8,
      code: 'too-short',
      message: 'Password must be at least 8 characters.',
    },
    {
      holds: (value) => lengthOfPassword(value) <= 128,
      code: 'too-long',
      message: 'Password must be 128 characters or fewer.',
    },
    ...rules,
  );

const timeZone = ruled<string>(
  { type: 'string', maxLength: 64, pattern: '^[A-Za-z]', examples: ['Europe/Berlin'] },
  { holds: isTimeZone, code: 'unknown-time-zone', message: 'This must be a time zone such as Europe/Berlin.' },
).pipe(z.string());

const known = new Set<unknown>(CURRENCIES);

/** An integer amount in minor units (cents; yen for jpy) and a lower-case ISO 4217 code. */
export const money = z
  .object({ amount: z.int().positive(), currency: z.string().regex(/^[a-z]{3}$/) })
  .meta({ id: 'Money' });
export type Money = z.output<typeof money>;

const amountInput = (...rules: Rule<number>[]) =>
  ruled<number>(
    { type: 'integer', minimum: 1, maximum: MAX_AMOUNT },
    {
      holds: (value) => typeof value === 'number',
      code: 'invalid-type',
      message: 'The amount must be a number of minor units, such as cents.',
    },
    {
      holds: Number.isSafeInteger,
      code: 'not-an-integer',
      message: 'The amount must be a whole number of minor units, such as cents.',
    },
    ...rules,
  );

const currencyInput = ruled<string>(
  { type: 'string', enum: CURRENCIES },
  { holds: isText, code: 'invalid-type', message: 'The currency must be text.' },
  {
    holds: (value) => known.has(value),
    code: 'unknown-currency',
    message: 'The currency must be a lower-case ISO 4217 code that we trade in, such as usd.',
  },
);

/** Money in a request, in a supported currency. */
export const moneyInput = fields({
  amount: amountInput({
    holds: (value) => value >= 1 && value <= MAX_AMOUNT,
    code: 'out-of-range',
    message: `The amount must be from 1 to ${MAX_AMOUNT} minor units.`,
  }),
  currency: currencyInput,
}).pipe(money);

/** The price of a listing: an amount that the payment provider accepts in its currency, whose limits the problem has in that currency. */
export const priceInput = fields({ amount: amountInput(), currency: currencyInput })
  .superRefine((value, context) => {
    const found = priceProblem(value);
    if (found)
      context.addIssue({ code: 'custom', message: found.message, path: ['amount'], params: { code: found.code } });
  })
  .meta({ 'x-error-codes': ['out-of-range', 'not-a-multiple'] })
  .pipe(money);

/** The version of a document that a caller has seen. */
export const seenVersion = ruled<number>(
  { type: 'integer', minimum: 0 },
  {
    holds: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
    code: 'invalid-integer',
    message: 'This must be a version that the API has returned.',
  },
);

/** The kinds of events, for the search and the filters of the list. */
export const CATEGORIES = ['concert', 'festival', 'theatre', 'comedy', 'sport', 'family', 'other'] as const;
export type Category = (typeof CATEGORIES)[number];

const line = (max: number) => trimmed(text({ max })).optional();

/** The fields of a ticket that the seller enters, each declared once with all its rules. `now` decides whether the start is in the future. */
export const listingInput = (now: () => Date = () => new Date()) =>
  z.strictObject({
    title: trimmed(text({ max: 120 })),
    // Stored and published as any text, so that a category can be added while older instances run.
    category: choice<string>(CATEGORIES).pipe(z.string()).optional(),
    price: priceInput,
    /** The price that is printed on the ticket, in the currency of its price. */
    faceValue: moneyInput.optional(),
    venue: line(120),
    city: line(80),
    startsAt: futureInstant(now).optional(),
    timeZone: timeZone.optional(),
    section: line(40),
    row: line(40),
    seat: line(40),
    /** What limits the entry or the view: "restricted view", "over 18 only". */
    restrictions: line(200),
    notes: trimmed(text({ max: 1000, lines: true })).optional(),
  });

/** The shape of a stored field. It has no input rules: these may change, and values accepted under former rules stay valid. */
type StoredField<F> =
  F extends z.ZodOptional<infer Inner>
    ? z.ZodOptional<StoredField<Inner> extends z.ZodType ? StoredField<Inner> : never>
    : F extends z.ZodPipe<z.core.SomeType, infer Out>
      ? Out
      : never;

function storedField(field: z.ZodType): z.ZodType {
  if (field instanceof z.ZodOptional) return storedField(field.unwrap() as z.ZodType).optional();
  if (field instanceof z.ZodPipe) return field.out as z.ZodType;
  throw new Error('an input field must be piped into its stored shape');
}

type InputFields = ReturnType<typeof listingInput>['shape'];

/** The fields that the seller entered, as they are stored, published and returned. */
export const listingShape = z.object(
  Object.fromEntries(Object.entries(listingInput().shape).map(([name, field]) => [name, storedField(field)])) as {
    [Name in keyof InputFields]: StoredField<InputFields[Name]>;
  },
);
export type Listing = z.output<typeof listingShape>;

/**
 * The listing as the buyer saw it, which the order keeps: a ticket is held only while its offer is unchanged. `hasDelivery`: the
 * buyer gets the ticket itself here; absent where it was not promised.
 */
export const offerShape = listingShape.extend({ hasDelivery: z.boolean().optional() }).meta({ id: 'Offer' });
export type Offer = z.output<typeof offerShape>;

function pick<T extends object>(shape: z.ZodObject): (whole: T) => T {
  const names = Object.keys(shape.shape) as (keyof T)[];
  return (whole) => Object.fromEntries(names.map((name) => [name, whole[name]])) as T;
}

/** Picks every field of a listing and nothing else. An absent field is undefined, so that it replaces a former value. */
export const pickListing = pick<Listing>(listingShape);

const offerFields = pick<Offer>(offerShape);

/** Picks every field of an offer and nothing else. An absent field is undefined, so that it replaces a former value. */
export const pickOffer = (whole: Offer): Offer => ({
  ...offerFields(whole),
  // What is not promised is always absent, so that equal offers have equal tags.
  hasDelivery: whole.hasDelivery === true ? true : undefined,
});

/** Whether two amounts of money are equal, currency included. */
export const sameMoney = (a: Money, b: Money): boolean => isSame(a, b);

/** Whether two tickets or offers have the same offer. */
export const sameOffer = (a: Offer, b: Offer): boolean => isSame(pickOffer(a), pickOffer(b));

/** The offer without the promise that the buyer gets the ticket itself here. */
export const withoutDelivery = (offer: Offer): Offer => ({ ...offer, hasDelivery: undefined });

/** Whether a ticket still offers what a buyer saw. It may offer the ticket itself in addition, which its seller has added since. */
export const stillOffers = (ticket: Offer, seen: Offer): boolean =>
  sameOffer(ticket, seen) || sameOffer(withoutDelivery(ticket), seen);

/** Whether two values are equal as JSON, in any order of their fields. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const [these, those] = [a as Record<string, unknown>, b as Record<string, unknown>];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => isSame(these[key], those[key]));
}

/** The tag of an offer in a request, as a ticket of the API has it. */
export const offerTagInput = matching(/^[\w-]{22}$/, 'the offerTag of a ticket');

export const ticketStatus = z.enum(['listed', 'held', 'sold', 'withdrawn']);
export const orderStatus = z.enum(['created', 'awaiting:payment', 'capturing', 'complete', 'cancelled']);
export const cancelReason = z.enum(['buyer', 'expired', 'ticket-changed', 'ticket-withdrawn', 'payment-failed']);
/** Why a ticket is refused to an order. */
export const refusalReason = cancelReason.extract(['ticket-changed', 'ticket-withdrawn']);
/** `authenticating`: the bank waits until the buyer confirms the payment there. */
export const paymentStatus = z.enum([
  ...['requested', 'authenticating', 'authorized', 'captured', 'voided', 'declined', 'failed'],
] as const);
/** The status in events, none of which is about a payment that waits for the buyer's bank. */
export const paymentOutcome = paymentStatus.exclude(['authenticating']);
export type TicketStatus = z.output<typeof ticketStatus>;
export type OrderStatus = z.output<typeof orderStatus>;
export type CancelReason = z.output<typeof cancelReason>;
export type RefusalReason = z.output<typeof refusalReason>;
export type PaymentStatus = z.output<typeof paymentStatus>;

/**
 * A ticket as the API returns it; `reservedUntil` is present while it is held, `isClosed` once its event has started. `hasDelivery`:
 * the buyer gets the ticket itself here. `offerTag`: changes with any part of the offer.
 */
export const ticketView = listingShape
  .extend({
    id,
    version,
    sellerId: id,
    status: ticketStatus,
    hasDelivery: z.boolean(),
    offerTag: z.string(),
    reservedUntil: instant.optional(),
    /** True once the event has started: the ticket can not be ordered any more. */
    isClosed: z.literal(true).optional(),
  })
  .meta({ id: 'Ticket' });
export type TicketView = z.output<typeof ticketView>;

/** What is announced of a ticket that has changed. */
export interface TicketChange {
  id: string;
  version: number;
  status: TicketStatus;
}

/** How a code is drawn for the scanner at the entrance. */
export const CODE_FORMATS = ['qr', 'code128', 'aztec', 'pdf417'] as const;
export type CodeFormat = (typeof CODE_FORMATS)[number];

/** The tag of a delivery without a code and instructions. */
export const NO_TEXT = 'none';

/** The code of a ticket and the seller's instructions. What is left out is removed; the format is `qr` by default. */
export const deliveryInput = z.strictObject({
  code: trimmed(text({ max: 500 })).optional(),
  codeFormat: choice(CODE_FORMATS).optional(),
  instructions: trimmed(text({ max: 1000, lines: true })).optional(),
  /** Nothing is replaced unless the delivery still has this `textTag`. */
  expectedText: matching(/^([0-9a-f]{24}|none)$/, 'the textTag of a delivery').optional(),
});
export type DeliveryInput = z.output<typeof deliveryInput>;

/** The kinds of files that a ticket may have, recognised by their content. */
export const FILE_TYPES = ['application/pdf', 'image/png', 'image/jpeg', 'application/vnd.apple.pkpass'] as const;
export type FileType = (typeof FILE_TYPES)[number];
export const MAX_FILES = 5;
/** 5 MB. */
export const MAX_FILE_BYTES = 5 * 1024 * 1024;

/** A file of a ticket. */
export const deliveryFile = z
  .object({ id, name: z.string(), type: z.enum(FILE_TYPES), size: z.int().positive() })
  .meta({ id: 'DeliveryFile' });
export type DeliveryFile = z.output<typeof deliveryFile>;

/** The ticket itself: what its buyer shows at the entrance. `textTag`: another one whenever the code or the instructions were saved. */
export const deliveryView = z
  .object({
    code: z.string().nullable(),
    codeFormat: z.enum(CODE_FORMATS),
    instructions: z.string().nullable(),
    textTag: z.string(),
    files: z.array(deliveryFile),
  })
  .meta({ id: 'Delivery' });
export type DeliveryView = z.output<typeof deliveryView>;

/** What every view of an order has: in the store, in an event and in the API. */
export const orderShape = z.object({
  ticketId: id,
  /** A ticket's orders are numbered from 1: order n may exist only when order n-1 has ended. */
  number: z.int().positive(),
  userId: id,
  status: orderStatus,
  reason: cancelReason.optional(),
  expiresAt: instant,
});

/** An order as the API returns it: `ticket` is what the buyer saw, and pages count down from `expiresAt` minus `serverNow`. */
export const orderView = z
  .object({
    id,
    version,
    ...orderShape.shape,
    ticket: offerShape.extend({ id }),
    createdAt: instant,
    serverNow: instant,
  })
  .meta({ id: 'Order' });
export type OrderView = z.output<typeof orderView>;

/** An entry of an order's history: a status and when it began. */
export const moment = z.object({ status: orderStatus, at: instant, reason: cancelReason.optional() });
export type Moment = z.output<typeof moment>;

/** An order with its history. */
export const orderWithHistory = orderView.extend({ history: z.array(moment) }).meta({ id: 'OrderWithHistory' });
export type OrderWithHistory = z.output<typeof orderWithHistory>;

/** One attempt of a buyer to pay. */
export const attempt = z.object({
  number: z.int().positive(),
  status: paymentStatus.extract(['requested', 'authenticating', 'authorized', 'declined']),
  at: instant,
  declineCode: z.string().optional(),
});
export type AttemptView = z.output<typeof attempt>;

/** What a buyer recognises a card by; nothing else of it is ever stored. */
export const card = z
  .object({ brand: z.string().regex(/^[a-z_]{1,30}$/), last4: z.string().regex(/^\d{4}$/) })
  .meta({ id: 'Card' });
export type Card = z.output<typeof card>;

/** A payment as the API returns it; `card` once the money is captured, where the payment provider tells it. */
export const paymentView = z
  .object({
    orderId: id,
    version,
    status: paymentStatus,
    ...money.shape,
    card: card.optional(),
    attempts: z.array(attempt),
  })
  .meta({ id: 'Payment' });
export type PaymentView = z.output<typeof paymentView>;

/** The user of the session. `confirmed`: mail to the address arrives; as of when the token was made. */
export const currentUser = z
  .object({ id, email: z.string(), confirmed: z.literal(true).optional() })
  .meta({ id: 'User' });
export type CurrentUser = z.output<typeof currentUser>;

/** A user's own account. */
export const accountView = z
  .object({
    ...{ id, email: z.string() },
    /** Whether its owner has opened a link that was mailed to the address. */
    confirmed: z.boolean(),
    createdAt: instant,
  })
  .meta({ id: 'Account' });
export type AccountView = z.output<typeof accountView>;

export const currentUserView = z.object({ currentUser: currentUser.nullable() });
export type CurrentUserView = z.output<typeof currentUserView>;

/** A browser in which the user is signed in. `usedAt`: to the hour. `endsAt`: at the latest. `browser`: in words. */
export const sessionView = z
  .object({
    ...{ id, createdAt: instant, usedAt: instant, endsAt: instant },
    ...{ network: z.string(), browser: z.string(), isCurrent: z.boolean() },
  })
  .meta({ id: 'Session' });
export const sessionList = z.object({ sessions: z.array(sessionView) });
export type SessionList = z.output<typeof sessionList>;

/** A problem with a request: a stable kebab-case code, a sentence for people, and details that help to fix it. */
export const problem = z
  .looseObject({
    code: z.string(),
    message: z.string(),
    field: z.string().optional(),
    /** `ticket-reserved`: when the hold ends. */
    reservedUntil: instant.optional(),
    /** `too-many-holds`, `unconfirmed-holds` and `network-holds`: how many are allowed. */
    limit: z.int().optional(),
    /** `hold-paused` and `holds-paused`: when the buyer may hold the ticket, or any ticket, and in how many seconds. */
    availableAt: instant.optional(),
    retryAfter: z.int().optional(),
    /** `price-changed`: the current price. */
    price: money.optional(),
    /** `offer-changed`, and `price-changed` where a whole offer was expected: the current offer. */
    offer: offerShape.optional(),
    /** `ticket-changed`: the current ticket. */
    ticket: ticketView.optional(),
    /** `order-closed`: the status of the order. */
    status: orderStatus.optional(),
    /** `card-declined` and `payment-refused`: the reason that the bank or the provider gave. */
    declineCode: z.string().optional(),
    /** `authentication-required`: lets the browser authenticate the payment with the bank. */
    clientSecret: z.string().optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.output<typeof problem>;

/** The body of every response with a status of 400 or above. */
export const errorBody = z.object({ errors: z.array(problem).min(1) }).meta({ id: 'Errors' });
export type ErrorBody = z.output<typeof errorBody>;

/** The query of every list: the size of a page and the cursor where it starts. */
export const pageQuery = z.strictObject({
  limit: integerText({ min: 1, max: 100 }).optional(),
  cursor: text({ max: 500 }).optional(),
});
export const DEFAULT_LIMIT = 20;

/** A page of a list; `next` is the cursor of the next page, null on the last one. */
export const pageOf = <Name extends string, Item extends z.ZodType>(name: Name, item: Item) =>
  z.object({ [name]: z.array(item) } as Record<Name, z.ZodArray<Item>>).extend({ next: z.string().nullable() });

export const ticketPage = pageOf('tickets', ticketView);
export type TicketPage = z.output<typeof ticketPage>;

/** A page of the tickets on sale; `suggestion` is a similar search when this one finds nothing. */
export const ticketSearch = ticketPage.extend({ suggestion: z.string().optional() });
export type TicketSearch = z.output<typeof ticketSearch>;

export const orderPage = pageOf('orders', orderView);
export type OrderPage = z.output<typeof orderPage>;
