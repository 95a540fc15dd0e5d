import type { TicketInput } from '@/api/types.ts';
import { eventDate } from '@/lib/time.ts';

/** When the event is, in its own zone. */
export function EventDate({ startsAt, timeZone }: Pick<TicketInput, 'startsAt' | 'timeZone'>) {
  if (startsAt === undefined) return <>Open date</>;
  const date = eventDate(startsAt, timeZone);
  return (
    <time dateTime={startsAt} className="figures">
      {date.weekday} {date.day} {date.month} {date.year}, {date.time} {date.zone}
    </time>
  );
}
