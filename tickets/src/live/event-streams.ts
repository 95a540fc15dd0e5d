import { networkOf, tooManyRequests, unavailable } from '@ticketing/common';
import type { TicketChange } from '@ticketing/common/shapes';
import type { Request, Response } from 'express';
import type { ChangeFeed } from './change-feed.ts';

export interface EventStreamsOptions {
  now: () => Date;
  /** Whether a network may have only `maxPerNetwork` streams. */
  rateLimits: boolean;
  /** Each instance counts its own. */
  maxStreams?: number;
  maxPerNetwork?: number;
  /** Less than any proxy in between waits for a silent server: the router 30 s, nginx and load balancers 60 s. */
  heartbeatMs?: number;
  /** A stream ends after this time, so that the sockets of readers who have vanished do, and new instances get their share. */
  maxAgeMs?: number;
  /** A reader for whom more bytes wait is ended. */
  maxWaitingBytes?: number;
}

/** Seconds after which a refused reader may try again. */
const RETRY_AFTER_SECONDS = 30;
/** Without a position a page has just been read. */
const PAGE_AGE_MS = 10_000;

interface Stream {
  response: Response;
  openedAt: number;
}

const eventOf = (name: string, position: number, data: object): string =>
  `id: ${position}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

const ticketEvents = (changes: TicketChange[], position: number): string =>
  changes.map((change) => eventOf('ticket', position, change)).join('');

/**
 * Returns a function that answers a request with the changes of tickets from `after` on, as server-sent events. Throws a 503 when there
 * are too many streams or the service is stopping, and a 429 when the caller's network has too many.
 */
export function eventStreams(
  feed: ChangeFeed,
  {
    now,
    rateLimits,
    maxStreams = 500,
    maxPerNetwork = 100,
    heartbeatMs = 15_000,
    maxAgeMs = 900_000,
    maxWaitingBytes = 64_000,
  }: EventStreamsOptions,
): (req: Request, res: Response, after: number | undefined) => Promise<void> {
  const streams = new Set<Stream>();
  const perNetwork = new Map<string, number>();
  let beating: NodeJS.Timeout | undefined;

  function send({ response }: Stream, text: string): void {
    if (response.writableEnded || response.destroyed) return;
    // Ended at once: a reader that is slow gets what it has missed when it connects again.
    if (response.writableLength > maxWaitingBytes) response.destroy();
    else response.write(text);
  }

  function beat(): void {
    const oldest = performance.now() - maxAgeMs;
    for (const stream of streams) {
      if (stream.openedAt < oldest) stream.response.end();
      else send(stream, ':\n\n');
    }
  }

  function admit(network: string): void {
    if (feed.isClosed() || streams.size >= maxStreams)
      throw unavailable('too-many-streams', 'Too many pages are watching. Try again later.', RETRY_AFTER_SECONDS);
    if (rateLimits && (perNetwork.get(network) ?? 0) >= maxPerNetwork) throw tooManyRequests(RETRY_AFTER_SECONDS);
  }

  /** Counts the stream until it is closed. */
  function count(stream: Stream, network: string): void {
    streams.add(stream);
    perNetwork.set(network, (perNetwork.get(network) ?? 0) + 1);
    beating ??= setInterval(beat, heartbeatMs).unref();
    stream.response.on('close', () => {
      streams.delete(stream);
      const left = (perNetwork.get(network) ?? 1) - 1;
      if (left > 0) perNetwork.set(network, left);
      else perNetwork.delete(network);
      if (streams.size > 0) return;
      clearInterval(beating);
      beating = undefined;
    });
  }

  return async (req, res, after) => {
    const network = networkOf(req);
    admit(network);
    const stream = { response: res, openedAt: performance.now() - Math.random() * (maxAgeMs / 4) };
    count(stream, network);

    // What changes while the missed changes are read comes after them: the id of an event promises all before it.
    let waiting: ((position: number) => string)[] | undefined = [];
    const deliver = (text: (position: number) => string, position: number) => {
      if (waiting === undefined) send(stream, text(position));
      else waiting.push(text);
    };
    const stop = feed.watch({
      changed: (changes, position) => {
        deliver((at) => ticketEvents(changes, at), position);
      },
      missed: (position) => {
        deliver((at) => eventOf('reset', at, {}), position);
      },
      closed: () => {
        res.end();
      },
    });
    res.on('close', stop);

    const position = feed.position();
    const missed = await feed.since(after ?? now().getTime() - PAGE_AGE_MS).catch((error: unknown) => {
      stop();
      throw error;
    });
    if (res.destroyed || res.writableEnded) return;
    res.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store, no-transform',
      // For proxies of nginx's kind, which would collect the response.
      'X-Accel-Buffering': 'no',
    });
    const isTooLong = missed === undefined && after !== undefined;
    send(
      stream,
      // Readers that lose their connection at the same time don't come back at the same time.
      `retry: ${Math.round(1000 + Math.random() * 3000)}\n` +
        eventOf('ready', position, {}) +
        (isTooLong ? eventOf('reset', position, {}) : ticketEvents(missed ?? [], position)) +
        waiting.map((text) => text(position)).join(''),
    );
    waiting = undefined;
  };
}
