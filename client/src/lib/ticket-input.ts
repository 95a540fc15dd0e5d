import { CURRENCIES, parsePrice } from './money.ts';
import { instantOf } from './time.ts';
import type { FormState } from './form-state.ts';
import type { Money, Problem } from './types.ts';
import { sentence, type Wording } from './words.ts';

export const TICKET_FIELDS = ['title', 'price', 'currency', 'venue', 'startsAt', 'timeZone', 'notes'] as const;
export type TicketField = (typeof TICKET_FIELDS)[number];
export type TicketValues = Record<TicketField, string>;

/** What the API takes for a listing. */
export type TicketInput = {
  title: string;
  price: Money;
  venue?: string;
  startsAt?: string;
  timeZone?: string;
  notes?: string;
};

type FieldProblem = { field?: string; text: string };

export function typedTicket(form: FormData): TicketValues {
  const text = (name: string) => {
    const value = form.get(name);
    return typeof value === 'string' ? value : '';
  };
  return Object.fromEntries(TICKET_FIELDS.map((name) => [name, text(name)])) as TicketValues;
}

/** The API's input from what was typed, or the fields that can't be read. All other rules are the API's. */
export function readTicket(values: TicketValues): { input: TicketInput } | { problems: FieldProblem[] } {
  const problems: FieldProblem[] = [];
  const trimmed = (name: TicketField) => values[name].trim();
  const currency = (CURRENCIES as readonly string[]).includes(values.currency) ? values.currency : 'usd';
  if (trimmed('title') === '') problems.push({ field: 'title', text: 'Enter the event.' });
  const amount = parsePrice(trimmed('price'), currency);
  if (trimmed('price') === '') problems.push({ field: 'price', text: 'Enter a price.' });
  else if (amount === undefined)
    problems.push({
      field: 'price',
      text: 'Enter a price like 49 or 49.50 (yen: 4500).',
    });
  else if (amount === 0) problems.push({ field: 'price', text: 'Price must be more than 0.' });
  const zone = trimmed('timeZone');
  const startsAt = trimmed('startsAt') === '' ? undefined : instantOf(trimmed('startsAt'), zone === '' ? 'UTC' : zone);
  if (trimmed('startsAt') !== '' && startsAt === undefined)
    problems.push({
      field: 'startsAt',
      text: 'Enter a real date and time.',
    });
  if (problems.length > 0 || amount === undefined) return { problems };
  return {
    input: {
      title: trimmed('title'),
      price: { amount, currency },
      ...(trimmed('venue') === '' ? {} : { venue: trimmed('venue') }),
      ...(startsAt === undefined ? {} : { startsAt, timeZone: zone === '' ? 'UTC' : zone }),
      ...(trimmed('notes') === '' ? {} : { notes: trimmed('notes') }),
    },
  };
}

const LABELS: Record<string, string> = {
  title: 'Event',
  price: 'Price',
  currency: 'Currency',
  venue: 'Venue and city',
  startsAt: 'Date and start time',
  timeZone: 'Time zone',
  notes: 'Notes',
};

/** The API's problems beside the fields of our form: `price.amount` is the price's. */
export function fieldProblems(problems: Problem[], retryAfter?: number, wording?: Wording): FormState['problems'] {
  return problems.map((problem) => {
    const path = problem.field ?? '';
    const field = path === 'price.currency' ? 'currency' : (path.split('.')[0] ?? '');
    const text = LABELS[field] === undefined ? sentence(problem, retryAfter, wording) : fieldText(problem, field);
    return (TICKET_FIELDS as readonly string[]).includes(field) ? { field, text } : { text };
  });
}

function fieldText(problem: Problem, field: string): string {
  const label = LABELS[field] ?? field;
  switch (problem.code) {
    case 'out-of-range':
      return 'Price is too high: the maximum is 999,999.99 (yen: 99,999,999).';
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
      return `${label} is too long.`;
    case 'invalid-characters':
      return `${label} contains characters we can’t store.`;
    default:
      // The API uses its own names: `startsAt must be …` becomes the form's label.
      return sentence(problem).replace(new RegExp(`^${problem.field?.replaceAll('.', '\\.') ?? ''}\\b`), label);
  }
}
