'use client';
import { useRouter } from 'next/navigation';
import { useEffect, useRef, useState } from 'react';
import { createHttp } from '@/api/http.ts';
import { type OrderNews, readOrderNews } from './stage.ts';

/** How often an order is read once its hold should have ended: the services end it moments later. */
const OVERDUE_INTERVAL_MS = 1000;
/** By how much the countdown may be wrong. */
const TOLERANCE_MS = 5000;

/**
 * Keeps an order's page up to date: reads the order at an interval and whenever the visitor comes back to it, refreshes the page
 * when something that it shows has changed, announces that, and when the focused part is gone moves the focus to the heading of
 * the new one.
 */
export function OrderPoller({
  orderId,
  content,
  msLeft,
  stage,
  announcement,
  intervalMs,
}: {
  orderId: string;
  /** What the page shows, as in stage.ts. */
  content: string;
  /** Until the hold ends, while there is a countdown. */
  msLeft: number | undefined;
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
    const http = createHttp({ baseUrl: '' });
    const renderedAt = performance.now();
    let isReading = false;
    let isOver = false;
    const isShown = (news: OrderNews) => {
      if (news === 'unknown') return true;
      if (news === 'not visible' || news.content !== content) return false;
      const countdown = msLeft === undefined ? undefined : msLeft - (performance.now() - renderedAt);
      return countdown === undefined || Math.abs(countdown - news.msLeft) <= TOLERANCE_MS;
    };
    const look = async () => {
      if (isReading || document.visibilityState !== 'visible') return;
      isReading = true;
      const news = await readOrderNews(http, orderId).finally(() => {
        isReading = false;
      });
      if (!isOver && !isShown(news)) router.refresh();
    };
    const onEvent = () => void look();
    const timers = [setInterval(onEvent, intervalMs)];
    const overdue =
      msLeft === undefined
        ? undefined
        : setTimeout(() => timers.push(setInterval(onEvent, OVERDUE_INTERVAL_MS)), Math.max(msLeft, 0));
    document.addEventListener('visibilitychange', onEvent);
    window.addEventListener('pageshow', onEvent);
    return () => {
      isOver = true;
      clearTimeout(overdue);
      for (const timer of timers) clearInterval(timer);
      document.removeEventListener('visibilitychange', onEvent);
      window.removeEventListener('pageshow', onEvent);
    };
  }, [orderId, content, msLeft, intervalMs, router]);

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
