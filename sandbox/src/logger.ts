export const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type Level = (typeof LEVELS)[number];
export type Logger = { info: Log; error: Log };
type Log = (fields: object, msg: string) => void;

/**
 * Logs one JSON object a line to standard output, in the shape of the services' logs. These lines stand in for
 * @ticketing/common's logger, whose package would load database and bus clients into this small server.
 */
export function createLogger(level: Level): Logger {
  const log = (own: Level): Log =>
    LEVELS.indexOf(own) < LEVELS.indexOf(level)
      ? () => undefined
      : (fields, msg) => {
          process.stdout.write(
            `${JSON.stringify({ level: own, time: new Date().toISOString(), service: 'sandbox', ...fields, msg })}\n`,
          );
        };
  return { info: log('info'), error: log('error') };
}
