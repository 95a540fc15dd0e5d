'use client';
import { useEffect, useRef, useState } from 'react';
import { useHappened, useTicketNews } from '@/components/use-ticket-news.ts';
import { useRefreshAfterReset, useRefreshWhenListed } from '@/components/use-watch.ts';
import { announcement, happened, type Happened } from '@/lib/list-news.ts';
import { Badge, type BadgeTone } from '@/ui/badge.tsx';
import type { IconName } from '@/ui/icon.tsx';

const BADGES: Record<Happened, { tone: BadgeTone; icon: IconName; text: string }> = {
  held: { tone: 'warn', icon: 'clock', text: 'On hold' },
  back: { tone: 'good', icon: 'tag', text: 'Available again' },
  sold: { tone: 'note', icon: 'good', text: 'Sold' },
  removed: { tone: 'quiet', icon: 'gone', text: 'Removed' },
  changed: { tone: 'quiet', icon: 'tag', text: 'Changed' },
};

/** What has happened to a ticket since the list was rendered. Its place is kept free, so nothing moves. */
export function LiveBadge({ id, version }: { id: string; version: number }) {
  const news = useTicketNews(id, version);
  if (news === undefined) return null;
  const { text, ...badge } = BADGES[happened(news)];
  return (
    <span className="live-badge">
      <Badge {...badge}>{text}</Badge>
    </span>
  );
}

/** From the first of several changes to their announcement, and from one announcement to the next. */
const [GATHER_MS, PAUSE_MS] = [1500, 10_000];

/** Announces what happens to the tickets of the list, all of it together, and not more often than every ten seconds. */
export function ListAnnouncer({ tickets }: { tickets: { id: string; title: string; version: number }[] }) {
  const state = useHappened(tickets);
  useRefreshAfterReset();
  const [text, setText] = useState('');
  const last = useRef({ state: '{}', at: -Infinity });
  const dueAt = useRef<number>(undefined);

  useEffect(() => {
    if (state === last.current.state) return;
    dueAt.current ??= Math.max(performance.now() + GATHER_MS, last.current.at + PAUSE_MS);
    const timer = setTimeout(() => {
      const [before, after] = [last.current.state, state].map((json) => JSON.parse(json) as Record<string, Happened>);
      setText(announcement(tickets, before ?? {}, after ?? {}));
      last.current = { state, at: performance.now() };
      dueAt.current = undefined;
    }, dueAt.current - performance.now());
    return () => {
      clearTimeout(timer);
    };
  }, [state, tickets]);

  return (
    <p className="visually-hidden" role="status" data-live="list">
      {text}
    </p>
  );
}

/** On a page without tickets: shows them once there are some. */
export function UntilListed() {
  useRefreshWhenListed();
  return null;
}
