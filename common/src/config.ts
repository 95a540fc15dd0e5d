import { hostname } from 'node:os';
import { z } from 'zod';

/** The settings of every service. */
export const commonSettings = {
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65535),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  /** How many proxies in front may be believed about the visitor's address. */
  TRUSTED_PROXIES: z.coerce.number().int().min(0).max(10).default(1),
};

/**
 * Of services that know who is calling. Several keys, each of 32 bytes or more: the first signs, all verify. Put a new
 * one in front; drop the old one when its sessions are over.
 */
export const sessionSettings = {
  SESSION_KEYS: z
    .string()
    .transform((keys) => keys.split(',').map((key) => key.trim()))
    .refine((keys) => keys.every((key) => Buffer.byteLength(key) >= 32), 'every key must be at least 32 bytes long'),
  COOKIE_SECURE: onOff('off'),
  SESSION_SECONDS: z.coerce
    .number()
    .int()
    .min(60)
    .default(7 * 24 * 3600),
  RATE_LIMITS: onOff('on'),
};

export const mongoSettings = {
  MONGO_URL: z.string().regex(/^mongodb(\+srv)?:\/\/.+\/[\w-]+/, 'must be mongodb://host/database'),
};

export const busSettings = {
  NATS_URL: z.string().regex(/^(nats|tls):\/\/.+/, 'must be nats://host:port'),
  NATS_CLUSTER_ID: z.string().min(1).default('ticketing'),
  /** Names this process on the bus. A restarted process that keeps its name takes its place over at once. */
  INSTANCE: z
    .string()
    .regex(/^[\w-]+$/)
    .default(`${hostname().replace(/[^\w-]/g, '-')}-${process.pid}`),
};

export function onOff(fallback: 'on' | 'off') {
  return z
    .enum(['on', 'off'])
    .default(fallback)
    .transform((value) => value === 'on');
}

export class ConfigError extends Error {
  override name = 'ConfigError';
}

/**
 * Reads settings from environment variables. An empty variable counts as absent.
 * Throws a ConfigError that names every bad variable and never a value, which may be a secret.
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
  const lines = result.error.issues.map((issue) => {
    const name = issue.path.join('.');
    return `  ${name}: ${given[name] === undefined ? 'is required' : issue.message}`;
  });
  throw new ConfigError(`These settings are missing or wrong:\n${lines.join('\n')}`);
}
