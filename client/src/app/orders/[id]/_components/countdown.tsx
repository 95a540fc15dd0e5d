'use client';
import { type ReactNode, useEffect } from 'react';
import { type Hold, useSecondsLeft } from '@/components/time-left.tsx';
import { clock } from '@/lib/time.ts';
import { prefixTitle } from '@/lib/title-prefix.ts';
import { minutesWarning } from './stage.ts';

/** The time left on a hold: stays in view on a phone, warns near the end, and is in the tab's title. */
export function Countdown({ expiresAt, serverNow, children }: Hold & { children: ReactNode }) {
  const left = useSecondsLeft({ expiresAt, serverNow });
  const warning = minutesWarning(left);

  useEffect(() => {
    prefixTitle('time', left > 0 ? `${clock(left)} left · ` : '');
    return () => {
      prefixTitle('time', '');
    };
  }, [left]);

  return (
    <div className={warning === undefined ? 'countdown' : 'countdown countdown-low'}>
      <span className="countdown-time" role="timer" aria-label="Time left to pay" translate="no">
        {clock(left)}
      </span>
      <strong className="countdown-warning" role="status">
        {warning}
      </strong>
      {children}
    </div>
  );
}

/** What can be done while the ticket is on hold. Afterwards it stays, unseen, so that a payment being sent can end. */
export function WhileHeld({ expiresAt, serverNow, children }: Hold & { children: ReactNode }) {
  const isOver = useSecondsLeft({ expiresAt, serverNow }) <= 0;
  return (
    <>
      {isOver ? (
        <p role="status">
          <strong>The time to pay is over.</strong> We’re checking your order.
        </p>
      ) : null}
      <div className="stack" hidden={isOver}>
        {children}
      </div>
    </>
  );
}
