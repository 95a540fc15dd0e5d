import type { Envelope } from '@ticketing/common';

/** The id of an event's message. An event that is resent has the same id and another time: it is another message. */
export const messageId = ({ id, at }: Envelope): string => `${id}@${at}`;

/** A message as a subscriber receives it. Until `ack` is called it is redelivered, to any member of the group. */
export interface BusMessage {
  subject: string;
  raw: Buffer;
  ack(): void;
}

/**
 * A durable message bus. Every driver gives these guarantees, which `core/test/bus.contract.test.ts` states as tests:
 *
 * - **At least once.** A published message is delivered to one member of each group, and redelivered until one acknowledges it.
 * - **Durable groups.** A group receives a subject from its first message on. Its position outlives its members, and a crash of
 *   the server, which may redeliver what was acknowledged in the last moment.
 * - **In order.** Messages of one publisher are first delivered in the order in which `publish` was called, while nothing
 *   fails. Redelivered messages arrive late and out of order.
 * - **No head-of-line blocking.** An unacknowledged message does not block later ones.
 *
 * Messages may be delivered more than once, so a handler must come to the same state when it runs twice.
 */
export interface Bus {
  readonly connected: boolean;
  /** Resolves at the first connection; rejects when the server refuses the connection before that. */
  readonly whenConnected: Promise<unknown>;
  /**
   * Resolves once the message is stored. Rejects when that is unknown; the message may then be published again. A message of
   * an `id` that the bus has stored within the last minutes may be dropped, as it is the same message.
   */
  publish(subject: string, text: string, id?: string): Promise<void>;
  /** Joins a group as one of its members. The subscription outlives lost connections. */
  subscribe(subject: string, group: string, onMessage: (message: BusMessage) => void): void;
  /** Leaves all groups, which keep their positions, and disconnects. */
  close(): Promise<void>;
}
