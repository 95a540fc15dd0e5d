'use client';
import { useRouter } from 'next/navigation';
import { useEffect, useRef, useState } from 'react';

/**
 * Keeps an order's page true: asks for it anew every so often, at once when the visitor comes back to it, says aloud what
 * has changed, and when the part with the focus is gone moves the focus to the new part's heading.
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
