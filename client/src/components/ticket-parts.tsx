import type { TicketFace } from '@/lib/ticket-face.ts';

/** The date at the side of a ticket. */
export function DateBlock({ date }: Pick<TicketFace, 'date'>) {
  if (date === undefined)
    return (
      <div className="ticket-date" aria-hidden="true">
        <span className="open-date">Open date</span>
      </div>
    );
  return (
    <div className="ticket-date" aria-hidden="true">
      <span className="weekday">{date.weekday}</span>
      <span className="day">{date.day}</span>
      <span className="month">{date.month}</span>
    </div>
  );
}

/** The price on a ticket's stub; a long one is smaller. */
export function Price({ price }: Pick<TicketFace, 'price'>) {
  const length = price.length > 10 ? ' price-longer' : price.length > 7 ? ' price-long' : '';
  return <span className={`price${length}`}>{price}</span>;
}

/** The texts below a ticket's title. */
export const Details = ({ details }: Pick<TicketFace, 'details'>) =>
  details.map((detail) => (
    <p className="ticket-detail" dir="auto" key={detail}>
      {detail}
    </p>
  ));
