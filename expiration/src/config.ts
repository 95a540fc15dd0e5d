import { busSettings, commonSettings, loadConfig } from '@ticketing/common';
import { z } from 'zod';

export const readConfig = () =>
  loadConfig(
    {
      ...commonSettings,
      ...busSettings,
      REDIS_URL: z.string().regex(/^rediss?:\/\/.+/, 'must be redis://host:port'),
      /** How long after its end a hold may still be claimed by an authorisation on its way. */
      EXPIRY_GRACE_SECONDS: z.coerce.number().min(0).max(60).default(2),
    },
    process.env,
  );
