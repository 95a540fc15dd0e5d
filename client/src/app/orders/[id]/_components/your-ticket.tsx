import type { Answer } from '@/api/http.ts';
import type { Delivery, Order } from '@/api/types.ts';
import { FileLink, isEmptyDelivery, TicketCode } from '@/components/ticket-contents.tsx';
import { LazyRetryWatch } from '@/components/lazy-retry-watch.tsx';
import { Icon } from '@/ui/icon.tsx';
import { Notice } from '@/ui/notice.tsx';
import { ReloadLink } from '@/ui/link.tsx';
import { Panel } from '@/ui/panel.tsx';
import { StageHeading } from './stage-parts.tsx';

/** The ticket itself, which the buyer shows at the entrance; `delivery` failed while tickets is down. */
export function YourTicket({ order, delivery }: { order: Order; delivery: Answer<Delivery> | undefined }) {
  return (
    <Panel as="section" labelledBy="stage">
      <StageHeading>Your ticket</StageHeading>
      <p className="paid no-print">
        <Icon name="good" size={18} /> Payment complete. The ticket is yours.
      </p>
      {delivery?.ok ? <Contents order={order} delivery={delivery.data} /> : <NotLoaded order={order} />}
      {order.ticket.startsAt === undefined ? null : (
        <p className="no-print">
          <a href={`/orders/${order.id}/calendar.ics`} download="ticket.ics">
            Add to calendar
          </a>
        </p>
      )}
    </Panel>
  );
}

function NotLoaded({ order }: { order: Order }) {
  return (
    <Notice tone="warn" title="We can’t load your ticket right now.">
      <LazyRetryWatch />
      <p>
        It’s yours, and it’s safe. <ReloadLink href={`/orders/${order.id}`}>Try again</ReloadLink>
      </p>
    </Notice>
  );
}

function Contents({ order, delivery }: { order: Order; delivery: Delivery }) {
  if (isEmptyDelivery(delivery))
    return (
      <Notice tone="note" title="The seller hasn’t added the ticket yet.">
        <p>
          It appears here as soon as they do. <ReloadLink href={`/orders/${order.id}`}>Check again</ReloadLink>
        </p>
      </Notice>
    );
  const { code, codeFormat, instructions, files } = delivery;
  return (
    <>
      {code === null ? null : <TicketCode code={code} codeFormat={codeFormat} />}
      {files.length === 0 ? null : (
        <ul className="ticket-files no-print">
          {files.map((file) => (
            <li key={file.id}>
              <FileLink ticketId={order.ticketId} file={file} />
            </li>
          ))}
        </ul>
      )}
      {instructions === null ? null : (
        <p className="prose" dir="auto">
          {instructions}
        </p>
      )}
    </>
  );
}
