import { busSettings, commonSettings, loadConfig, sessionSettings } from '@ticketing/common';
import { mongoUrl } from '@ticketing/common/mongo';

export const readConfig = () =>
  loadConfig(
    {
      ...commonSettings,
      ...sessionSettings,
      ...busSettings,
      MONGO_URL: mongoUrl,
    },
    process.env,
  );
