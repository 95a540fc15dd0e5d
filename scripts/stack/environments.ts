import type { Env } from '../../infra/local/tools.ts';
import { apiServices, busServices, services } from '../services.ts';

/** The settings that the stack itself gives to each process that uses them, or that only the commands of the repository read. */
const nobody: readonly string[] = [];

/**
 * Which processes read a setting of the environment in which the stack is started. All other variables belong to the system, or to
 * Node, and reach every process. docs/settings.md has the same list.
 */
const readers: Readonly<Record<string, readonly string[]>> = {
  LOG_LEVEL: [...services, 'sandbox'],
  TRUSTED_PROXIES: [...services, 'client'],
  SESSION_SECONDS: ['auth'],
  SESSION_IDLE_SECONDS: ['auth'],
  COOKIE_SECURE: [...apiServices, 'client'],
  RATE_LIMITS: apiServices,
  BUS: busServices,
  NATS_REPLICAS: busServices,
  SPEED_UPS: ['tickets', 'orders', 'payments'],
  MAIL_FROM: ['auth'],
  HOLD_SECONDS: ['orders', 'client'],
  MAX_LIVE_HOLDS: ['orders'],
  MAX_NETWORK_HOLDS: ['orders'],
  HOLD_PAUSE_SECONDS: ['orders'],
  EXPIRY_GRACE_SECONDS: ['orders', 'expiration'],
  OUTCOME_WAIT_MS: ['orders', 'payments'],
  STRIPE_PUBLISHABLE_KEY: ['client'],
  SITE_URL: ['client'],
  OTEL_EXPORTER_OTLP_ENDPOINT: [...services, 'client', 'router'],
  OTEL_TRACES_SAMPLER: [...services, 'client', 'router'],
  OTEL_TRACES_SAMPLER_ARG: [...services, 'client', 'router'],
  ROUTER_TIMEOUT_SECONDS: ['router'],
  UPGRADES: ['router'],
  ...Object.fromEntries(
    [
      ...[
        'HOST',
        'PORT',
        'ADMIN_HOST',
        'ADMIN_PORT',
        'SESSION_KEYS',
        'SESSION_PUBLIC_KEYS',
        'DELIVERY_KEYS',
        'MONGO_URL',
        'NATS_URL',
        'NATS_CLUSTER_ID',
        'INSTANCE',
        'REDIS_URL',
      ],
      ...[
        'STRIPE_SECRET_KEY',
        'SANDBOX_URL',
        'SANDBOX_DIR',
        'MAIL_URL',
        'SMTP_PORT',
        'API_URL',
        'ROUTES',
        'ROUTER_PORT',
        'LAB_PORT',
        'MONGO_NODES',
        'NATS_NODES',
      ],
      ...['RESTART_AFTER_SECONDS', 'NODE_FLAGS', 'CLUSTER_URL', 'API_EXAMPLES', 'DEMO_DATA', 'FOLLOW', 'CLIENT'],
      ...['MONGOMS_SYSTEM_BINARY', 'MONGOMS_DOWNLOAD_MIRROR'],
      ...services.map((service) => `${service.toUpperCase()}_PROCESSES`),
    ].map((name) => [name, nobody]),
  ),
};

/** A name that a secret has, also one that this project does not know. */
const isSecret = (name: string): boolean => /(^|_)(KEYS?|SECRET|PASSWORD|PASSWD|TOKEN|CREDENTIALS)$/.test(name);

/** The environment of a process: without the settings of other processes, and without secrets, which it gets by name. */
export const environmentOf = (env: Env, process: string): Env =>
  Object.fromEntries(
    Object.entries(env).filter(([name]) => readers[name]?.includes(process) ?? (!isSecret(name) && !(name in readers))),
  );
