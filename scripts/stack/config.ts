import {
  ConfigError,
  busKind,
  commonSettings,
  decimalNumber,
  loadConfig,
  oneOf,
  onOff,
  wholeNumber,
} from '../../runtime/src/config.ts';
import type { Env } from '../../infra/local/tools.ts';
import { services } from '../services.ts';
import type { Service } from '../services.ts';

type ProcessesSetting = `${Uppercase<Service>}_PROCESSES`;

/** The name of the setting for a service's number of processes, such as `ORDERS_PROCESSES`. */
export const processesSetting = (service: Service): ProcessesSetting =>
  `${service.toUpperCase() as Uppercase<Service>}_PROCESSES`;

const count = wholeNumber(0, 100).default(1);

const settings = {
  ROUTER_PORT: wholeNumber(1, 65_535).optional(),
  /** Where `make lab` serves its page. */
  LAB_PORT: wholeNumber(0, 65_535).default(3999),
  ...(Object.fromEntries(services.map((service) => [processesSetting(service), count])) as Record<
    ProcessesSetting,
    typeof count
  >),
  /** The members of the replica set of MongoDB that is started; 1: a server by itself. */
  MONGO_NODES: oneOf(['1', '3']).default('1').transform(Number),
  /** The bus whose server is started. */
  BUS: busKind,
  /** The servers of JetStream that are started: one by itself, or a cluster. */
  NATS_NODES: oneOf(['1', '3']).default('1').transform(Number),
  RESTART_AFTER_SECONDS: decimalNumber(0, 3600).optional(),
  CLIENT: onOff('on'),
  DEMO_DATA: onOff('on'),
  /** The lowest level of log lines that `make start` shows. */
  FOLLOW: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'off']).default('warn'),
  TRUSTED_PROXIES: commonSettings.TRUSTED_PROXIES,
};

/** Reads the settings of the stack itself; its processes read their own. Throws a ConfigError with a line for every bad one. */
export function readSettings(env: Env) {
  const found = loadConfig(settings, env);
  if (found.NATS_NODES > 1 && found.BUS !== 'jetstream')
    throw new ConfigError(`NATS_NODES: ${found.NATS_NODES} needs BUS=jetstream; NATS Streaming is one server`);
  return found;
}

/** Removes empty variables, as the services do; but an empty NODE_FLAGS is a value. */
export const withoutEmpty = (env: Env): Env =>
  Object.fromEntries(Object.entries(env).filter(([name, value]) => value !== '' || name === 'NODE_FLAGS'));
