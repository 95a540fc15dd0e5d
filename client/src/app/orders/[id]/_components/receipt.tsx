import type { ReactNode } from 'react';
import type { Answer } from '@/api/http.ts';
import type { Delivery, Order } from '@/api/types.ts';
import { EventDate } from '@/components/event-date.tsx';
import { LocalTime } from '@/components/local-time.tsx';
import { formatMoney } from '@/lib/money.ts';
import { SITE_NAME } from '@/lib/site.ts';
import { ticketDetails, ticketTexts } from '@/lib/ticket-fields.ts';
import { Link } from '@/ui/link.tsx';
import { Notice } from '@/ui/notice.tsx';
import { Panel } from '@/ui/panel.tsx';
import { PrintButton } from './print-button.tsx';
import { StageHeading } from './stage-parts.tsx';
import { YourTicket } from './your-ticket.tsx';

/** The order is paid: the ticket itself, then the receipt. */
export function Receipt({ order, delivery }: { order: Order; delivery: Answer<Delivery> | undefined }) {
  const { ticket } = order;
  const paidAt = order.history?.findLast(({ status }) => status === 'complete')?.at;
  return (
    <section className="stack">
      <Notice tone="good" title="Payment complete. The ticket is yours." />
      <YourTicket order={order} delivery={delivery} />
      <Panel>
        <StageHeading>Receipt</StageHeading>
        <table className="receipt">
          <tbody>
            <Row label="Ticket">
              <span dir="auto">{ticket.title}</span>
            </Row>
            {ticketDetails(ticket).map(({ name, label, text }) => (
              <Row label={label} key={name}>
                <span dir="auto">{text}</span>
              </Row>
            ))}
            {ticketTexts(ticket).map(({ name, heading, text }) =>
              text === undefined ? null : (
                <Row label={heading} key={name}>
                  <span className="prose">{text}</span>
                </Row>
              ),
            )}
            {ticket.startsAt === undefined ? null : (
              <Row label="Event date">
                <EventDate {...ticket} />
              </Row>
            )}
            <Row label="Order">
              <span className="figures">{order.id}</span>
            </Row>
            <Row label="Bought on">{SITE_NAME}</Row>
            {paidAt === undefined ? null : (
              <Row label="Payment date">
                <LocalTime instant={paidAt} />
              </Row>
            )}
            <Row label="Total paid">{formatMoney(ticket.price)}</Row>
          </tbody>
        </table>
        <div className="row-actions no-print">
          <PrintButton />
          <Link href="/orders">My orders</Link>
        </div>
      </Panel>
    </section>
  );
}

function Row({ label, children }: { label: string; children: ReactNode }) {
  return (
    <tr>
      <th scope="row">{label}</th>
      <td>{children}</td>
    </tr>
  );
}
