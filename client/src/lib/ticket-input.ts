import type { Failure } from '@/api/http.ts';
import type { Problem, Ticket, TicketInput } from '@/api/types.ts';
import { formText, type FormProblem } from './form-state.ts';
import type { Format } from './formats.ts';
import { problemText, type Wording } from './messages.ts';
import { currencyName, plainAmount, priceExamples, readPrice } from './money.ts';
import { textOf, type TicketField, TICKET_FIELDS, ticketFieldNames } from './ticket-fields.ts';
import { currentZone, formatInstant, instantsOf, isZone, readWall, wallTime } from './time.ts';

/**
 * The controls of the form: the price is an amount and a currency; a time that comes twice also has its occurrence; `stored` is
 * the listing that the form was filled with, hidden.
 */
export type TicketControl = keyof TicketInput | 'currency' | 'occurrence' | 'stored';
export type TicketValues = Record<TicketControl, string>;

/** The input of the form, in the spelling of `initialValues`. */
export const typedTicket = (form: FormData): TicketValues => ({
  ...valuesBy((name) => {
    const typed = formText(form, name);
    switch (TICKET_FIELDS[name].kind) {
      case 'instant':
        return readWall(typed.trim()) ?? typed;
      case 'time-zone':
        return currentZone(typed.trim());
      default:
        // Browsers send the line ends of any text as CRLF.
        return typed.replace(/\r\n?/g, '\n');
    }
  }),
  currency: formText(form, 'currency'),
  occurrence: formText(form, 'occurrence'),
  stored: formText(form, 'stored'),
});

/** The initial values of the form: those of the listing that is edited, if any. */
export const initialValues = (listing?: TicketInput): TicketValues => ({
  ...valuesBy((name) => {
    const { kind } = TICKET_FIELDS[name];
    const value = listing?.[name];
    if (value === undefined) return kind === 'time-zone' ? 'UTC' : '';
    if (typeof value === 'object') return plainAmount(value);
    if (kind === 'time-zone') return currentZone(value);
    return kind === 'instant' ? wallTime(value, listing?.timeZone) : value;
  }),
  currency: listing?.price.currency ?? 'usd',
  occurrence: occurrenceOf(listing),
  stored:
    listing === undefined
      ? ''
      : JSON.stringify(Object.fromEntries(ticketFieldNames.map((name) => [name, listing[name]]))),
});

const valuesBy = (valueOf: (name: keyof TicketInput) => string) =>
  Object.fromEntries(ticketFieldNames.map((name) => [name, valueOf(name)])) as Record<keyof TicketInput, string>;

const OCCURRENCES = ['first', 'second'];

/** Which of the two it is when the start of a listing is at a time that comes twice that day. */
function occurrenceOf(listing: TicketInput | undefined): string {
  if (listing?.startsAt === undefined) return '';
  const { startsAt, timeZone = 'UTC' } = listing;
  const instants = instantsOf(wallTime(startsAt, timeZone), timeZone) ?? [];
  return instants.length === 2 ? (OCCURRENCES[instants.indexOf(startsAt)] ?? '') : '';
}

/** The listing that the form was filled with, and how the form showed it. Undefined for a new listing. */
export function storedListing(stored: string): { listing: TicketInput; shown: TicketValues } | undefined {
  try {
    const listing: unknown = JSON.parse(stored);
    if (typeof listing !== 'object' || listing === null) return undefined;
    return { listing: listing as TicketInput, shown: initialValues(listing as TicketInput) };
  } catch {
    return undefined;
  }
}

/** The controls that a field of the API is read from, if they are not the one of its name. */
const CONTROLS: Partial<Record<keyof TicketInput, TicketControl[]>> = {
  price: ['price', 'currency'],
  faceValue: ['faceValue', 'currency'],
  startsAt: ['startsAt', 'timeZone', 'occurrence'],
  timeZone: ['timeZone', 'startsAt'],
};

type Reading = { value: unknown } | { problem: string; control?: TicketControl };

/**
 * Parses the form into the API's input, or returns the fields that can't be parsed. A field whose controls are as the form showed
 * them keeps its stored value, also one that the form can't show exactly. All other rules are the API's.
 */
export function readTicket(values: TicketValues): { input: TicketInput } | { problems: FormProblem[] } {
  const stored = storedListing(values.stored);
  const isUntouched = (name: keyof TicketInput) =>
    (CONTROLS[name] ?? [name]).every((control) => values[control] === stored?.shown[control]);
  const readings = ticketFieldNames.map(
    (name) =>
      [name, isUntouched(name) ? { value: stored?.listing[name] } : readField(name, values, stored?.listing)] as const,
  );
  const problems = readings.flatMap(([field, reading]) =>
    'problem' in reading ? [{ field: reading.control ?? field, text: reading.problem }] : [],
  );
  if (problems.length > 0) return { problems };
  const given = readings.flatMap(([name, reading]) =>
    'value' in reading && reading.value !== undefined ? [[name, reading.value]] : [],
  );
  // Required fields are present, or there would be a problem.
  return { input: Object.fromEntries(given) as TicketInput };
}

