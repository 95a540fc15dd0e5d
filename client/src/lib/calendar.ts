import type { Order } from '@/api/types.ts';
import ical from 'ical-generator';
import { shortNumber } from './short-number.ts';
import { SITE_NAME } from './site.ts';
import { ticketPlace } from './ticket-fields.ts';

/** The event of an order as an iCalendar file, which every calendar reads; undefined for a ticket without a date. */
export function calendarFile({ id, ticket }: Order, orderUrl: string): string | undefined {
  if (ticket.startsAt === undefined) return undefined;
  const place = ticketPlace(ticket);
  const calendar = ical({ prodId: { company: SITE_NAME, product: 'tickets', language: 'EN' } });
  calendar.createEvent({
    // The same for each download, so that a calendar replaces the event rather than adding another.
    id,
    start: new Date(ticket.startsAt),
    summary: ticket.title,
    description: `Order ${shortNumber(id)}. Your ticket: ${orderUrl}`,
    url: orderUrl,
    ...(place !== undefined && { location: place }),
  });
  return calendar.toString();
}
