import type { EventEmitter } from 'node:events';

/*
 * mongodb 7.8 writes to a connection that is being closed, and then waits forever for it to drain. A process in which that has
 * happened looks healthy and never recovers. These functions notice it, from outside, by the driver's own events.
 */

/** After this long without a heartbeat the driver's monitor is stuck for good. */
const SILENT_SECONDS = 10;

/**
 * Calls `lost` when no heartbeat of the driver's monitor, successful or failed, has ended for ten seconds: no operation finds a
 * server again.
 */
export function whenSilent(client: EventEmitter, lost: () => void, secondMs = 1000): void {
  let silent = 0;
  const heartbeat = () => {
    silent = 0;
  };
  // Counted, not compared with a clock: a process that was suspended for a minute has not missed any heartbeat.
  const timer = setInterval(() => {
    if (++silent > SILENT_SECONDS) lost();
  }, secondMs).unref();
  client.on('serverHeartbeatSucceeded', heartbeat).on('serverHeartbeatFailed', heartbeat);
  client.on('topologyClosed', () => {
    clearInterval(timer);
  });
}

/** A command has a connection for 5 s at most (`socketTimeoutMS`), and longer only while a large answer arrives. */
const STUCK_SECONDS = 10;

/** Events by which commands without a time limit announce themselves, on the client: until they end nothing counts as stuck. */
export const UNLIMITED_STARTED = 'unlimitedCommandStarted';
export const UNLIMITED_ENDED = 'unlimitedCommandEnded';

/**
 * Calls `lost` when an operation has kept its connection for more than ten seconds: its caller waits forever, and so do all that
 * wait for it, such as a sweep or the next batch of writes.
 */
export function whenStuck(client: EventEmitter, lost: () => void, secondMs = 1000): void {
  const seconds = new Map<string, number>();
  let unlimited = 0;
  // Counted, as above.
  const timer = setInterval(() => {
    if (unlimited > 0) return;
    for (const [connection, count] of seconds) seconds.set(connection, count + 1);
    if (Math.max(0, ...seconds.values()) > STUCK_SECONDS) lost();
  }, secondMs).unref();
  const nameOf = ({ address, connectionId }: CheckedOut) => `${address} ${connectionId}`;
  client
    .on('connectionCheckedOut', (event: CheckedOut) => {
      seconds.set(nameOf(event), 0);
    })
    .on('connectionCheckedIn', (event: CheckedOut) => {
      seconds.delete(nameOf(event));
    })
    .on(UNLIMITED_STARTED, () => {
      unlimited++;
    })
    .on(UNLIMITED_ENDED, () => {
      unlimited--;
      for (const connection of seconds.keys()) seconds.set(connection, 0);
    })
    .on('topologyClosed', () => {
      clearInterval(timer);
    });
}

/** What the driver tells of a connection that an operation takes from the pool, or gives back. */
interface CheckedOut {
  address: string;
  connectionId: number;
}
