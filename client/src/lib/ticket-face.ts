import type { TicketInput } from '@/api/types.ts';
import type { Format } from './formats.ts';
import { formatMoney } from './money.ts';
import { ticketPlace, ticketSeat } from './ticket-fields.ts';
import { eventDate } from './time.ts';

/** What a ticket's card shows, as texts: a browser could write dates and prices in another way than this server. */
export interface TicketFace {
  id: string;
  title: string;
  details: string[];
  price: string;
  /** Absent for an open date. */
  date?: { instant: string; weekday: string; day: string; month: string; text: string };
}

/** The event's date in a line, in its own zone. */
export function eventDateText(startsAt: string, timeZone: string | undefined, format: Format): string {
  const date = eventDate(startsAt, timeZone, format);
  return `${date.weekday} ${date.day} ${date.month} ${date.year}, ${date.time} ${date.zone}`;
}

/** What the card of a ticket shows. */
export function ticketFace(ticket: TicketInput & { id: string }, format: Format): TicketFace {
  const { id, title, price, startsAt, timeZone } = ticket;
  const face = {
    id,
    title,
    details: [ticketPlace(ticket), ticketSeat(ticket, format)].filter((line) => line !== undefined),
    price: formatMoney(price, format),
  };
  if (startsAt === undefined) return face;
  const { weekday, day, month } = eventDate(startsAt, timeZone, format);
  return { ...face, date: { instant: startsAt, weekday, day, month, text: eventDateText(startsAt, timeZone, format) } };
}
