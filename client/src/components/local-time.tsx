'use client';
import { useSyncExternalStore } from 'react';
import { formatInstant } from '@/lib/time.ts';

const never = () => () => undefined;

/** An instant in the visitor's own time zone; in UTC, labelled as such, until JavaScript runs. */
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
