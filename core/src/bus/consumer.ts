import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { envelope, events } from '@ticketing/common';
import type { EventData, EventName } from '@ticketing/common';
import { backoff, describeIssues, isUnreachable, traced, withRequestId } from '@ticketing/runtime';
import type { Logger } from '@ticketing/runtime';
import { eventLag, eventsDeadLettered, eventsHandled, eventsInFlight } from '../metrics.ts';
import type { Bus, BusMessage } from './bus.ts';
import type { DeadLetters } from './dead-letters.ts';

/** Every event that a service consumes: name → handler. A handler must come to the same state when it runs twice. */
export type Handlers = { [Name in EventName]?: (data: EventData<Name>) => Promise<unknown> };

/** The waits between the tries add up to about 1.5 s, well within the bus's acknowledgement timeout. */
const TRIES = 5;

export interface Consumer {
  /** Handles a dead letter once. Throws the error when it still fails. */
  replay(subject: string, raw: Buffer): Promise<void>;
  /** Accepts no more messages and waits for the handlers that are running. */
  stop(): Promise<void>;
}

/** The message itself is malformed, so a retry can not succeed. */
class MalformedMessage extends Error {
  override name = 'MalformedMessage';
}

/**
 * Subscribes `group` to every event in `handlers`. A message is acknowledged when its handler has succeeded. One that can't
 * be parsed, or fails five times, is dead-lettered and then acknowledged. While the store is unavailable a message is neither
 * acknowledged nor dead-lettered: the bus redelivers it.
 */
export function startConsumer({
  bus,
  group,
  handlers,
  deadLetters,
  log,
}: {
  bus: Bus;
  group: string;
  handlers: Handlers;
  deadLetters: DeadLetters;
  log: Logger;
}): Consumer {
  const running = new Set<Promise<void>>();
  let stopped = false;

  async function onMessage(message: BusMessage): Promise<void> {
    const { subject, raw } = message;
    try {
      await handle(handlers, subject, raw, TRIES, log);
      eventsHandled.inc({ event: subject });
    } catch (error) {
      if (isUnreachable(error)) {
        log.warn({ err: error, subject }, 'store unavailable; the message will be redelivered');
        return;
      }
      const id = await deadLetters.add(subject, raw, error);
      eventsDeadLettered.inc({ subject });
      log.error({ err: error, subject, deadLetter: id }, 'dead-lettered a message');
    }
    message.ack();
  }

  for (const subject of Object.keys(handlers)) {
    // A counter that appears with its first dead letter has not increased.
    eventsDeadLettered.inc({ subject }, 0);
    bus.subscribe(subject, group, (message) => {
      if (stopped) return;
      const work = onMessage(message)
        .catch((error: unknown) => {
          log.error(
            { err: error, subject },
            'a message could be neither handled nor dead-lettered; it will be redelivered',
          );
        })
        .finally(() => {
          running.delete(work);
          eventsInFlight.dec();
        });
      running.add(work);
      eventsInFlight.inc();
    });
  }

  return {
    replay: (subject, raw) => handle(handlers, subject, raw, 1, log),
    async stop() {
      stopped = true;
      await Promise.all(running);
    },
  };
}

async function handle(handlers: Handlers, subject: string, raw: Buffer, tries: number, log: Logger): Promise<void> {
  const { requestId, traceparent, at, run } = parse(handlers, subject, raw);
  const work = () => tryRun(run, { subject, at, tries, log });
  await withRequestId(requestId ?? randomUUID(), () =>
    traced(`handle ${subject}`, { kind: 'consumer', parent: traceparent ?? '' }, work),
  );
}

async function tryRun(
  run: () => Promise<unknown>,
  { subject, at, tries, log }: { subject: string; at: string; tries: number; log: Logger },
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await run();
      break;
    } catch (error) {
      if (attempt >= tries || isUnreachable(error)) throw error;
      log.warn({ err: error, subject, attempt }, 'handling a message failed; trying again');
      await backoff(attempt, { maxMs: 1000 });
    }
  }
  eventLag.observe({ event: subject }, Math.max(0, Date.now() - Date.parse(at)) / 1000);
}

function parse(handlers: Handlers, subject: string, raw: Buffer) {
  const name = subject as EventName;
  const handler = handlers[name] as ((data: unknown) => Promise<unknown>) | undefined;
  if (handler === undefined) throw new MalformedMessage(`no handler for ${subject}`);
  // Decoding would replace invalid bytes by replacement characters, which the handler would store.
  if (!isUtf8(raw)) throw new MalformedMessage('the message is not UTF-8');
  let json: unknown;
  try {
    json = JSON.parse(raw.toString('utf8'));
  } catch {
    throw new MalformedMessage('the message is not JSON');
  }
  const outer = envelope.safeParse(json);
  if (!outer.success) throw new MalformedMessage(`the envelope is malformed: ${describeIssues(outer.error)}`);
  if (outer.data.name !== name)
    throw new MalformedMessage(`an event ${outer.data.name} arrived on the subject ${subject}`);
  const data = events[name].safeParse(outer.data.data);
  if (!data.success) throw new MalformedMessage(`the data is malformed: ${describeIssues(data.error)}`);
  const { requestId, traceparent, at } = outer.data;
  return { requestId, traceparent, at, run: () => handler(data.data) };
}
