'use client';
import { useSyncExternalStore } from 'react';
import { happened } from '@/lib/list-news.ts';
import { createTicketStream, type TicketNews, type TicketStream } from '@/lib/ticket-stream.ts';

let stream: TicketStream | undefined;

/** The stream of this tab: it outlives the pages that are shown in it. */
function ticketStream(): TicketStream {
  if (stream !== undefined) return stream;
  const created = createTicketStream({
    connect: (url) => new EventSource(url),
    isVisible: () => document.visibilityState === 'visible',
    age: () => performance.now(),
  });
  document.addEventListener('visibilitychange', created.visibilityChanged);
  stream = created;
  return created;
}

const subscribe = (listener: () => void) => ticketStream().subscribe(listener);

/** What has happened to a ticket since the state of this version was rendered. */
export function useTicketNews(id: string, version: number): TicketNews | undefined {
  const news = useSyncExternalStore(
    subscribe,
    () => ticketStream().get(id),
    () => undefined,
  );
  return news !== undefined && news.version > version ? news : undefined;
}

/** What has happened to each of these tickets, as JSON: equal texts mean that nothing more has. */
export function useHappened(tickets: readonly { id: string; version: number }[]): string {
  return useSyncExternalStore(
    subscribe,
    () => {
      const found = tickets.flatMap(({ id, version }) => {
        const news = ticketStream().get(id);
        return news !== undefined && news.version > version ? [[id, happened(news)]] : [];
      });
      return JSON.stringify(Object.fromEntries(found));
    },
    () => '{}',
  );
}

/** Whether changes of tickets arrive in this tab. */
export const useIsStreamOpen = (): boolean =>
  useSyncExternalStore(
    subscribe,
    () => ticketStream().isOpen(),
    () => false,
  );

/** How often too many changes were missed in this tab. */
export const useStreamResets = (): number =>
  useSyncExternalStore(
    subscribe,
    () => ticketStream().resets(),
    () => 0,
  );

/** The same at this moment, also while the server renders. */
export const currentResets = (): number => stream?.resets() ?? 0;

/** How often there may have been more tickets to show than before. */
export const useListings = (): number =>
  useSyncExternalStore(
    subscribe,
    () => currentListings(),
    () => 0,
  );

/** The same at this moment, also while the server renders. */
export const currentListings = (): number => (stream === undefined ? 0 : stream.listings() + stream.resets());
