import type { Ticket } from '@/api/types.ts';
import { LocalTime } from '@/components/local-time.tsx';
import { Notice } from '@/ui/notice.tsx';

/** Why a listing can't be edited. */
export function LockedNotice({ ticket: { status, reservedUntil } }: { ticket: Ticket }) {
  if (status === 'sold')
    return (
      <Notice key="sold" tone="warn" title="This ticket has been sold.">
        <p>You can no longer edit it.</p>
      </Notice>
    );
  return (
    <Notice key="held" tone="warn" title="A buyer has this ticket on hold.">
      <p>
        You can’t edit it{' '}
        <span>
          {reservedUntil === undefined ? (
            'while the payment is in progress'
          ) : (
            <span>
              until <LocalTime instant={reservedUntil} timeOnly />
            </span>
          )}
        </span>
        , so the buyer gets what they were shown.
      </p>
    </Notice>
  );
}
