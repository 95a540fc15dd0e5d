import type { Category, Money, TicketInput } from '@/api/types.ts';
import type { Format } from './formats.ts';
import { formatMoney } from './money.ts';

/** The parts of the form, in its order, with their headings. */
export const FORM_GROUPS = { event: 'The event', ticket: 'Your ticket', price: 'Your price' } as const;

interface Base {
  group: keyof typeof FORM_GROUPS;
  /** The label of the control. */
  label: string;
  hint?: string;
  /** Its name in messages, if that is not the label. */
  name?: string;
  /** The message when it is empty; without one the field is optional. */
  required?: string;
  /** How much of a row of the form it takes, if not all. */
  width?: 'half' | 'third';
}

/** How buyers see a detail below a ticket's title. */
interface Shown {
  /** Where the event is, which seat it is, or what else a buyer must know. */
  line: 'place' | 'seat' | 'terms';
  label: string;
  /** Whether the value needs its label where space is short. */
  needsLabel: (value: string) => boolean;
}

interface TextField extends Base {
  kind: 'text';
  shown: 'heading' | Shown;
}

interface ChoiceField extends Base {
  kind: 'choice';
  options: Readonly<Record<string, string>>;
  /** The option that tells buyers nothing. */
  unshown: string;
  shown: Shown;
}

/** An amount in the currency of the price. */
interface AmountField extends Base {
  kind: 'amount';
  shown: Shown;
}

interface LongTextField extends Base {
  kind: 'long-text';
  /** How buyers see it: under its own heading on the ticket's page. */
  shown: { heading: string; whenEmpty: string };
}

/** Fields with a fixed place wherever a ticket is shown. */
interface OtherField extends Base {
  kind: 'price' | 'instant' | 'time-zone';
}

export type TicketField = TextField | ChoiceField | AmountField | LongTextField | OtherField;

export const CATEGORY_NAMES: Readonly<Record<Category, string>> = {
  concert: 'Concert',
  festival: 'Festival',
  theatre: 'Theatre',
  comedy: 'Comedy',
  sport: 'Sport',
  family: 'Family',
  other: 'Other',
};

const always = () => true;
const never = () => false;

/**
 * The fields of a ticket, in the order of the form. Everything that edits, parses or shows a ticket is driven by this list and
 * the kinds of its fields, so another optional text is one more entry; the compiler refuses a list that lacks a field of the API.
 */
export const TICKET_FIELDS: Readonly<Record<keyof TicketInput, TicketField>> = {
  title: {
    kind: 'text',
    group: 'event',
    label: 'Event',
    required: 'Enter the event.',
    shown: 'heading',
  },
  category: {
    kind: 'choice',
    group: 'event',
    label: 'Category',
    options: CATEGORY_NAMES,
    unshown: 'other',
    shown: { line: 'seat', label: 'Category', needsLabel: never },
  },
  venue: {
    kind: 'text',
    group: 'event',
    label: 'Venue',
    width: 'half',
    shown: { line: 'place', label: 'Venue', needsLabel: never },
  },
  city: {
    kind: 'text',
    group: 'event',
    label: 'City',
    width: 'half',
    shown: { line: 'place', label: 'City', needsLabel: never },
  },
  startsAt: {
    kind: 'instant',
    group: 'event',
    label: 'Date and start time',
    hint: 'Local time at the venue. Sales end then.',
    width: 'half',
  },
  timeZone: { kind: 'time-zone', group: 'event', label: 'Venue time zone', name: 'Time zone', width: 'half' },
  section: {
    kind: 'text',
    group: 'ticket',
    label: 'Section',
    width: 'third',
    // "Stalls" explains itself, "112" and "B" don't.
    shown: { line: 'seat', label: 'Section', needsLabel: (value) => value.length < 4 || /^\d/.test(value) },
  },
  row: {
    kind: 'text',
    group: 'ticket',
    label: 'Row',
    width: 'third',
    shown: { line: 'seat', label: 'Row', needsLabel: always },
  },
  seat: {
    kind: 'text',
    group: 'ticket',
    label: 'Seat',
    width: 'third',
    shown: { line: 'seat', label: 'Seat', needsLabel: always },
  },
  restrictions: {
    kind: 'text',
    group: 'ticket',
    label: 'Restrictions',
    hint: 'For example: restricted view, over 18 only.',
    shown: { line: 'terms', label: 'Restrictions', needsLabel: always },
  },
  notes: {
    kind: 'long-text',
    group: 'ticket',
    label: 'Anything a buyer should know?',
    hint: 'The entrance, what is included, how you’ll deliver it.',
    name: 'Notes',
    shown: { heading: 'Seller’s notes', whenEmpty: 'No notes from the seller.' },
  },
  price: {
    kind: 'price',
    group: 'price',
    label: 'Price',
    hint: 'For example 49, 49.50 or 1,250',
    required: 'Enter a price.',
    width: 'half',
  },
  faceValue: {
    kind: 'amount',
    group: 'price',
    label: 'Face value',
    hint: 'The price printed on the ticket, in the same currency. Buyers see it.',
    width: 'half',
    shown: { line: 'terms', label: 'Face value', needsLabel: always },
  },
};

