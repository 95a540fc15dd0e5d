import { z } from 'zod';

// Each field is declared here once. Its shape is the rule of the HTTP validation, part of the events, of the stored documents, of
// the API's description and of the client's types. Browsers use it too: it imports nothing but zod.

/** What a value must meet, and the code and the message of the problem of one that doesn't. */
export interface Rule<T> {
  holds: (value: T) => boolean;
  code: string;
  message: string;
}

/**
 * A shape by rules, of which the first is about the type; the first that a value breaks is its problem. `json` describes it in
 * JSON Schema.
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

/** The problem of a value that was sent as `field`, if there is one; of several the first. */
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

export const missingField = (field: string): Problem => ({
  code: 'required',
  message: `${field} is required.`,
  field,
});

export const unknownField = (field: string): Problem => ({
  code: 'unknown-field',
  message: `${field} is not a known field.`,
  field,
});

/** Text of `min` to `max` characters (Unicode code points), without control characters or broken Unicode. */
export function text({ min = 1, max, lines = false }: { min?: number; max: number; lines?: boolean }) {
  const forbidden = lines ? /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/ : /[\u0000-\u001f\u007f]/;
  const lengthOf = (value: string) => Array.from(value.trim()).length;
  return ruled<string>(
    { type: 'string', maxLength: max, ...(min > 0 && { minLength: min, pattern: '\\S' }) },
    { holds: isText, code: 'invalid-type', message: 'This must be text.' },
    {
      holds: (value) => value.isWellFormed() && !forbidden.test(value),
      code: 'invalid-characters',
      message: 'This has characters that can not be stored.',
    },
    ...(min > 0
      ? [
          {
            holds: (value: string) => lengthOf(value) >= min,
            code: min === 1 ? 'empty' : 'too-short',
            message: `This must have at least ${min} character${min === 1 ? '' : 's'}.`,
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

/** Text that is kept without white space around it. */
export const trimmed = (shape: z.ZodType<string, string>) => shape.transform((value) => value.trim()).pipe(z.string());

/** Text of a given form. */
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

/** What names a document; requests are held to the form of what they name. */
export const id = z.string().min(1).max(100);
export const version = z.int().min(0);
export const ticketId = matching(/^[0-9a-f]{24}$/, 'a ticket id of 24 hexadecimal digits');
export const orderId = matching(
  /^[0-9a-f]{24}-[1-9][0-9]{0,8}$/,
  'an order id, such as 24 hexadecimal digits, a hyphen and a number',
);

const INSTANT =
  /^(\d{4})-(\d{2})-(\d{2})T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,3})?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
const EMAIL =
  /^[^\s\p{C}@"(),:;<>[\\\]]{1,64}@(?=.{4,253}$)([\p{L}\p{N}]([\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+[\p{L}\p{N}-]{2,63}$/u;
const TEN_YEARS_MS = 10 * 365.25 * 24 * 3600 * 1000;

/** A day that the month doesn't have is refused, not carried over. */
function isInstant(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  const [, year, month, day] = INSTANT.exec(value) ?? [];
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
}

/** An instant as it is kept and answered: ISO 8601 in UTC. */
export const instant = z.iso.datetime();

/** An instant with its offset, kept in UTC, that meets more rules. */
const givenInstant = (...rules: Rule<string>[]) =>
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

/** An instant with its offset, kept in UTC. */
export const anyInstant = givenInstant();

/** The start of an event: in the future, by a clock, and within ten years. */
function futureInstant(now: () => Date) {
  const ahead = (value: string) => new Date(value).getTime() - now().getTime();
  return givenInstant(
    { holds: (value) => ahead(value) > 0, code: 'in-the-past', message: 'The event must start in the future.' },
    {
      holds: (value) => ahead(value) <= TEN_YEARS_MS,
      code: 'too-far',
      message: 'The event must start within ten years.',
    },
  );
}

/** A zone's name, not a bare offset, which Intl takes as well: an offset knows nothing of summer time. */
function isTimeZone(value: unknown): boolean {
  if (typeof value !== 'string' || value.length > 64 || !/^[A-Za-z]/.test(value)) return false;
  try {
    Intl.DateTimeFormat('en', { timeZone: value });
    return true;
  } catch {
    return false;
  }
}

/** An e-mail address, kept in lower case: one person, one account. */
export const email = ruled<string>(
  { type: 'string', format: 'email', maxLength: 318 },
  { holds: isText, code: 'invalid-type', message: 'This must be an e-mail address.' },
  {
    holds: (value) => EMAIL.test(value.trim()),
    code: 'invalid-format',
    message: 'This must be an e-mail address.',
  },
)
  .transform((value) => value.trim().toLowerCase())
  .pipe(z.string());

const lengthOfPassword = (value: string) => Array.from(value).length;

/** Anything that may have been signed up with as a password; `rules` are those of a new one. */
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

/** The currencies a listing may be in. The payment provider must support every one of them. */
export const CURRENCIES = [
  ...['aed', 'ars', 'aud', 'brl', 'cad', 'chf', 'clp', 'cny', 'cop', 'czk', 'dkk', 'egp', 'eur', 'gbp', 'hkd', 'huf'],
  ...['idr', 'ils', 'inr', 'isk', 'jpy', 'kes', 'krw', 'mad', 'mxn', 'myr', 'ngn', 'nok', 'nzd', 'pen', 'php', 'pln'],
  ...['ron', 'rsd', 'sar', 'sek', 'sgd', 'thb', 'try', 'twd', 'uah', 'usd', 'vnd', 'zar'],
] as const;
const known = new Set<unknown>(CURRENCIES);

/** The largest amount, in minor units, that the provider takes in one payment. */
export const MAX_AMOUNT = 99_999_999;

/** Minor units (cents; yen for jpy) as an integer, and a lower-case ISO 4217 code. */
export const money = z
  .object({ amount: z.int().positive(), currency: z.string().regex(/^[a-z]{3}$/) })
  .meta({ id: 'Money' });
export type Money = z.output<typeof money>;

/** Money as a request gives it: of a currency and an amount that can be paid. */
export const givenMoney = fields({
  amount: ruled<number>(
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
    {
      holds: (value) => value >= 1 && value <= MAX_AMOUNT,
      code: 'out-of-range',
      message: `The amount must be from 1 to ${MAX_AMOUNT} minor units.`,
    },
  ),
  currency: ruled<string>(
    { type: 'string', enum: CURRENCIES },
    { holds: isText, code: 'invalid-type', message: 'The currency must be text.' },
    {
      holds: (value) => known.has(value),
      code: 'unknown-currency',
      message: 'The currency must be a lower-case ISO 4217 code that we trade in, such as usd.',
    },
  ),
}).pipe(money);

/** What a seller gives of a ticket: each field once, with all its rules; whether it starts in the future is by this clock. */
export const givenListing = (now: () => Date = () => new Date()) =>
  z.strictObject({
    title: trimmed(text({ max: 120 })),
    price: givenMoney,
    venue: trimmed(text({ max: 120 })).optional(),
    startsAt: futureInstant(now).optional(),
    timeZone: timeZone.optional(),
    notes: trimmed(text({ max: 1000, lines: true })).optional(),
  });

/** The shape of a field as it is kept: rules for what may be given may change, and what was taken under others stays good. */
type Kept<F> =
  F extends z.ZodOptional<infer Inner>
    ? z.ZodOptional<Kept<Inner> extends z.ZodType ? Kept<Inner> : never>
    : F extends z.ZodPipe<z.core.SomeType, infer Out>
      ? Out
      : never;

function kept(field: z.ZodType): z.ZodType {
  if (field instanceof z.ZodOptional) return kept(field.unwrap() as z.ZodType).optional();
  if (field instanceof z.ZodPipe) return field.out as z.ZodType;
  throw new Error('a field that is given must be piped into the shape that is kept');
}

type GivenFields = ReturnType<typeof givenListing>['shape'];

/** What a seller gave of a ticket, as it is kept, published and answered. */
export const listingShape = z.object(
  Object.fromEntries(Object.entries(givenListing().shape).map(([name, field]) => [name, kept(field)])) as {
    [Name in keyof GivenFields]: Kept<GivenFields[Name]>;
  },
);
export type Listing = z.output<typeof listingShape>;

/** What a buyer sees of a ticket and an order keeps: it is held only as the buyer saw it. All but what is left out here. */
export const offerShape = listingShape.omit({ notes: true }).meta({ id: 'Offer' });
export type Offer = z.output<typeof offerShape>;

const pick =
  <T extends object>(shape: z.ZodObject) =>
  (whole: T): T =>
    Object.fromEntries(Object.keys(shape.shape).map((name) => [name, whole[name as keyof T]])) as T;

/** Every field of a listing, and nothing else; one that is absent is undefined, so that it replaces what was there. */
export const pickListing = pick<Listing>(listingShape);

/** Every field of an offer, and nothing else; one that is absent is undefined, so that it replaces what was there. */
export const pickOffer = pick<Offer>(offerShape);

export const sameMoney = (a: Money, b: Money): boolean => isSame(a, b);

/** Whether two tickets or offers are the same to a buyer. */
export const sameOffer = (a: Offer, b: Offer): boolean => isSame(pickOffer(a), pickOffer(b));

/** Whether two values are the same as JSON; the order of their fields doesn't matter. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const [these, those] = [a as Record<string, unknown>, b as Record<string, unknown>];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => isSame(these[key], those[key]));
}

export const ticketStatus = z.enum(['listed', 'held', 'sold', 'withdrawn']);
export const orderStatus = z.enum(['created', 'awaiting:payment', 'capturing', 'complete', 'cancelled']);
export const cancelReason = z.enum(['buyer', 'expired', 'ticket-changed', 'ticket-withdrawn', 'payment-failed']);
/** Why a ticket is not held for an order. */
export const refusalReason = cancelReason.extract(['ticket-changed', 'ticket-withdrawn']);
export const paymentStatus = z.enum(['requested', 'authorized', 'captured', 'voided', 'declined', 'failed']);
export type TicketStatus = z.output<typeof ticketStatus>;
export type OrderStatus = z.output<typeof orderStatus>;
export type CancelReason = z.output<typeof cancelReason>;
export type RefusalReason = z.output<typeof refusalReason>;
export type PaymentStatus = z.output<typeof paymentStatus>;

/** A ticket as the API shows it; `reservedUntil` is there while it is held. */
export const ticketView = listingShape
  .extend({
    id,
    version,
    sellerId: id,
    status: ticketStatus,
    reservedUntil: instant.optional(),
  })
  .meta({ id: 'Ticket' });
export type TicketView = z.output<typeof ticketView>;

/** An order as the API shows it: `ticket` is what the buyer saw, and pages count down from `expiresAt` less `serverNow`. */
export const orderView = z
  .object({
    id,
    version,
    ticketId: id,
    number: z.int().positive(),
    userId: id,
    status: orderStatus,
    reason: cancelReason.optional(),
    ticket: offerShape.extend({ id }),
    createdAt: instant,
    expiresAt: instant,
    serverNow: instant,
  })
  .meta({ id: 'Order' });
export type OrderView = z.output<typeof orderView>;

/** A state that an order has been in. */
export const moment = z.object({ status: orderStatus, at: instant, reason: cancelReason.optional() });
export type Moment = z.output<typeof moment>;

/** An order with every state that it has been in. */
export const orderWithHistory = orderView.extend({ history: z.array(moment) }).meta({ id: 'OrderWithHistory' });
export type OrderWithHistory = z.output<typeof orderWithHistory>;

/** One try of a buyer to pay. */
export const attempt = z.object({
  number: z.int().positive(),
  status: z.enum(['requested', 'authorized', 'declined']),
  at: instant,
  declineCode: z.string().optional(),
});
export type AttemptView = z.output<typeof attempt>;

/** A payment as the API shows it. */
export const paymentView = z
  .object({
    orderId: id,
    version,
    status: paymentStatus,
    ...money.shape,
    attempts: z.array(attempt),
  })
  .meta({ id: 'Payment' });
export type PaymentView = z.output<typeof paymentView>;

/** Who is signed in. */
export const currentUser = z.object({ id, email: z.string() }).meta({ id: 'User' });
export type CurrentUser = z.output<typeof currentUser>;

export const currentUserView = z.object({ currentUser: currentUser.nullable() });
export type CurrentUserView = z.output<typeof currentUserView>;

/** One thing that is wrong with a request: a stable kebab-case code, a sentence for people, and what else helps to mend it. */
export const problem = z
  .looseObject({
    code: z.string(),
    message: z.string(),
    field: z.string().optional(),
    /** `ticket-reserved`: when the hold of it ends. */
    reservedUntil: instant.optional(),
    /** `too-many-holds`: how many are allowed. */
    limit: z.int().optional(),
    /** `price-changed`: what it costs now. */
    price: money.optional(),
    /** `order-closed`: how the order stands. */
    status: orderStatus.optional(),
    /** `card-declined` and `payment-refused`: the reason of the bank or the provider. */
    declineCode: z.string().optional(),
    /** `authentication-required`: with it the browser has the bank confirm the payment. */
    clientSecret: z.string().optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.output<typeof problem>;

/** What every answer of 400 and above is. */
export const errorBody = z.object({ errors: z.array(problem).min(1) }).meta({ id: 'Errors' });
export type ErrorBody = z.output<typeof errorBody>;

/** What every list takes: how many a page has, and where it goes on. */
export const pageQuery = z.strictObject({
  limit: integerText({ min: 1, max: 100 }).optional(),
  cursor: text({ max: 500 }).optional(),
});
export const DEFAULT_LIMIT = 20;

/** A page of a list; `next` is the cursor of the next one. */
export const pageOf = <Name extends string, Item extends z.ZodType>(name: Name, item: Item) =>
  z.object({ [name]: z.array(item) } as Record<Name, z.ZodArray<Item>>).extend({ next: z.string().nullable() });

export const ticketPage = pageOf('tickets', ticketView);
export type TicketPage = z.output<typeof ticketPage>;

export const orderPage = pageOf('orders', orderView);
export type OrderPage = z.output<typeof orderPage>;
