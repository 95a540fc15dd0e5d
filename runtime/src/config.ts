import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { z } from 'zod';

// Settings are text. The message for a bad one states what is expected and never the value, which may be a secret.

const inDigits = (form: RegExp, what: string) => (min: number, max: number) =>
  z
    .string()
    .refine(
      (text) => form.test(text) && Number(text) >= min && Number(text) <= max,
      `must be ${what} from ${min} to ${max}`,
    )
    .transform(Number);

/** A whole number in decimal digits: `30s`, `1e3` and `0x10` are rejected. */
export const wholeNumber = inDigits(/^\d{1,15}$/, 'a whole number');
/** A number such as 2 or 0.5, in decimal digits. */
export const decimalNumber = inDigits(/^\d{1,15}(\.\d{1,9})?$/, 'a number');

/** One of a few words. */
export const oneOf = <const Words extends readonly [string, ...string[]]>(words: Words) =>
  z.enum(words, `must be one of ${words.join(', ')}`);

/** `on` or `off`, read as a boolean. */
export const onOff = (fallback: 'on' | 'off') =>
  z
    .enum(['on', 'off'], 'must be on or off')
    .default(fallback)
    .transform((value) => value === 'on');

/** Which bus the services are connected to. */
export const busKind = oneOf(['nats-streaming', 'jetstream']).default('nats-streaming');

const host = z.string().regex(/^\S+$/, 'must be an address or a host name').default('127.0.0.1');

/**
 * The settings of tracing, which are OpenTelemetry's own. Without an endpoint, where spans are sent by OTLP over HTTP, there are no
 * spans; the exporter reads further ones (`OTEL_EXPORTER_OTLP_HEADERS`) itself.
 */
export const tracingSettings = {
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .string()
    .refine((text) => /^https?:\/\//.test(text) && URL.canParse(text), 'must be http://host:port or https://host:port')
    .optional(),
  OTEL_TRACES_SAMPLER: oneOf([
    ...['always_on', 'always_off', 'traceidratio'],
    ...['parentbased_always_on', 'parentbased_always_off', 'parentbased_traceidratio'],
  ] as const).default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: decimalNumber(0, 1).default(1),
};

export interface TracingSettings {
  OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
  OTEL_TRACES_SAMPLER: string;
  OTEL_TRACES_SAMPLER_ARG: number;
}

/** The settings of every service. */
export const commonSettings = {
  ...tracingSettings,
  HOST: host,
  PORT: wholeNumber(0, 65_535),
  /** Where probes and the routes for operators are served: by default on this machine only, at a free port. */
  ADMIN_HOST: host,
  ADMIN_PORT: wholeNumber(0, 65_535).default(0),
  LOG_LEVEL: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  /** How many proxies in front are trusted to report the client's address (`X-Forwarded-For`). */
  TRUSTED_PROXIES: wholeNumber(0, 10).default(1),
};

/** Secret keys, separated by commas, of at least 32 bytes each. To rotate them, put a new one first and drop the old one later. */
export const secretKeys = z
  .string()
  .transform((keys) => keys.split(',').map((key) => key.trim()))
  .refine((keys) => keys.every((key) => Buffer.byteLength(key) >= 32), 'every key must be at least 32 bytes long');

/** Keys of ES256, separated by commas, each in base64; `read` reads one from its DER form. */
export const ellipticKeys = (read: (der: Buffer) => KeyObject, what: string) =>
  z.string().transform((text, context): KeyObject[] => {
    try {
      const keys = text.split(',').map((key) => read(Buffer.from(key, 'base64')));
      if (keys.every(({ asymmetricKeyDetails }) => asymmetricKeyDetails?.namedCurve === 'prime256v1')) return keys;
    } catch {
      // The issue names what is expected.
    }
    context.addIssue(`must be ${what} of the curve P-256, DER in base64, separated by commas`);
    return z.NEVER;
  });

/** The settings of services with sessions. Tokens by each of SESSION_PUBLIC_KEYS are accepted; auth has the private keys. */
export const sessionSettings = {
  SESSION_PUBLIC_KEYS: ellipticKeys((key) => createPublicKey({ key, format: 'der', type: 'spki' }), 'public keys'),
  COOKIE_SECURE: onOff('off'),
  RATE_LIMITS: onOff('on'),
};

/** Settings are missing or bad. The message has a line for each, which states what is expected and never the value. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/**
 * Reads settings from environment variables. An empty variable counts as absent.
 * Throws a ConfigError with a line for every bad variable, which never holds a value.
 */
export function loadConfig<Shape extends z.ZodRawShape>(
  shape: Shape,
  environment: Record<string, string | undefined>,
): z.output<z.ZodObject<Shape>> {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const result = z.object(shape).safeParse(given);
  if (result.success) return result.data;
  const lines = result.error.issues.map(({ path, message }) => {
    const isAbsent = path.length === 1 && given[String(path[0])] === undefined;
    return `${path.join('.')}: ${isAbsent ? 'is required' : message}`;
  });
  throw new ConfigError(lines.join('\n'));
}
