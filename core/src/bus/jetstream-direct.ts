// Direct messages. When its server is lost, a stream or a consumer has no leader for 4 to 9 s, and its messages wait. Until then a
// publication is also sent to a member of each group directly, by NATS without JetStream.
//
// Trade-off: a message comes twice, and two members of a group may handle it at the same time, which the contract of the bus allows.
// In return a purchase goes on while servers elect a leader. A direct message is stored nowhere and acknowledged by nobody: the
// event stays in its outbox until its stream has it.
import type { JsMsg } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import type { Msg, MsgHdrs, NatsConnection } from '@nats-io/transport-node';
import { LRUCache } from 'lru-cache';
import type { BusMessage } from './bus.ts';
import { directOf } from './jetstream-names.ts';

/** As JetStream names it. */
const ID = 'Nats-Msg-Id';
/** The greatest number of messages that a receiver recognises when they come again. */
const RECENT = 1000;
/** A message that is not handled after this time has failed: a handler and its tries take less. */
const HANDLING_LIMIT_MS = 2000;

/** Sends a message of an event to a member of each group that is connected. */
export function sendDirectly(connection: NatsConnection, event: string, text: string, id?: string): void {
  const header = headers();
  if (id !== undefined) header.set(ID, id);
  connection.publish(directOf(event), text, { headers: header });
}

/**
 * Passes each message of an event to a subscriber once, whichever way it comes first, and again when it is redelivered or its handling
 * has failed.
 */
export interface Receiver {
  /** Takes a message from its consumer. One that has come directly is acknowledged once that is handled. */
  take(message: JsMsg): void;
  /** Takes a direct message. */
  takeDirect(message: Msg): void;
}

/** A message that has come: when, whether it is handled, and what acknowledges it then. */
interface Received {
  at: number;
  isHandled: boolean;
  acknowledge?: (() => void) | undefined;
}

/** Creates the receiver of a subscription on one connection. */
export function createReceiver(event: string, onMessage: (message: BusMessage) => void): Receiver {
  const recent = new LRUCache<string, Received>({ max: RECENT });

  /** The message of this id that has come before and is handled, or is being handled. */
  function known(id: string | undefined): Received | undefined {
    const received = id === undefined ? undefined : recent.get(id);
    return received && (received.isHandled || Date.now() - received.at < HANDLING_LIMIT_MS) ? received : undefined;
  }

  function pass({ data }: Msg | JsMsg, id: string | undefined, acknowledge?: () => void): void {
    const received: Received = { at: Date.now(), isHandled: false, acknowledge };
    if (id !== undefined) recent.set(id, received);
    onMessage({
      subject: event,
      raw: Buffer.from(data.buffer, data.byteOffset, data.byteLength),
      ack() {
        received.isHandled = true;
        received.acknowledge?.();
        // It would keep the message and all that came with it.
        received.acknowledge = undefined;
      },
    });
  }

  return {
    take(message) {
      const acknowledge = () => {
        try {
          message.ack();
        } catch {
          // The connection is lost, so the message is redelivered.
        }
      };
      const id = idOf(message.headers);
      const earlier = message.redelivered ? undefined : known(id);
      if (earlier === undefined) pass(message, id, acknowledge);
      else if (earlier.isHandled) acknowledge();
      else earlier.acknowledge = acknowledge;
    },
    takeDirect(message) {
      const id = idOf(message.headers);
      if (known(id) === undefined) pass(message, id);
    },
  };
}

const idOf = (headers: MsgHdrs | undefined): string | undefined => (headers?.has(ID) ? headers.get(ID) : undefined);
