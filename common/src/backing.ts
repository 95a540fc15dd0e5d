import { ConfigError } from './config.ts';
import { errorMessage, isRefused } from './errors.ts';
import type { Logger } from './logging.ts';

/** The same trouble is logged again after this. */
const REPEAT_MS = 30_000;

/** A server behind the service, as readiness sees it. */
export interface Backing {
  /** Resolves when it is connected for the first time. Rejects with a ConfigError when it refuses the connection before that. */
  readonly whenConnected: Promise<unknown>;
  /** Rejects with the reason why it can't be used. */
  check(): Promise<unknown>;
}

/**
 * Keeps the log and readiness informed of a server behind the service. Trouble is one line that names the setting to check,
 * and again when it lasts.
 */
export function watchBacking(server: string, setting: string, log: Logger) {
  const first = Promise.withResolvers<undefined>();
  // Not every process waits for it.
  first.promise.catch(() => undefined);
  let [isUp, wasUp] = [false, false];
  let reason = 'not connected yet';
  const logged = new Map<string, number>();

  return {
    whenConnected: first.promise,
    /** Rejects until it is connected for the first time. */
    check: () => (wasUp ? Promise.resolve() : Promise.reject(new Error(reason))),
    connected(): void {
      if (!isUp) log.info(`connected to ${server}`);
      [isUp, wasUp] = [true, true];
      logged.clear();
      first.resolve(undefined);
    },
    /** Takes note of a connection that failed or was lost. Gives whether there is sense in trying again. */
    failed(error: unknown): boolean {
      isUp = false;
      reason = errorMessage(error).replace(/\s+/g, ' ');
      const refused = isRefused(error);
      if (refused && !wasUp) {
        first.reject(new ConfigError(`${setting}: ${server} refuses the connection: ${reason}`));
        return false;
      }
      // Numbers of connections and ports differ from one time to the next.
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
