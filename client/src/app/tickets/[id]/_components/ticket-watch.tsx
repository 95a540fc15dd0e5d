'use client';
import { useEffect, useMemo, useRef, useState } from 'react';
import { createHttp } from '@/api/http.ts';
import { getTicket } from '@/api/tickets.ts';
import type { TicketStatus } from '@/api/types.ts';
import { useIsStreamOpen, useRefreshAfterReset, useTicketNews } from '@/components/use-ticket-news.ts';
import { useWatch } from '@/components/use-watch.ts';
import { refreshPage } from '@/lib/refresh-page.ts';
import { type Look, slowingDelayMs } from '@/lib/watch.ts';
import { buttonClass } from '@/ui/button.tsx';

const ANNOUNCEMENTS: Record<TicketStatus, string> = {
  listed: 'It’s no longer on hold. It’s available again.',
  held: 'Someone is buying this ticket right now. It may come back.',
  sold: 'It’s sold.',
  withdrawn: 'Its seller has removed it.',
};

/** Once the event has started, a ticket is not available again. */
const ENDED = 'It’s no longer on hold. Sales have ended: the event has started.';

/** With a stream open, looks are for what it may have missed. */
const SLOW_MS = 60_000;

/**
 * Refreshes the page of a ticket when it goes on hold, comes back or is sold, and announces that. It follows the stream of changes, and
 * while the ticket is on hold it looks by itself too, often where there is no stream. The button looks at once; it is a link, which
 * loads the page where scripts don't run.
 */
export function TicketWatch({
  ticketId,
  status,
  version,
  isClosed,
  isOwn = false,
}: {
  ticketId: string;
  status: TicketStatus;
  version: number;
  /** The event has started. */
  isClosed: boolean;
  /** The visitor holds or has bought it, which the page itself shows. */
  isOwn?: boolean;
}) {
  const content = `${status} ${version}`;
  const isHeld = status === 'held';
  const [announced, setAnnounced] = useState('');
  const isAsked = useRef(false);
  const announcedStatus = useRef(status);
  const isStreaming = useIsStreamOpen();
  const streaming = useRef(isStreaming);
  const news = useTicketNews(ticketId, version);
  // A listing that was edited stays as the visitor has seen it: when they hold it they are told of a new price.
  const newStatus = news !== undefined && news.status !== status ? news.version : undefined;
  useRefreshAfterReset();

  useEffect(() => {
    streaming.current = isStreaming;
  }, [isStreaming]);
  useEffect(() => {
    if (newStatus !== undefined) void refreshPage();
  }, [newStatus]);

  const watched = useMemo(() => {
    if (!isHeld) return undefined;
    const http = createHttp({ baseUrl: '' });
    return {
      async look(): Promise<Look> {
        const answer = await getTicket(http, ticketId);
        if (!answer.ok) return answer.status === 404 || answer.status === 410 ? 'changed' : 'unreachable';
        if (`${answer.data.status} ${answer.data.version}` !== content) return 'changed';
        if (isAsked.current) setAnnounced('It’s still on hold.');
        isAsked.current = false;
        return 'unchanged';
      },
      // Many may watch the same ticket: they do not look all at once.
      delayMs: (looks: number) =>
        streaming.current ? SLOW_MS * (0.75 + Math.random() / 2) : slowingDelayMs(looks, Math.random()),
    };
  }, [ticketId, content, isHeld]);
  const current = useWatch(watched);

  useEffect(() => {
    if (announcedStatus.current === status) return;
    announcedStatus.current = status;
    setAnnounced(isOwn ? '' : status === 'listed' && isClosed ? ENDED : ANNOUNCEMENTS[status]);
  }, [status, isClosed, isOwn]);

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
