import type { Metadata } from 'next';
import type { Ticket } from '@/api/types.ts';
import { siteUrl } from './config.ts';
import { DEFAULT_FORMAT } from './formats.ts';
import { formatMoney, plainAmount } from './money.ts';
import { SITE_NAME } from './site.ts';
import { eventDateText } from './ticket-face.ts';
import { ticketPlace } from './ticket-fields.ts';

/** A ticket in one line, as other sites show it: price, date and place. */
const summary = (ticket: Ticket): string =>
  [
    formatMoney(ticket.price, DEFAULT_FORMAT),
    ticket.startsAt === undefined ? undefined : eventDateText(ticket.startsAt, ticket.timeZone, DEFAULT_FORMAT),
    ticketPlace(ticket),
  ]
    .filter((part) => part !== undefined)
    .join(' · ');

/** What other sites and search engines show of a ticket's page. */
export function shareMetadata(ticket: Ticket): Metadata {
  const description = `${summary(ticket)}. From someone who can’t make it, on ${SITE_NAME}.`;
  const site = siteUrl();
  if (site === undefined) return { title: ticket.title, description };
  const url = new URL(`/tickets/${ticket.id}`, site).href;
  return {
    title: ticket.title,
    description,
    metadataBase: site,
    alternates: { canonical: url },
    openGraph: { type: 'website', siteName: SITE_NAME, title: ticket.title, description: summary(ticket), url },
    twitter: { card: 'summary_large_image' },
  };
}

/** The event and the offer in schema.org's terms, as JSON that is safe within a script element; undefined for a ticket without a date. */
export function eventJson(ticket: Ticket): string | undefined {
  const { id, title, startsAt, price, status, isClosed } = ticket;
  // Search engines reject an event without a date.
  if (startsAt === undefined) return undefined;
  const site = siteUrl();
  const place = ticketPlace(ticket);
  const json = JSON.stringify({
    '@context': 'https://schema.org',
    '@type': 'Event',
    name: title,
    startDate: startsAt,
    ...(place !== undefined && { location: { '@type': 'Place', name: ticket.venue ?? place, address: place } }),
    offers: {
      '@type': 'Offer',
      price: plainAmount(price),
      priceCurrency: price.currency.toUpperCase(),
      availability: `https://schema.org/${status === 'listed' && !isClosed ? 'InStock' : 'SoldOut'}`,
      ...(site !== undefined && { url: new URL(`/tickets/${id}`, site).href }),
    },
  });
  // A title may contain the end of the element.
  return json.replaceAll('<', '\\u003c');
}
