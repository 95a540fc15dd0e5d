'use client';
import { usePathname } from 'next/navigation';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { createHttp } from '@/api/http.ts';
import { getTicket } from '@/api/tickets.ts';
import { type Reminder, reminders } from '@/lib/reminders.ts';
import { Button } from '@/ui/button.tsx';
import { Link } from '@/ui/link.tsx';
import { useTicketNews } from './use-ticket-news.ts';

const NONE: never[] = [];

/** On every page: tickets that are available again, of those that the visitor asked to be told of. */
export function ReminderNotices() {
  const known = useSyncExternalStore(reminders.subscribe, reminders.get, () => NONE);
  return (
    <div className="reminders no-print" role="status">
      {known.map((reminder) => (
        <Notice key={reminder.id} reminder={reminder} />
      ))}
    </div>
  );
}

function Notice({ reminder: { id, title } }: { reminder: Reminder }) {
  const path = usePathname();
  const news = useTicketNews(id, -1);
  const [isBack, setIsBack] = useState(false);
  const version = news?.version;

  // Read when a page is loaded, and when something has happened to it.
  useEffect(() => {
    let isOver = false;
    void getTicket(createHttp({ baseUrl: '' }), id).then((answer) => {
      if (isOver) return;
      const isGone = answer.ok
        ? answer.data.status === 'sold' || answer.data.isClosed === true
        : answer.status === 404 || answer.status === 410;
      if (isGone) reminders.remove(id);
      setIsBack(answer.ok && answer.data.status === 'listed');
    });
    return () => {
      isOver = true;
    };
  }, [id, version]);

  const isOnItsPage = path === `/tickets/${id}`;
  useEffect(() => {
    // The page itself shows that it is back.
    if (isBack && isOnItsPage) reminders.remove(id);
  }, [isBack, isOnItsPage, id]);
  if (!isBack || isOnItsPage) return null;
  return (
    <p className="reminder">
      <Link href={`/tickets/${id}`}>
        <bdi>{title}</bdi> is available again
      </Link>{' '}
      <Button
        variant="quiet"
        onClick={() => {
          reminders.remove(id);
        }}
      >
        Dismiss
      </Button>
    </p>
  );
}
