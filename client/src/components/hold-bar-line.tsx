'use client';
import { usePathname } from 'next/navigation';
import { useEffect, useSyncExternalStore } from 'react';
import { type HeldTicket, heldTickets } from '@/lib/held-tickets.ts';
import { Link } from '@/ui/link.tsx';
import { LocalTime } from './local-time.tsx';
import { TimeLeft, useIsLive, useSecondsLeft } from './time-left.tsx';

/** The line of the bar; `held` is what the server knew when the page was loaded. Nothing on the page of the order itself. */
export function HoldBarLine({ held }: { held: HeldTicket | undefined }) {
  const path = usePathname();
  useEffect(() => {
    if (held !== undefined && !heldTickets.knows(held.orderId)) heldTickets.note(held.orderId, held);
  }, [held]);
  const known = useSyncExternalStore(heldTickets.subscribe, heldTickets.get, () => undefined);
  // Until the effect has run.
  const shown = known ?? (held !== undefined && !heldTickets.knows(held.orderId) ? held : undefined);
  return shown === undefined || path === `/orders/${shown.orderId}` ? null : <Line held={shown} />;
}

function Line({ held }: { held: HeldTicket }) {
  const { orderId, title, expiresAt } = held;
  const left = useSecondsLeft(held);
  const isLive = useIsLive();
  useEffect(() => {
    if (left <= 0) heldTickets.note(orderId, undefined);
  }, [left, orderId]);
  if (left <= 0) return null;
  return (
    <aside className="hold-bar no-print" aria-label="Your hold">
      <p className="container">
        <span className="hold-bar-title">
          You hold <bdi>{title}</bdi>
        </span>{' '}
        <span className="hold-bar-time" translate="no">
          {isLive ? (
            <TimeLeft {...held} />
          ) : (
            <>
              until <LocalTime instant={expiresAt} timeOnly />
            </>
          )}
        </span>{' '}
        <Link href={`/orders/${orderId}`}>Pay now</Link>
      </p>
    </aside>
  );
}
