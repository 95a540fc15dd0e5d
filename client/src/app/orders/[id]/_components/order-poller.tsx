'use client';
import { useLayoutEffect, useMemo, useRef, useState } from 'react';
import { createHttp } from '@/api/http.ts';
import { useWatch } from '@/components/use-watch.ts';
import { serverClock } from '@/lib/server-clock.ts';
import { lookDelayMs, readOrderNews, type Stage } from './stage.ts';

/**
 * Keeps an order's page up to date: refreshes it when something that it shows has changed, announces that, and when the focused part
 * is gone moves the focus to the heading of the new one.
 */
export function OrderPoller({
  orderId,
  content,
  expiresAt,
  stage,
  announcement,
}: {
  orderId: string;
  /** What the page shows, as in stage.ts. */
  content: string;
  expiresAt: string;
  stage: Stage;
  announcement: string;
}) {
  const [announced, setAnnounced] = useState('');
  const previousStage = useRef(stage);

  const watched = useMemo(() => {
    if (stage === 'bought' || stage === 'ended') return undefined;
    const http = createHttp({ baseUrl: '' });
    let overdueLooks = 0;
    return {
      async look() {
        const news = await readOrderNews(http, orderId);
        if (news === 'unknown') return 'unreachable';
        if (news === 'not visible') return 'changed';
        serverClock.note(Date.parse(expiresAt) - news.msLeft);
        return news.content === content ? 'unchanged' : 'changed';
      },
      delayMs(looks: number) {
        const msLeft = Date.parse(expiresAt) - serverClock.now();
        if (msLeft <= 0) overdueLooks++;
        return lookDelayMs(stage, { looks, msLeft, overdueLooks });
      },
    } as const;
  }, [orderId, content, expiresAt, stage]);
  useWatch(watched);

  useLayoutEffect(() => {
    if (previousStage.current === stage) return;
    previousStage.current = stage;
    setAnnounced(announcement);
    // The new stage may be shorter: before it is painted, so that nothing is seen to jump.
    window.scrollTo({ top: 0, behavior: 'instant' });
    if (document.activeElement === null || document.activeElement === document.body)
      document.getElementById('stage')?.focus();
  }, [stage, announcement]);

  return (
    <div className="visually-hidden" role="status">
      {announced}
    </div>
  );
}
