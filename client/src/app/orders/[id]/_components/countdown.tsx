'use client';
import { useEffect, useRef, useState } from 'react';
import { useRouter } from 'next/navigation';
import { clock } from '@/lib/time.ts';

const WARNINGS = [5, 2, 1];

/**
 * The time left on a hold. Counts from the difference between two of the server's instants, by a monotonic clock, so a
 * wrong clock in the browser does not matter; each render corrects it.
 */
export function Countdown({ expiresAt, serverNow }: { expiresAt: string; serverNow: string }) {
  const router = useRouter();
  const total = (Date.parse(expiresAt) - Date.parse(serverNow)) / 1000;
  const [left, setLeft] = useState(total);
  const [warning, setWarning] = useState('');
  // Kept between renders: after the laptop has slept, it is a render that passes a mark, not a tick.
  const before = useRef(total);

  useEffect(() => {
    const start = performance.now();
    let asked = 0;
    const tick = () => {
      const now = total - (performance.now() - start) / 1000;
      setLeft(now);
      const passed = WARNINGS.findLast((minutes) => before.current > minutes * 60 && now <= minutes * 60);
      if (passed !== undefined) setWarning(`${passed} minute${passed === 1 ? '' : 's'} left to pay.`);
      before.current = now;
      // The services end the hold moments later; the page refreshes until they have.
      if (now <= 0 && performance.now() - asked > 1000) {
        asked = performance.now();
        router.refresh();
      }
    };
    tick();
    const timer = setInterval(tick, 250);
    return () => {
      clearInterval(timer);
    };
  }, [total, router]);

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
