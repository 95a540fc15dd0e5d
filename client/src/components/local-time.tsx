'use client';
import { formatInstant } from '@/lib/time.ts';
import { useInBrowser } from '@/lib/use-in-browser.ts';
import { useFormat } from './format-context.tsx';

/** An instant in the visitor's own time zone; in UTC, labelled as such, until JavaScript runs. */
export function LocalTime({ instant, timeOnly = false }: { instant: string; timeOnly?: boolean }) {
  const locale = useFormat();
  const show = (zone: string) => formatInstant(instant, { zone, locale, withDate: !timeOnly });
  const text = useInBrowser(
    () => show(Intl.DateTimeFormat().resolvedOptions().timeZone),
    () => show('UTC'),
  );
  return (
    <time dateTime={instant} className="figures">
      {text}
    </time>
  );
}
