import type { TicketInput } from '@/api/types.ts';
import { eventDateText } from '@/lib/ticket-face.ts';
import { visitorFormat } from '@/lib/visitor.ts';

/** When the event is, in its own zone. */
export async function EventDate({ startsAt, timeZone }: Pick<TicketInput, 'startsAt' | 'timeZone'>) {
  if (startsAt === undefined) return <span>Open date</span>;
  return (
    <time dateTime={startsAt} className="figures">
      {eventDateText(startsAt, timeZone, await visitorFormat())}
    </time>
  );
}
