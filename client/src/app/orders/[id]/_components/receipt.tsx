import type { ReactNode } from 'react';
import type { Answer } from '@/api/http.ts';
import type { Order, Payment, Ticket } from '@/api/types.ts';
import { EventDate } from '@/components/event-date.tsx';
import { LocalTime } from '@/components/local-time.tsx';
import { cardName } from '@/lib/card-name.ts';
import { formatMoney } from '@/lib/money.ts';
import { shortNumber } from '@/lib/short-number.ts';
import { SITE_NAME } from '@/lib/site.ts';
import { ticketDetails, ticketTexts } from '@/lib/ticket-fields.ts';
import { type Viewer, visitorFormat } from '@/lib/visitor.ts';
import { Link } from '@/ui/link.tsx';
import { Panel } from '@/ui/panel.tsx';
import { PrintButton } from './print-button.tsx';

/** What was bought, from whom, and how it was paid for. What a service that is down would know is marked as missing. */
export async function Receipt({
  order,
  buyer,
  payment,
  ticket,
}: {
  order: Order;
  buyer: Viewer;
  payment: Answer<Payment> | undefined;
  ticket: Answer<Ticket> | undefined;
}) {
  const format = await visitorFormat();
  const { ticket: offer } = order;
  const paidAt = order.history?.findLast(({ status }) => status === 'complete')?.at;
  return (
    <Panel as="section" labelledBy="receipt">
      <h2 id="receipt">Receipt</h2>
      <table className="receipt">
        <tbody>
          <Row label="Order number">
            <span className="figures">{shortNumber(order.id)}</span>
          </Row>
          <Row label="Ticket">
            <span dir="auto">{offer.title}</span>
          </Row>
          {offer.startsAt === undefined ? null : (
            <Row label="Event date">
              <EventDate {...offer} />
            </Row>
          )}
          {ticketDetails(offer, format).map(({ name, label, text }) => (
            <Row label={label} key={name}>
              <span dir="auto">{text}</span>
            </Row>
          ))}
          {ticketTexts(offer).map(({ name, heading, text }) =>
            text === undefined ? null : (
              <Row label={heading} key={name}>
                <span className="prose" dir="auto">
                  {text}
                </span>
              </Row>
            ),
          )}
          <Row label="Sold by">
            {ticket?.ok ? `Seller ${shortNumber(ticket.data.sellerId)}, through ${SITE_NAME}` : <Missing />}
          </Row>
          <Row label="Bought by">{buyer.kind === 'user' ? buyer.user.email : <Missing />}</Row>
          {paidAt === undefined ? null : (
            <Row label="Paid on">
              <LocalTime instant={paidAt} />
            </Row>
          )}
          {payment?.ok && payment.data.card === undefined ? null : (
            <Row label="Paid with">{payment?.ok && payment.data.card ? cardName(payment.data.card) : <Missing />}</Row>
          )}
          <Row label="Total paid">{formatMoney(offer.price, format)}</Row>
        </tbody>
      </table>
      <div className="row-actions no-print">
        <PrintButton />
        <Link href="/orders">My orders</Link>
      </div>
    </Panel>
  );
}

const Missing = () => <span className="muted">We can’t show this right now</span>;

function Row({ label, children }: { label: string; children: ReactNode }) {
  return (
    <tr>
      <th scope="row">{label}</th>
      <td>{children}</td>
    </tr>
  );
}
