'use client';
import { useSyncExternalStore } from 'react';
import { serverClock } from '@/lib/server-clock.ts';
import { clock, secondsUntil } from '@/lib/time.ts';

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
