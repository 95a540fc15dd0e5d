import type { Failure } from '@/api/http.ts';
import type { Problem, Ticket, TicketInput } from '@/api/types.ts';
import { formText, type FormProblem } from './form-state.ts';
import { problemText, type Wording } from './messages.ts';
import { CURRENCIES, formatMoney, parsePrice, plainAmount } from './money.ts';
import { type TicketField, TICKET_FIELDS, ticketFieldNames } from './ticket-fields.ts';
import { instantOf, wallTime } from './time.ts';

/** The controls of the form: the price is an amount and a currency. */
export type TicketControl = keyof TicketInput | 'currency';
export type TicketValues = Record<TicketControl, string>;

const CONTROLS: TicketControl[] = [...ticketFieldNames, 'currency'];

/** The input of the form. */
export const typedTicket = (form: FormData): TicketValues => valuesBy((name) => formText(form, name));

/** The initial values of the form: those of the listing that is edited, if any. */
export const initialValues = (ticket?: TicketInput): TicketValues =>
  valuesBy((name) => {
    if (name === 'currency') return ticket?.price.currency ?? 'usd';
    const { kind } = TICKET_FIELDS[name];
    const value = ticket?.[name];
    if (value === undefined) return kind === 'time-zone' ? 'UTC' : '';
    if (typeof value === 'object') return plainAmount(value);
    return kind === 'instant' ? wallTime(value, ticket?.timeZone) : value;
  });

const valuesBy = (valueOf: (name: TicketControl) => string): TicketValues =>
  Object.fromEntries(CONTROLS.map((name) => [name, valueOf(name)])) as TicketValues;

type Reading = { value: unknown } | { problem: string };

/** Parses the form into the API's input, or returns the fields that can't be parsed. All other rules are the API's. */
export function readTicket(values: TicketValues): { input: TicketInput } | { problems: FormProblem[] } {
  const readings = ticketFieldNames.map((name) => [name, readField(name, values)] as const);
  const problems = readings.flatMap(([field, reading]) =>
    'problem' in reading ? [{ field, text: reading.problem }] : [],
  );
  if (problems.length > 0) return { problems };
  const given = readings.flatMap(([name, reading]) =>
    'value' in reading && reading.value !== undefined ? [[name, reading.value]] : [],
  );
  // Required fields are present, or there would be a problem.
  return { input: Object.fromEntries(given) as TicketInput };
}

/** Parses a field; an empty optional one is undefined. */
function readField(name: keyof TicketInput, values: TicketValues): Reading {
  const { kind, required } = TICKET_FIELDS[name];
  const typed = values[name].trim();
  if (typed === '' && required !== undefined) return { problem: required };
  switch (kind) {
    case 'text':
    case 'long-text':
      return { value: typed === '' ? undefined : typed };
    case 'price':
      return readPrice(typed, values.currency);
    case 'instant':
      return readInstant(typed, values.timeZone.trim());
    case 'time-zone':
      // Without a date, the zone is meaningless.
      return { value: values.startsAt.trim() === '' ? undefined : typed === '' ? 'UTC' : typed };
  }
}

function readPrice(typed: string, chosen: string): Reading {
  const currency = (CURRENCIES as readonly string[]).includes(chosen) ? chosen : 'usd';
  const amount = parsePrice(typed, currency);
  if (amount === undefined) return { problem: 'Enter a price like 49 or 49.50 (yen: 4500).' };
  return amount === 0 ? { problem: 'Price must be more than 0.' } : { value: { amount, currency } };
}

function readInstant(typed: string, zone: string): Reading {
  if (typed === '') return { value: undefined };
  const value = instantOf(typed, zone === '' ? 'UTC' : zone);
  return value === undefined ? { problem: 'Enter a real date and time.' } : { value };
}

/** Beside each field that another edit has set to another value than the form's: the value that the listing has now. */
export function conflictProblems(ticket: Ticket, values: TicketValues): FormProblem[] {
  const current = initialValues(ticket);
  const read = (name: keyof TicketInput, from: TicketValues) => JSON.stringify(readField(name, from));
  const differing = ticketFieldNames.filter((name) => read(name, current) !== read(name, values));
  return [
    { text: 'This listing was changed after you opened this page. Check it, then save again to replace it.' },
    ...differing.map((field) => ({ field, text: `In the listing now: ${shownValue(field, ticket, current)}` })),
  ];
}

const shownValue = (field: keyof TicketInput, { price }: Ticket, current: TicketValues): string =>
  field === 'price' ? formatMoney(price) : current[field] === '' ? 'nothing' : current[field];

/** The API's problems beside the fields of our form: `price.amount` is the price's. */
export function ticketProblems({ problems, retryAfter }: Failure, wording: Wording): FormProblem[] {
  return problems.map((problem) => {
    const field = controlOf(problem.field ?? '');
    if (field === undefined) return { text: problemText(problem, retryAfter, wording) };
    return { field, text: fieldText(problem, field) };
  });
}

/** The control for a field of the API. */
function controlOf(path: string): TicketControl | undefined {
  if (path === 'price.currency') return 'currency';
  return ticketFieldNames.find((name) => name === path.split('.')[0]);
}

const nameOf = (control: TicketControl): string => {
  if (control === 'currency') return 'Currency';
  const { name, label }: TicketField = TICKET_FIELDS[control];
  return name ?? label;
};

function fieldText(problem: Problem, control: TicketControl): string {
  const name = nameOf(control);
  switch (problem.code) {
    case 'out-of-range':
    case 'not-a-multiple':
      return problem.message;
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
      return `${name} is too long.`;
    case 'invalid-characters':
      return `${name} contains characters we can’t store.`;
    default:
      // The API uses its own names: `startsAt must be …` becomes the form's label.
      return problemText(problem).replace(new RegExp(`^${problem.field?.replaceAll('.', '\\.') ?? ''}\\b`), name);
  }
}
