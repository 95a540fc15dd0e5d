import { pino } from 'pino';
import type { Logger } from 'pino';
import { currentRequestId } from './context.ts';

export type { Logger };

const SECRETS = [
  'password',
  'passwordHash',
  'cookie',
  'authorization',
  'jwt',
  'secretKey',
  'sessionKeys',
  'paymentMethod',
  'token',
  'SESSION_KEYS',
  'STRIPE_SECRET_KEY',
  'set-cookie',
];

/**
 * A logger that writes one JSON object a line to standard output, with the service's name, the id of the request being
 * worked on, and secrets replaced by `[redacted]` at the top level and one level down.
 */
export function createLogger(service: string, level = 'info'): Logger {
  return pino({
    name: service,
    level,
    base: {},
    mixin: () => {
      const requestId = currentRequestId();
      return requestId === undefined ? { service } : { service, requestId };
    },
    formatters: { level: (label) => ({ level: label }) },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    redact: { paths: SECRETS.flatMap((name) => [`["${name}"]`, `*["${name}"]`]), censor: '[redacted]' },
  });
}
