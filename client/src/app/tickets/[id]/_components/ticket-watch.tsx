'use client';
import { useEffect, useMemo, useRef, useState } from 'react';
import { createHttp } from '@/api/http.ts';
import { listMyOrders } from '@/api/orders.ts';
import { getTicket } from '@/api/tickets.ts';
import type { TicketStatus } from '@/api/types.ts';
import { useIsStreamOpen, useTicketNews } from '@/components/use-ticket-news.ts';
import { useRefreshAfterReset, useWatch } from '@/components/use-watch.ts';
import { callAt } from '@/lib/time.ts';
import { versionsOf } from '@/lib/versions.ts';
import { type Look, slowingDelayMs } from '@/lib/watch.ts';
import { buttonClass } from '@/ui/button.tsx';

const ANNOUNCEMENTS: Record<TicketStatus, string> = {
  listed: 'It’s no longer on hold. It’s available again.',
  held: 'Someone is buying this ticket right now. It may come back.',
  sold: 'It’s sold.',
  withdrawn: 'Its seller has removed it.',
};

/** Once the event has started, a ticket is not available again. */
const ENDED = 'Sales have ended: the event has started.';

interface Shown {
  status: TicketStatus;
  isClosed: boolean;
}

/** `own`: the visitor holds or has bought the ticket, which the page itself shows. `unclear`: it is not known whether they do. */
type Whose = 'own' | 'unclear' | undefined;

/** What to tell of a change; undefined when nothing has changed. */
function announcement(before: Shown, now: Shown, whose: Whose): string | undefined {
  const hasEnded = now.status === 'listed' && now.isClosed;
  if (before.status === now.status && !(hasEnded && !before.isClosed)) return undefined;
  if (whose === 'own') return '';
  if (hasEnded) return before.status === 'held' ? `It’s no longer on hold. ${ENDED}` : ENDED;
  return whose === 'unclear' && now.status === 'held' ? 'It’s on hold.' : ANNOUNCEMENTS[now.status];
}

/** Many may watch the same ticket: they don't look all at once. */
const START_SPREAD_MS = 3000;

/** With a stream open, looks are for what it may have missed. */
const SLOW_MS = 60_000;

/**
 * Refreshes the page of a ticket when it goes on hold, comes back or is sold, and when its event starts, until that is shown, and
 * announces it. It follows the stream of changes, and while the ticket is on hold it looks by itself too, often where there is no
 * stream. The button looks at once; it is a link, which loads the page where scripts don't run.
 */
export function TicketWatch({
  ticketId,
  status,
  version,
  isClosed,
  startsAt,
  whose,
}: {
  ticketId: string;
  status: TicketStatus;
  version: number;
  /** The event has started. */
  isClosed: boolean;
  startsAt: string | undefined;
  whose?: Whose;
}) {
  const content = versionsOf([{ id: ticketId, status, version, isClosed }]);
  const isHeld = status === 'held';
  const [announced, setAnnounced] = useState('');
  const isAsked = useRef(false);
  const shown = useRef<Shown>({ status, isClosed });
  const isStreaming = useIsStreamOpen();
  const streaming = useRef(isStreaming);
  const news = useTicketNews(ticketId, version);
  // A listing that was edited stays as the visitor has seen it: when they hold it they are told of a new price.
  const isOutrun = news !== undefined && news.status !== status;
  const isUnclear = whose === 'unclear';
  const isStarting = useHasPassed(status === 'listed' && !isClosed ? startsAt : undefined);
  useRefreshAfterReset();

  useEffect(() => {
    streaming.current = isStreaming;
  }, [isStreaming]);

  const watched = useMemo(() => {
    if (!isHeld && !isOutrun && !isUnclear && !isStarting) return undefined;
    const http = createHttp({ baseUrl: '' });
    return {
      async look(): Promise<Look> {
        if (isOutrun) return 'changed';
        const answer = await getTicket(http, ticketId);
        if (!answer.ok) return answer.status === 404 || answer.status === 410 ? 'changed' : 'unreachable';
        if (versionsOf([answer.data]) !== content) return 'changed';
        if (isUnclear) {
          const own = await listMyOrders(http, { ticketId, limit: 1 });
          // Orders can be asked again, or the session has ended: then nothing is theirs.
          if (own.ok || own.status === 401) return 'changed';
        }
        if (isAsked.current) setAnnounced('It’s still on hold.');
        isAsked.current = false;
        return 'unchanged';
      },
      delayMs: (looks: number) =>
        streaming.current && !isOutrun && !isUnclear && !isStarting
          ? SLOW_MS * (0.75 + Math.random() / 2)
          : slowingDelayMs(looks, Math.random()),
    };
  }, [ticketId, content, isHeld, isOutrun, isUnclear, isStarting]);
  const current = useWatch(watched);

  useEffect(() => {
    const before = shown.current;
    shown.current = { status, isClosed };
    const text = announcement(before, { status, isClosed }, whose);
    if (text !== undefined) setAnnounced(text);
  }, [status, isClosed, whose]);

  return (
    <>
      {isHeld ? (
        <a
          href={`/tickets/${ticketId}`}
          className={buttonClass({ variant: 'quiet' })}
          onClick={(event) => {
            event.preventDefault();
            isAsked.current = true;
            setAnnounced('Checking…');
            current.current?.lookNow();
          }}
        >
          Check again
        </a>
      ) : null}
      <p className="small mt-hint" role="status">
        {announced}
      </p>
    </>
  );
}

/** Whether an instant has passed, by the clock here, while it is waited for. */
function useHasPassed(instant: string | undefined): boolean {
  const [passed, setPassed] = useState<string>();
  useEffect(() => {
    if (instant === undefined) return;
    return callAt(Date.parse(instant) + Math.random() * START_SPREAD_MS, () => {
      setPassed(instant);
    });
  }, [instant]);
  return instant !== undefined && passed === instant;
}