/** The names of the fields, in the order of the form. */
export const ticketFieldNames = Object.keys(TICKET_FIELDS) as (keyof TicketInput)[];

/** The names of the fields in a part of the form. */
export const fieldsOfGroup = (group: keyof typeof FORM_GROUPS): (keyof TicketInput)[] =>
  ticketFieldNames.filter((name) => TICKET_FIELDS[name].group === group);

/** A value that buyers see below a ticket's title: `Venue`, and the text with its label where it needs one. */
export interface TicketDetail {
  name: string;
  label: string;
  text: string;
  line: Shown['line'];
  short: string;
}

/** The values that buyers see wherever a ticket is shown. */
export function ticketDetails(ticket: Partial<TicketInput>, format: Format): TicketDetail[] {
  return ticketFieldNames.flatMap((name) => {
    const field = TICKET_FIELDS[name];
    if (!('shown' in field) || field.kind === 'long-text' || field.shown === 'heading') return [];
    const value = ticket[name];
    const text = textOf(field, value, format);
    if (text === '' || (field.kind === 'choice' && value === field.unshown)) return [];
    const { line, label, needsLabel } = field.shown;
    // Sellers write "Row F" too.
    const hasLabel = text.toLowerCase().startsWith(label.toLowerCase());
    return [{ name, label, text, line, short: needsLabel(text) && !hasLabel ? `${label} ${text}` : text }];
  });
}

/** A value as people read it; empty when it is absent. A choice that is not offered any more is shown as it is stored. */
export function textOf(field: TicketField, value: string | Money | undefined, format: Format): string {
  if (value === undefined) return '';
  if (typeof value === 'object') return formatMoney(value, format);
  return field.kind === 'choice' ? (field.options[value] ?? value) : value;
}

/** The venue and the city in a line, the city once; undefined without both. */
export function ticketPlace(ticket: Partial<TicketInput>): string | undefined {
  const { venue, city } = ticket;
  if (venue !== undefined && city !== undefined && venue.toLowerCase().includes(city.toLowerCase())) return venue;
  const parts = [venue, city].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join(', ');
}

/** What it is and which seat, in a line: `Theatre · Stalls · Row F · Seat 12`; undefined when nothing is known. */
export function ticketSeat(ticket: Partial<TicketInput>, format: Format): string | undefined {
  const seat = ticketDetails(ticket, format).filter(({ line }) => line === 'seat');
  return seat.length === 0 ? undefined : seat.map(({ short }) => short).join(' · ');
}

/** What else a buyer must know before holding a ticket. */
export const ticketTerms = (ticket: Partial<TicketInput>, format: Format): TicketDetail[] =>
  ticketDetails(ticket, format).filter(({ line }) => line === 'terms');

/** The long texts of a ticket, for its own page. */
export function ticketTexts(
  ticket: Partial<TicketInput>,
): { name: string; heading: string; text: string | undefined; whenEmpty: string }[] {
  return ticketFieldNames.flatMap((name) => {
    const field = TICKET_FIELDS[name];
    const text = ticket[name];
    if (field.kind !== 'long-text') return [];
    return [{ name, text: typeof text === 'string' && text !== '' ? text : undefined, ...field.shown }];
  });
}
