'use client';
import { useEffect, useRef, useState } from 'react';
import { clock } from '@/lib/time.ts';

const WARNINGS = [5, 2, 1];

/**
 * The time left on a hold. Counts from the difference between two of the server's instants, by a monotonic clock, so a
 * wrong clock in the browser does not matter; OrderPoller has it corrected where that clock stands still while a laptop sleeps.
 */
export function Countdown({ msLeft }: { msLeft: number }) {
  const total = msLeft / 1000;
  const [left, setLeft] = useState(total);
  const [warning, setWarning] = useState('');
  // Kept between renders: after the laptop has slept, it is a render that passes a mark, not a tick.
  const before = useRef(total);

  useEffect(() => {
    const start = performance.now();
    const tick = () => {
      const now = total - (performance.now() - start) / 1000;
      setLeft(now);
      const passed = WARNINGS.findLast((minutes) => before.current > minutes * 60 && now <= minutes * 60);
      if (passed !== undefined) setWarning(`${passed} minute${passed === 1 ? '' : 's'} left to pay.`);
      before.current = now;
    };
    tick();
    const timer = setInterval(tick, 250);
    return () => {
      clearInterval(timer);
    };
  }, [total]);

  return (
    <>
      <span className="countdown-time" role="timer" aria-label="Time left to pay" suppressHydrationWarning>
        {clock(left)}
      </span>
      <span className="visually-hidden" role="status">
        {warning}
      </span>
    </>
  );
}
