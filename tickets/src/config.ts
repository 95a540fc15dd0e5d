import { busSettings, commonSettings, loadConfig, sessionSettings } from '@ticketing/common';
import { mongoUrl, speedUpSettings } from '@ticketing/common/mongo';

/** Reads the settings of tickets. Throws a ConfigError that lists every bad one. */
export const readConfig = () =>
  loadConfig(
    {
      ...commonSettings,
      ...sessionSettings,
      ...busSettings,
      ...speedUpSettings,
      MONGO_URL: mongoUrl,
    },
    process.env,
  );
