'use client';
import { useRouter } from 'next/navigation';
import { useEffect, useRef, useState } from 'react';

/**
 * Keeps an order's page up to date: refreshes it at an interval and whenever the visitor comes back to it, announces what
 * has changed, and when the focused part is gone moves the focus to the heading of the new one.
 */
export function OrderWatch({
  stage,
  announcement,
  everyMs,
}: {
  stage: string;
  announcement: string;
  everyMs?: number;
}) {
  const router = useRouter();
  const [said, setSaid] = useState('');
  const before = useRef(stage);

  useEffect(() => {
    if (everyMs === undefined) return;
    const look = () => {
      if (document.visibilityState === 'visible') router.refresh();
    };
    const timer = setInterval(look, everyMs);
    document.addEventListener('visibilitychange', look);
    window.addEventListener('pageshow', look);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
      window.removeEventListener('pageshow', look);
    };
  }, [everyMs, router]);

  useEffect(() => {
    if (before.current === stage) return;
    before.current = stage;
    setSaid(announcement);
    if (document.activeElement === null || document.activeElement === document.body)
      document.getElementById('stage')?.focus();
  }, [stage, announcement]);

  return (
    <div className="visually-hidden" role="status">
      {said}
    </div>
  );
}
