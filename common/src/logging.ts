import { pino } from 'pino';
import type { Logger } from 'pino';
import { currentRequestId } from './context.ts';
import { errorFields } from './errors.ts';

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
  'MONGO_URL',
  'NATS_URL',
  'REDIS_URL',
  'set-cookie',
];

/**
 * A logger that writes one JSON object a line to standard output, with the service's name, the id of the request being
 * worked on, errors (`err`) as `errorFields` gives them, and secrets replaced by `[redacted]` at the top level and one level down.
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
    serializers: { err: (error: unknown) => errorFields(error) },
    // An error's message is also the line's where that has none of its own.
    hooks: { streamWrite: (line) => line.replace(/\/\/[^\s"]*@/g, '//[redacted]@') },
    formatters: { level: (label) => ({ level: label }) },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    redact: { paths: SECRETS.flatMap((name) => [`["${name}"]`, `*["${name}"]`]), censor: '[redacted]' },
  });
}
