'use client';
import { usePathname } from 'next/navigation';
import { lazy, Suspense, useEffect, useSyncExternalStore } from 'react';
import { heldTickets, type HoldNote, soonestHold } from '@/lib/held-tickets.ts';

// Few visitors hold a ticket: its code is loaded only then. Without a connection the page goes on without it.
const HoldLine = lazy(() =>
  import('./hold-line.tsx').then(
    ({ HoldLine: loaded }) => ({ default: loaded }),
    () => ({ default: () => null }),
  ),
);

/** The line of the bar; `notes` are what the server knew when the page was loaded. Nothing on the page of the order itself. */
export function HoldBarLine({ notes }: { notes: HoldNote[] }) {
  const path = usePathname();
  useEffect(() => {
    for (const note of notes) heldTickets.note(note);
  }, [notes]);
  const known = useSyncExternalStore(heldTickets.subscribe, heldTickets.get, () => undefined);
  // Until the effect has run.
  const shown = known ?? soonestHold(notes.filter(({ orderId }) => !heldTickets.knows(orderId)));
  return shown === undefined || path === `/orders/${shown.orderId}` ? null : (
    <Suspense>
      <HoldLine held={shown} path={path} />
    </Suspense>
  );
}
