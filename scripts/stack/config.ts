import { commonSettings, decimalNumber, loadConfig, oneOf, onOff, wholeNumber } from '../../common/src/config.ts';
import type { Env } from '../../infra/local/tools.ts';
import type { Service } from './system.ts';
import { services } from './system.ts';

type ProcessesSetting = `${Uppercase<Service>}_PROCESSES`;

export const processesSetting = (service: Service): ProcessesSetting =>
  `${service.toUpperCase() as Uppercase<Service>}_PROCESSES`;

const count = wholeNumber(0, 100).default(1);

const settings = {
  ROUTER_PORT: wholeNumber(1, 65_535).optional(),
  ...(Object.fromEntries(services.map((service) => [processesSetting(service), count])) as Record<
    ProcessesSetting,
    typeof count
  >),
  RESTART_AFTER_SECONDS: decimalNumber(0, 3600).optional(),
  CLIENT: onOff('on'),
  DEMO_DATA: onOff('on'),
  /** From which level on `make start` shows the log. */
  FOLLOW: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'off']).default('warn'),
  TRUSTED_PROXIES: commonSettings.TRUSTED_PROXIES,
};

/** The settings of a stack itself; its processes read their own. Throws an error with a line for every bad one. */
export const readSettings = (env: Env) => loadConfig(settings, env);

/** An environment in which what is empty is absent, as for the services; but NODE_FLAGS may be empty. */
export const withoutEmpty = (env: Env): Env =>
  Object.fromEntries(Object.entries(env).filter(([name, value]) => value !== '' || name === 'NODE_FLAGS'));