/** Parses a field; an empty optional one is undefined. */
function readField(name: keyof TicketInput, values: TicketValues, stored?: TicketInput): Reading {
  const { kind, label, required } = TICKET_FIELDS[name];
  const typed = values[name].trim();
  if (typed === '' && required !== undefined) return { problem: required };
  switch (kind) {
    case 'text':
    case 'long-text':
    case 'choice':
      return { value: typed === '' ? undefined : typed };
    case 'amount':
      return typed === '' ? { value: undefined } : amountOf(label, typed, values.currency);
    case 'price':
      return amountOf(label, typed, values.currency);
    case 'instant':
      return startOf(typed, values);
    case 'time-zone':
      return zoneOf(typed, values.startsAt, stored?.timeZone);
  }
}

function amountOf(label: string, typed: string, currency: string): Reading {
  const reading = readPrice(typed, currency);
  if ('amount' in reading)
    return reading.amount === 0
      ? { problem: `${label} must be more than 0.` }
      : { value: { amount: reading.amount, currency } };
  if (reading.problem === 'other-currency')
    return {
      problem: `This isn’t a price in ${currencyName(currency)}. Enter only the number, and choose its currency.`,
    };
  return { problem: `Enter a price like ${priceExamples(currency)}.` };
}

function startOf(typed: string, { timeZone, occurrence }: TicketValues): Reading {
  const zone = timeZone === '' ? 'UTC' : timeZone;
  // An unknown zone is the problem of its own field.
  if (typed === '' || !isZone(zone)) return { value: undefined };
  const instants = instantsOf(typed, zone);
  if (instants === undefined) return { problem: 'Enter a real date and time.' };
  const [first, second] = instants;
  const time = typed.slice(11, 16);
  if (first === undefined)
    return { problem: `Clocks at the venue go forward that day and skip ${time}. Enter another time.` };
  if (second === undefined) return { value: first };
  const chosen = instants[OCCURRENCES.indexOf(occurrence)];
  return chosen === undefined
    ? {
        problem: `Clocks at the venue go back that day, so ${time} comes twice. Choose which one.`,
        control: 'occurrence',
      }
    : { value: chosen };
}

function zoneOf(typed: string, startsAt: string, stored: string | undefined): Reading {
  // Without a date, the zone is meaningless.
  if (startsAt.trim() === '') return { value: undefined };
  if (typed === '') return { value: 'UTC' };
  if (!isZone(typed)) return { problem: 'Choose a time zone from the list.' };
  return { value: stored !== undefined && currentZone(stored) === typed ? stored : typed };
}

/**
 * Beside each field that another edit has set to another value than the form's: the value that the listing has now. Undefined when no
 * value differs, as after an edit of this form whose answer was lost.
 */
export function conflictProblems(ticket: Ticket, values: TicketValues, format: Format): FormProblem[] | undefined {
  const current = initialValues(ticket);
  const read = (name: keyof TicketInput, from: TicketValues) => JSON.stringify(readField(name, from, undefined));
  const differing = ticketFieldNames.filter((name) => read(name, current) !== read(name, values));
  if (differing.length === 0) return undefined;
  return [
    { text: 'This listing was changed after you opened this page. Check it, then save again to replace it.' },
    ...differing.map((field) => ({ field, text: `In the listing now: ${shownValue(field, ticket, format)}` })),
  ];
}

/** A value as buyers read it: the start in the zone of the venue. */
export function shownValue(name: keyof TicketInput, listing: TicketInput, format: Format): string {
  const value = listing[name];
  const zone = listing.timeZone ?? 'UTC';
  switch (TICKET_FIELDS[name].kind) {
    case 'instant':
      return typeof value === 'string' ? formatInstant(value, { zone, locale: format }) : 'nothing';
    case 'time-zone':
      return currentZone(zone).replaceAll('_', ' ');
    default:
      return textOf(TICKET_FIELDS[name], value, format) || 'nothing';
  }
}

/** The API's problems beside the fields of our form: `price.amount` is the price's. */
export function ticketProblems({ problems, retryAfter }: Failure, wording: Wording): FormProblem[] {
  return problems.map((problem) => {
    const field = controlOf(problem.field ?? '');
    if (field === undefined) return { text: problemText(problem, retryAfter, wording) };
    return { field, text: fieldText(problem, field) };
  });
}

/** The control for a field of the API. */
function controlOf(path: string): keyof TicketInput | 'currency' | undefined {
  if (path === 'price.currency') return 'currency';
  return ticketFieldNames.find((name) => name === path.split('.')[0]);
}

/** What messages call a control. */
export const nameOf = (control: keyof TicketInput | 'currency'): string => {
  if (control === 'currency') return 'Currency';
  const { name, label }: TicketField = TICKET_FIELDS[control];
  return name ?? label;
};

function fieldText(problem: Problem, control: keyof TicketInput | 'currency'): string {
  const name = nameOf(control);
  switch (problem.code) {
    case 'out-of-range':
    case 'not-a-multiple':
      return control === 'price' ? problem.message : `${name} is too high.`;
    case 'in-the-past':
      return 'The event must start in the future.';
    case 'too-far':
      return 'The event must start within the next ten years.';
    case 'invalid-instant':
      return 'Enter a real date and time.';
    case 'unknown-time-zone':
      return 'Choose a time zone from the list.';
    case 'unknown-currency':
      return 'Choose a currency from the list.';
    case 'too-long':
      return problem.message.replace(/^This\b/, name);
    case 'empty':
      return `${name} has no visible characters.`;
    case 'invalid-characters':
      return `${name} contains characters we can’t store.`;
    default:
      // The API uses its own names: `startsAt must be …` becomes the form's label.
      return problemText(problem).replace(new RegExp(`^${problem.field?.replaceAll('.', '\\.') ?? ''}\\b`), name);
  }
}
