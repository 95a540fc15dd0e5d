import { CURRENCIES, parsePrice } from './money.ts';
import { instantOf } from './time.ts';
import type { FormState } from './form-state.ts';
import type { Money, Problem } from './types.ts';
import { sentence } from './words.ts';

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

/** The API's input out of what was typed, or what can't be read of it. All rules beyond that are the API's. */
export function readTicket(values: TicketValues): { input: TicketInput } | { problems: FieldProblem[] } {
  const problems: FieldProblem[] = [];
  const trimmed = (name: TicketField) => values[name].trim();
  const currency = (CURRENCIES as readonly string[]).includes(values.currency) ? values.currency : 'usd';
  if (trimmed('title') === '') problems.push({ field: 'title', text: 'Say what the ticket is for.' });
  const amount = parsePrice(trimmed('price'), currency);
  if (trimmed('price') === '') problems.push({ field: 'price', text: 'Say what you want for it.' });
  else if (amount === undefined)
    problems.push({
      field: 'price',
      text: `“${trimmed('price')}” is not a price we can read. Write it like 49 or 49.50.`,
    });
  else if (amount === 0)
    problems.push({ field: 'price', text: 'A ticket costs something. Ask for more than nothing.' });
  const zone = trimmed('timeZone');
  const startsAt = trimmed('startsAt') === '' ? undefined : instantOf(trimmed('startsAt'), zone === '' ? 'UTC' : zone);
  if (trimmed('startsAt') !== '' && startsAt === undefined)
    problems.push({
      field: 'startsAt',
      text: 'This is not a date and time that exists. Write it like 2026-12-04T19:30.',
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
  title: 'What it is for',
  price: 'Price',
  currency: 'Currency',
  venue: 'Where',
  startsAt: 'When',
  timeZone: 'Time zone',
  notes: 'Notes',
};

/** The API's problems beside the fields of our form: `price.amount` is the price's. */
export function fieldProblems(problems: Problem[], retryAfter?: number): FormState['problems'] {
  return problems.map((problem) => {
    const path = problem.field ?? '';
    const field = path === 'price.currency' ? 'currency' : (path.split('.')[0] ?? '');
    const text = apiSentence(problem, field, retryAfter);
    return (TICKET_FIELDS as readonly string[]).includes(field) ? { field, text } : { text };
  });
}

function apiSentence(problem: Problem, field: string, retryAfter: number | undefined): string {
  const plain = sentence(problem, retryAfter);
  if (field === 'price' && problem.code === 'out-of-range')
    return 'The price must be more than nothing and less than a million.';
  // The API speaks of its own names: `startsAt must be …` is said in the form's words.
  const label = LABELS[field];
  return label === undefined
    ? plain
    : plain.replace(new RegExp(`^${problem.field?.replaceAll('.', '\\.') ?? ''}\\b`), label);
}
