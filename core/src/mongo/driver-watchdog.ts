import type { EventEmitter } from 'node:events';

/** After this long without a heartbeat the driver's monitor is stuck for good. */
const SILENT_SECONDS = 10;

/**
 * Calls `lost` when no heartbeat of the driver's monitor, successful or failed, has ended for ten seconds. mongodb 7.8 writes
 * to a connection that is being closed and then waits forever for it to drain; when that is the monitor's connection, no
 * operation finds a server again.
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
