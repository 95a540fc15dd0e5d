'use client';
import { useSyncExternalStore } from 'react';
import { formatInstant } from '../lib/time.ts';

const never = () => () => undefined;

/** An instant on the visitor's own clock; in UTC, and saying so, until scripts run. */
export function LocalTime({ instant, timeOnly = false }: { instant: string; timeOnly?: boolean }) {
  const show = (zone: string) => formatInstant(instant, { zone, withDate: !timeOnly });
  const text = useSyncExternalStore(
    never,
    () => show(Intl.DateTimeFormat().resolvedOptions().timeZone),
    () => show('UTC'),
  );
  return (
    <time dateTime={instant} className="figures">
      {text}
    </time>
  );
}
