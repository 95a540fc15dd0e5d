import { pino } from 'pino';
import type { Level, Logger } from 'pino';

export type { Logger };

/**
 * Logs one JSON object a line to standard output, in the shape of the services' logs. Not @ticketing/runtime's logger,
 * whose package entry loads the clients of the bus as well.
 */
export const createLogger = (level: Level | 'silent'): Logger =>
  pino({
    level,
    base: { service: 'sandbox' },
    formatters: { level: (label) => ({ level: label }) },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
  });
