import { commonSettings, loadConfig } from '@ticketing/runtime/config';
import { z } from 'zod';

/** Reads the settings. Throws a ConfigError that names every bad one. */
export const readConfig = (environment: Record<string, string | undefined> = process.env) =>
  loadConfig(
    {
      HOST: commonSettings.HOST,
      PORT: commonSettings.PORT,
      LOG_LEVEL: commonSettings.LOG_LEVEL,
      /** Where the journal is kept. */
      SANDBOX_DIR: z.string(),
    },
    environment,
  );
