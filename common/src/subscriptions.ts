import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { Bus, BusMessage } from './bus.ts';
import { withRequestId } from './context.ts';
import type { DeadLetters } from './dead-letters.ts';
import { isUnreachable } from './errors.ts';
import { envelope, events } from './events.ts';
import type { EventData, EventName } from './events.ts';
import type { Logger } from './logging.ts';
import { eventLag, eventsHandled, eventsSetAside } from './metrics.ts';
import { backoff } from './time.ts';

/** Everything a service hears: event name -> what it does. A handler must come to the same state when called twice. */
export type Handlers = { [Name in EventName]?: (data: EventData<Name>) => Promise<unknown> };

/** Waits between the tries come to about 1.5 s in all, well within the bus's acknowledgement time. */
const TRIES = 5;

export interface Subscriptions {
  /** Handles a message that was set aside once more. Throws what is wrong with it still. */
  replay(subject: string, raw: Buffer): Promise<void>;
  /** Takes no more messages and waits for those in hand. */
  stop(): Promise<void>;
}

/** What can't be mended by trying again: the message itself is wrong. */
class MalformedMessage extends Error {
  override name = 'MalformedMessage';
}

/**
 * Has `group` hear what `handlers` names. A message is acknowledged when its handler has succeeded; one that can't be
 * read, or that fails five times, is set aside with its error and then acknowledged, so that it holds nobody up. When the
 * store does not answer nobody is to blame: the message is left to come again.
 */
export function startSubscriptions({
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
}): Subscriptions {
  const inHand = new Set<Promise<void>>();
  let stopped = false;

  async function onMessage(message: BusMessage): Promise<void> {
    const { subject, raw } = message;
    try {
      await handle(handlers, subject, raw, TRIES, log);
      eventsHandled.inc({ event: subject });
    } catch (error) {
      if (isUnreachable(error)) {
        log.warn({ err: error, subject }, 'a message must wait: the store does not answer');
        return;
      }
      const id = await deadLetters.setAside(subject, raw, error);
      eventsSetAside.inc({ subject });
      log.error({ err: error, subject, deadLetter: id }, 'a message was set aside');
    }
    message.ack();
  }

  for (const subject of Object.keys(handlers)) {
    bus.subscribe(subject, group, (message) => {
      if (stopped) return;
      const work = onMessage(message)
        .catch((error: unknown) => {
          log.error({ err: error, subject }, 'a message could be neither handled nor set aside; it comes again');
        })
        .finally(() => inHand.delete(work));
      inHand.add(work);
    });
  }

  return {
    replay: (subject, raw) => handle(handlers, subject, raw, 1, log),
    async stop() {
      stopped = true;
      await Promise.all(inHand);
    },
  };
}

async function handle(handlers: Handlers, subject: string, raw: Buffer, tries: number, log: Logger): Promise<void> {
  const { requestId, at, run } = parse(handlers, subject, raw);
  await withRequestId(requestId ?? randomUUID(), async () => {
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
  });
}

function parse(handlers: Handlers, subject: string, raw: Buffer) {
  const name = subject as EventName;
  const handler = handlers[name] as ((data: unknown) => Promise<unknown>) | undefined;
  if (handler === undefined) throw new MalformedMessage(`nothing here hears ${subject}`);
  // Decoding would put other characters in the place of broken ones, and the handler would keep those.
  if (!isUtf8(raw)) throw new MalformedMessage('the message is not UTF-8');
  let json: unknown;
  try {
    json = JSON.parse(raw.toString('utf8'));
  } catch {
    throw new MalformedMessage('the message is not JSON');
  }
  const outer = envelope.safeParse(json);
  if (!outer.success) throw new MalformedMessage(`the envelope is malformed: ${where(outer.error)}`);
  if (outer.data.name !== name)
    throw new MalformedMessage(`an event ${outer.data.name} came on the subject ${subject}`);
  const data = events[name].safeParse(outer.data.data);
  if (!data.success) throw new MalformedMessage(`the data is malformed: ${where(data.error)}`);
  return { requestId: outer.data.requestId, at: outer.data.at, run: () => handler(data.data) };
}

const where = (error: { issues: { path: PropertyKey[]; message: string }[] }): string =>
  error.issues.map((issue) => `${issue.path.join('.') || '(all of it)'}: ${issue.message}`).join('; ');
