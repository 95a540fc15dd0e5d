import { pino } from 'pino';
import type { Logger } from 'pino';
import { currentRequestId } from './context.ts';
import { traceFields } from './tracing.ts';
import { errorFields } from './failures.ts';

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
  'DELIVERY_KEYS',
  'STRIPE_SECRET_KEY',
  'MONGO_URL',
  'NATS_URL',
  'REDIS_URL',
  'MAIL_URL',
  'set-cookie',
];

/**
 * Creates a logger that writes one JSON object per line to standard output, with the service's name, the current request and trace id,
 * errors (`err`) as `errorFields` returns them, and secrets redacted at the top level and one level down.
 */
export function createLogger(service: string, level = 'info'): Logger {
  return pino({
    name: service,
    level,
    base: {},
    mixin: () => {
      const requestId = currentRequestId();
      return { service, ...(requestId !== undefined && { requestId }), ...traceFields() };
    },
    serializers: { err: (error: unknown) => errorFields(error) },
    // pino copies an error's message to a line without one, which bypasses `errorFields`.
    hooks: { streamWrite: (line) => line.replace(/\/\/[^\s"]*@/g, '//[redacted]@') },
    formatters: { level: (label) => ({ level: label }) },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    redact: { paths: SECRETS.flatMap((name) => [`["${name}"]`, `*["${name}"]`]), censor: '[redacted]' },
  });
}
