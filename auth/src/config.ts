import { busSettings, commonSettings, loadConfig, sessionSettings, wholeNumber } from '@ticketing/common';
import { mongoUrl } from '@ticketing/common/mongo';

/** Reads the settings of auth. Throws a ConfigError that lists every bad one. */
export const readConfig = () =>
  loadConfig(
    {
      ...commonSettings,
      ...sessionSettings,
      ...busSettings,
      MONGO_URL: mongoUrl,
      /** How long a session lasts without being used. */
      SESSION_IDLE_SECONDS: wholeNumber(60, 10 * 365 * 24 * 3600).default(7 * 24 * 3600),
    },
    process.env,
  );
