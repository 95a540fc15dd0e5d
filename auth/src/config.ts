import { commonSettings, loadConfig, sessionSettings } from '@ticketing/common';
import { mongoUrl } from '@ticketing/common/mongo';

export const readConfig = () =>
  loadConfig(
    {
      ...commonSettings,
      ...sessionSettings,
      MONGO_URL: mongoUrl,
    },
    process.env,
  );
