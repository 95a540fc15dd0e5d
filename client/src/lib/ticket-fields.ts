import type { TicketInput } from '@/api/types.ts';

interface Base {
  /** The label of the control. */
  label: string;
  hint?: string;
  /** Its name in messages, if that is not the label. */
  name?: string;
  /** The message when it is empty; without one the field is optional. */
  required?: string;
}

interface TextField extends Base {
  kind: 'text';
  maxLength: number;
  /** How buyers see it: a heading of its own, or a detail below it, named unless it explains itself. */
  shown: 'heading' | { label: string; needsLabel: boolean };
}

interface LongTextField extends Base {
  kind: 'long-text';
  maxLength: number;
  /** How buyers see it: under its own heading on the ticket's page. */
  shown: { heading: string; whenEmpty: string };
}

/** Fields with a fixed place wherever a ticket is shown. */
interface OtherField extends Base {
  kind: 'price' | 'instant' | 'time-zone';
}

export type TicketField = TextField | LongTextField | OtherField;

/**
 * The fields of a ticket, in the order of the form. Everything that edits, parses or shows a ticket is driven by this list and
 * the kinds of its fields, so another optional text is one more entry; the compiler refuses a list that lacks a field of the API.
 */
export const TICKET_FIELDS: Readonly<Record<keyof TicketInput, TicketField>> = {
  title: { kind: 'text', label: 'Event', required: 'Enter the event.', maxLength: 120, shown: 'heading' },
  price: {
    kind: 'price',
    label: 'Price',
    hint: 'For example 49, 49.50 or 1,250',
    required: 'Enter a price.',
  },
  venue: {
    kind: 'text',
    label: 'Venue and city',
    maxLength: 120,
    shown: { label: 'Venue', needsLabel: false },
  },
  startsAt: {
    kind: 'instant',
    label: 'Date and start time',
    hint: 'Local time at the venue. Sales end then.',
  },
  timeZone: { kind: 'time-zone', label: 'Venue time zone', name: 'Time zone' },
  notes: {
    kind: 'long-text',
    label: 'Anything a buyer should know?',
    hint: 'Seat, entrance, how you’ll deliver it.',
    name: 'Notes',
    maxLength: 1000,
    shown: { heading: 'Seller’s notes', whenEmpty: 'No notes from the seller.' },
  },
};

/** The names of the fields, in the order of the form. */
export const ticketFieldNames = Object.keys(TICKET_FIELDS) as (keyof TicketInput)[];

/** A text that buyers see below a ticket's title: `Venue`, and whether it needs that label where space is short. */
export interface TicketDetail {
  name: string;
  label: string;
  text: string;
  needsLabel: boolean;
}

/** The texts that buyers see wherever a ticket is shown. */
export function ticketDetails(ticket: Partial<TicketInput>): TicketDetail[] {
  return ticketFieldNames.flatMap((name) => {
    const field = TICKET_FIELDS[name];
    const text = ticket[name];
    if (field.kind !== 'text' || field.shown === 'heading' || typeof text !== 'string' || text === '') return [];
    return [{ name, text, ...field.shown }];
  });
}

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
