import { ConfigError } from './config.ts';
import { errorMessage, isRefused } from './failures.ts';
import type { Logger } from './logging.ts';

/** A failure that persists is logged again after this. */
const REPEAT_MS = 30_000;

/** A backing server of a service, as its readiness depends on it. */
export interface Backing {
  /** Resolves at the first connection. Rejects with a ConfigError when the server refuses the connection before that, or is not set up for the service. */
  readonly whenConnected: Promise<unknown>;
  /** Resolves while the server is available, and rejects with the reason otherwise. */
  check(): Promise<unknown>;
}

/**
 * Tracks the connection to a backing server for the log and for readiness. A failure is logged as one line that names the
 * setting to check, and logged again while it persists.
 */
export function watchBacking(server: string, setting: string, log: Logger) {
  const first = Promise.withResolvers<undefined>();
  // Not every process awaits it, so a rejection may stay unhandled.
  first.promise.catch(() => undefined);
  let [isUp, wasUp] = [false, false];
  let reason = 'not connected yet';
  const logged = new Map<string, number>();

  return {
    whenConnected: first.promise,
    /** Rejects until the first connection. */
    check: () => (wasUp ? Promise.resolve() : Promise.reject(new Error(reason))),
    connected(): void {
      if (!isUp) log.info(`connected to ${server}`);
      [isUp, wasUp] = [true, true];
      logged.clear();
      first.resolve(undefined);
    },
    /** Records that a connection failed or was lost. Returns whether to try again. */
    failed(error: unknown): boolean {
      isUp = false;
      reason = errorMessage(error).replace(/\s+/g, ' ');
      const refused = isRefused(error);
      if (!wasUp && (refused || error instanceof ConfigError)) {
        first.reject(refused ? new ConfigError(`${setting}: ${server} refuses the connection: ${reason}`) : error);
        return false;
      }
      // Connection numbers and ports differ between failures of the same kind.
      const kind = reason.replace(/\d+/g, '#');
      if (Date.now() - (logged.get(kind) ?? -Infinity) >= REPEAT_MS) {
        logged.set(kind, Date.now());
        log.warn(
          { reason },
          `${server} ${refused ? 'refuses the connection' : 'is unavailable'}; trying again (${setting})`,
        );
      }
      return true;
    },
  };
}
