'use client';
import { type ReactNode, useSyncExternalStore } from 'react';
import { serverClock } from '@/lib/server-clock.ts';
import { clock, secondsUntil } from '@/lib/time.ts';
import { useIsLive } from '@/lib/use-in-browser.ts';
import { LocalTime } from './local-time.tsx';

/** The instants of a hold, by the server. */
export interface Hold {
  expiresAt: string;
  serverNow: string;
}

const everyQuarterSecond = (onTick: () => void) => {
  const timer = setInterval(onTick, 250);
  return () => {
    clearInterval(timer);
  };
};

/** The seconds left, by the tab's clock: a page that is shown again with the instants of long ago has less left. */
export function useSecondsLeft({ expiresAt, serverNow }: Hold): number {
  return useSyncExternalStore(
    everyQuarterSecond,
    () => {
      serverClock.note(Date.parse(serverNow));
      return secondsUntil(expiresAt, serverClock.now());
    },
    () => secondsUntil(expiresAt, Date.parse(serverNow)),
  );
}

/** The time left on a hold. */
export const TimeLeft = (hold: Hold) => <strong className="figures">{clock(useSecondsLeft(hold))}</strong>;

/**
 * How long a held ticket can be paid, as a sentence that stays true while it is shown. Each state has an element of its own, by its
 * key: a browser that translates the page replaces the texts in it.
 */
export function TimeToPay(hold: Hold) {
  const left = useSecondsLeft(hold);
  // Without scripts the countdown would stand still.
  const isLive = useIsLive();
  if (!isLive)
    return (
      <span key="by">
        Pay by <LocalTime instant={hold.expiresAt} timeOnly />.
      </span>
    );
  if (left <= 0) return <span key="over">The time to pay is over.</span>;
  return (
    <span key="left">
      <TimeLeft {...hold} /> left to pay.
    </span>
  );
}

/** The children while a hold lasts, then `late`: also on a page that is shown again as it was long ago. */
export const WhileInTime = ({ late, children, ...hold }: Hold & { late: ReactNode; children: ReactNode }) =>
  useSecondsLeft(hold) > 0 ? <span key="in-time">{children}</span> : <span key="late">{late}</span>;
