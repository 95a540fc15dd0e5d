'use client';
import { usePathname } from 'next/navigation';
import { useEffect, useSyncExternalStore } from 'react';
import { type HeldTicket, heldTickets, type HoldNote, soonestHold } from '@/lib/held-tickets.ts';
import { Link } from '@/ui/link.tsx';
import { LocalTime } from './local-time.tsx';
import { TimeLeft, useIsLive, useSecondsLeft } from './time-left.tsx';

/** The line of the bar; `notes` are what the server knew when the page was loaded. Nothing on the page of the order itself. */
export function HoldBarLine({ notes }: { notes: HoldNote[] }) {
  const path = usePathname();
  useEffect(() => {
    for (const note of notes) heldTickets.note(note);
  }, [notes]);
  const known = useSyncExternalStore(heldTickets.subscribe, heldTickets.get, () => undefined);
  // Until the effect has run.
  const shown = known ?? soonestHold(notes.filter(({ orderId }) => !heldTickets.knows(orderId)));
  return shown === undefined || path === `/orders/${shown.orderId}` ? null : <Line held={shown} path={path} />;
}

function Line({ held, path }: { held: HeldTicket; path: string }) {
  const { orderId, title, expiresAt } = held;
  const left = useSecondsLeft(held);
  const isLive = useIsLive();
  useEffect(() => {
    if (left <= 0) heldTickets.note({ orderId, at: expiresAt, held: undefined });
  }, [left, orderId, expiresAt]);

  // It may have been paid or cancelled in another tab. Few visitors hold a ticket: its code is loaded only then.
  useEffect(() => {
    let end: (() => void) | undefined;
    let isOver = false;
    void import('@/lib/follow-hold.ts').then(
      ({ followHold }) => {
        if (!isOver) end = followHold({ orderId, expiresAt });
      },
      // Without a connection there is nothing to read.
      () => undefined,
    );
    return () => {
      isOver = true;
      end?.();
    };
  }, [path, orderId, expiresAt]);
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
