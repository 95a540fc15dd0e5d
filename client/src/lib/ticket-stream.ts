import type { TicketChange } from '@ticketing/common/shapes';

/** What a page knows of a ticket that has changed since it was rendered. */
export interface TicketNews extends TicketChange {
  /** It was on hold or sold in the meantime. */
  wasGone: boolean;
}

/** The part of the browser's EventSource that is used. */
export interface EventStream {
  close: () => void;
  addEventListener: (name: string, listener: (event: { data: string; lastEventId: string }) => void) => void;
  readonly readyState: number;
}

export interface TicketStreamOptions {
  connect: (url: string) => EventStream;
  isVisible: () => boolean;
  /** Milliseconds since the page was requested. */
  age: () => number;
  random?: () => number;
}

export interface TicketStream {
  /** For React's useSyncExternalStore. The stream is open while there are listeners and the page is visible. */
  subscribe: (listener: () => void) => () => void;
  /** The newest that is known of a ticket. */
  get: (id: string) => TicketNews | undefined;
  /** How often what is shown had to be read again, because too much was missed. */
  resets: () => number;
  /** How often a ticket was listed, or came back from a hold. */
  listings: () => number;
  /** Whether changes arrive. */
  isOpen: () => boolean;
  /** Opens or closes the stream when the page was shown or hidden. */
  visibilityChanged: () => void;
}

const PATH = '/api/tickets/events';
const CLOSED = 2;
const MAX_NEWS = 2000;
/** As long as the service looks back for a page that has no position yet. */
const MAX_PAGE_AGE_MS = 10_000;
/** After a refusal, which a browser does not repeat by itself. */
const RETRY_MS = 30_000;

/** Creates the one stream of a tab, of what happens to tickets: for rows and pages that show them. */
export function createTicketStream({
  connect,
  isVisible,
  age,
  random = Math.random,
}: TicketStreamOptions): TicketStream {
  const news = new Map<string, TicketNews>();
  const listeners = new Set<() => void>();
  let stream: EventStream | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let position: string | undefined;
  let isOpen = false;
  let resets = 0;
  let listings = 0;

  const notify = () => {
    for (const listener of listeners) listener();
  };

  function reset(): void {
    resets++;
    notify();
  }

  function take(change: TicketChange): void {
    const known = news.get(change.id);
    // A stream that is opened again may begin with what is known.
    if (known !== undefined && known.version >= change.version) return;
    if (change.status === 'listed') listings++;
    const wasGone = known !== undefined && (known.wasGone || known.status !== 'listed');
    news.delete(change.id);
    news.set(change.id, { ...change, wasGone });
    for (const oldest of news.keys()) {
      if (news.size <= MAX_NEWS) break;
      news.delete(oldest);
    }
    notify();
  }

  function open(): void {
    clearTimeout(retry);
    if (stream !== undefined || listeners.size === 0 || !isVisible()) return;
    const opened = connect(position === undefined ? PATH : `${PATH}?after=${position}`);
    stream = opened;
    const on = (name: string, act: (data: string) => void) => {
      opened.addEventListener(name, ({ data, lastEventId }) => {
        const isFirst = position === undefined;
        position = lastEventId;
        if (name === 'ready' && isFirst && age() > MAX_PAGE_AGE_MS) reset();
        act(data);
      });
    };
    on('ready', () => {
      isOpen = true;
      notify();
    });
    on('ticket', (data) => {
      take(JSON.parse(data) as TicketChange);
    });
    on('reset', reset);
    opened.addEventListener('error', () => {
      isOpen = false;
      notify();
      if (opened.readyState !== CLOSED) return;
      close();
      retry = setTimeout(open, RETRY_MS * (1 + random()));
    });
  }

  function close(): void {
    clearTimeout(retry);
    stream?.close();
    stream = undefined;
    isOpen = false;
  }

  return {
    subscribe(listener) {
      listeners.add(listener);
      open();
      return () => {
        listeners.delete(listener);
        // The next page may subscribe in the same moment.
        setTimeout(() => {
          if (listeners.size === 0) close();
        }, 1000);
      };
    },
    get: (id) => news.get(id),
    resets: () => resets,
    listings: () => listings,
    isOpen: () => isOpen,
    visibilityChanged() {
      if (isVisible()) open();
      else close();
    },
  };
}
