import { busSettings } from '@ticketing/core';
import { mongoUrl, speedUpSettings } from '@ticketing/core/mongo';
import { commonSettings, loadConfig, secretKeys, sessionSettings } from '@ticketing/runtime';

/** The settings by which deliveries are stored. DELIVERY_KEYS are rotated as SESSION_KEYS are: the first encrypts, all decrypt. */
const deliverySettings = {
  MONGO_URL: mongoUrl,
  DELIVERY_KEYS: secretKeys,
};

/** Reads the settings of tickets. Throws a ConfigError that lists every bad one. */
export const readConfig = () =>
  loadConfig(
    {
      ...commonSettings,
      ...sessionSettings,
      ...busSettings,
      ...speedUpSettings,
      ...deliverySettings,
    },
    process.env,
  );

/** Reads the settings of the command that encrypts all data keys by the first of DELIVERY_KEYS. Throws as `readConfig` does. */
export const readRewrapConfig = () =>
  loadConfig({ LOG_LEVEL: commonSettings.LOG_LEVEL, ...deliverySettings }, process.env);
