'use client';
import { useRouter } from 'next/navigation';
import { useEffect, useRef, useState } from 'react';

/**
 * Keeps an order's page up to date: refreshes it at an interval and whenever the visitor comes back to it, announces what
 * has changed, and when the focused part is gone moves the focus to the heading of the new one.
 */
export function OrderPoller({
  stage,
  announcement,
  intervalMs,
}: {
  stage: string;
  announcement: string;
  /** None for a stage that no longer changes. */
  intervalMs: number | undefined;
}) {
  const router = useRouter();
  const [announced, setAnnounced] = useState('');
  const previousStage = useRef(stage);

  useEffect(() => {
    if (intervalMs === undefined) return;
    const refresh = () => {
      if (document.visibilityState === 'visible') router.refresh();
    };
    const timer = setInterval(refresh, intervalMs);
    document.addEventListener('visibilitychange', refresh);
    window.addEventListener('pageshow', refresh);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', refresh);
      window.removeEventListener('pageshow', refresh);
    };
  }, [intervalMs, router]);

  useEffect(() => {
    if (previousStage.current === stage) return;
    previousStage.current = stage;
    setAnnounced(announcement);
    if (document.activeElement === null || document.activeElement === document.body)
      document.getElementById('stage')?.focus();
  }, [stage, announcement]);

  return (
    <div className="visually-hidden" role="status">
      {announced}
    </div>
  );
}
