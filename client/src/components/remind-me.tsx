'use client';
import { useSyncExternalStore } from 'react';
import { reminders } from '@/lib/reminders.ts';
import { Button } from '@/ui/button.tsx';

const NONE: never[] = [];

const KEPT = 'We’ll tell you here, in this browser, when you come back.';
const NOT_KEPT = 'We’ll tell you here while this page is open. Your browser doesn’t let us keep it for longer.';

/** Asks to be told when a ticket on hold is back. Without scripts there is nobody to tell it. */
export function RemindMe({ id, title }: { id: string; title: string }) {
  const isHydrated = useSyncExternalStore(
    reminders.subscribe,
    () => true,
    () => false,
  );
  const known = useSyncExternalStore(reminders.subscribe, reminders.get, () => NONE);
  const isAsked = known.some((one) => one.id === id);
  return (
    <div className={isHydrated ? 'remind-me' : 'remind-me invisible'}>
      <Button
        variant="quiet"
        aria-pressed={isAsked}
        onClick={() => {
          if (isAsked) reminders.remove(id);
          else reminders.add(id, title);
        }}
      >
        Tell me when it’s back
      </Button>
      <p className="muted small" role="status">
        {isAsked ? (reminders.isKept() ? KEPT : NOT_KEPT) : ''}
      </p>
    </div>
  );
}
