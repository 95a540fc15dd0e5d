'use client';
import { useEffect } from 'react';
import { followHold } from '@/lib/follow-hold.ts';
import { type HeldTicket, heldTickets } from '@/lib/held-tickets.ts';
import { useIsLive } from '@/lib/use-in-browser.ts';
import { Link } from '@/ui/link.tsx';
import { LocalTime } from './local-time.tsx';
import { TimeLeft, useSecondsLeft } from './time-left.tsx';

/** The hold that ends next, with the time that is left and the way to pay. `path` is the page that it is on. */
export function HoldLine({ held, path }: { held: HeldTicket; path: string }) {
  const { orderId, title, expiresAt } = held;
  const left = useSecondsLeft(held);
  const isLive = useIsLive();
  useEffect(() => {
    if (left <= 0) heldTickets.note({ orderId, at: expiresAt, held: undefined });
  }, [left, orderId, expiresAt]);

  // It may have been paid or cancelled in another tab: looked at on each page.
  useEffect(() => followHold({ orderId, expiresAt }), [path, orderId, expiresAt]);
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
            <span>
              until <LocalTime instant={expiresAt} timeOnly />
            </span>
          )}
        </span>{' '}
        <Link href={`/orders/${orderId}`}>Pay now</Link>
      </p>
    </aside>
  );
}
