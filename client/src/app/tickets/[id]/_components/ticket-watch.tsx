'use client';
import { useEffect, useMemo, useRef, useState } from 'react';
import { createHttp } from '@/api/http.ts';
import { getTicket } from '@/api/tickets.ts';
import { useWatch } from '@/components/use-watch.ts';
import { type Look, slowingDelayMs } from '@/lib/watch.ts';
import { buttonClass } from '@/ui/button.tsx';

/**
 * Watches a ticket while it is on hold, refreshes the page when that has changed, and announces it. The button looks at once; it is
 * a link, which loads the page where scripts don't run.
 */
export function TicketWatch({ ticketId, content, isHeld }: { ticketId: string; content: string; isHeld: boolean }) {
  const [announced, setAnnounced] = useState('');
  const isAsked = useRef(false);
  const wasHeld = useRef(isHeld);

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
      delayMs: (looks: number) => slowingDelayMs(looks, Math.random()),
    };
  }, [ticketId, content, isHeld]);
  const current = useWatch(watched);

  useEffect(() => {
    if (wasHeld.current && !isHeld) setAnnounced('It’s no longer on hold.');
    wasHeld.current = isHeld;
  }, [isHeld]);

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
