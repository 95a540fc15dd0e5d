import { z } from 'zod';
import { commonSettings, ConfigError, loadConfig, onOff } from '../../common/src/config.ts';
import type { Env } from '../../infra/local/tools.ts';
import type { Service } from './system.ts';
import { services } from './system.ts';

type ProcessesSetting = `${Uppercase<Service>}_PROCESSES`;

export const processesSetting = (service: Service): ProcessesSetting =>
  `${service.toUpperCase() as Uppercase<Service>}_PROCESSES`;

const count = z.coerce.number('must be a number').int('must be a whole number').min(0, 'must be 0 or more').default(1);

const settings = {
  ROUTER_PORT: z.coerce
    .number('must be a port')
    .int('must be a port')
    .min(1, 'must be a port')
    .max(65_535, 'must be a port')
    .optional(),
  ...(Object.fromEntries(services.map((service) => [processesSetting(service), count])) as Record<
    ProcessesSetting,
    typeof count
  >),
  RESTART_AFTER_SECONDS: z.coerce.number('must be a number').min(0, 'must be 0 or more').optional(),
  CLIENT: onOff('on'),
  DEMO_DATA: onOff('on'),
  /** From which level on `make start` shows the log. */
  FOLLOW: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'off']).default('warn'),
  TRUSTED_PROXIES: commonSettings.TRUSTED_PROXIES,
};

export type StackSettings = ReturnType<typeof readSettings>;

/** The settings of a stack itself; its processes read their own. Throws an error that names every bad one. */
export function readSettings(env: Env) {
  try {
    return loadConfig(settings, env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const [heading = '', ...bad] = error.message.split('\n');
    throw new Error(bad.length === 1 ? `${heading} ${bad.join('').trim()}` : error.message, { cause: error });
  }
}

/** An environment in which what is empty is absent, as for the services; but NODE_FLAGS may be empty. */
export const withoutEmpty = (env: Env): Env =>
  Object.fromEntries(Object.entries(env).filter(([name, value]) => value !== '' || name === 'NODE_FLAGS'));
