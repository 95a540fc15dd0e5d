import { busSettings, commonSettings, loadConfig, sessionSettings } from '@ticketing/common';
import { mongoUrl, speedUpSettings } from '@ticketing/common/mongo';

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
