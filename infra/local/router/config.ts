import { commonSettings, decimalNumber, loadConfig, onOff, tracingSettings } from '@ticketing/runtime/config';
import { routeTable } from './routes.ts';

/** Reads the router's settings from environment variables. Throws a ConfigError that names every bad one. */
export const readConfig = () =>
  loadConfig(
    {
      ...tracingSettings,
      HOST: commonSettings.HOST,
      PORT: commonSettings.PORT.default(3000),
      ADMIN_HOST: commonSettings.ADMIN_HOST,
      ADMIN_PORT: commonSettings.ADMIN_PORT,
      ROUTES: routeTable.default([]),
      ROUTER_TIMEOUT_SECONDS: decimalNumber(1, 600).default(30),
      /** How many proxies in front of this one are trusted: none where visitors connect directly. */
      TRUSTED_PROXIES: commonSettings.TRUSTED_PROXIES.default(0),
      UPGRADES: onOff('off'),
    },
    process.env,
  );
