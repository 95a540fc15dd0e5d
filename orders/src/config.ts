import { busSettings, commonSettings, loadConfig, mongoSettings, sessionSettings } from '@ticketing/common';
import { z } from 'zod';

export const readConfig = () =>
  loadConfig(
    {
      ...commonSettings,
      ...sessionSettings,
      ...mongoSettings,
      ...busSettings,
      /** How long a buyer holds a ticket. */
      HOLD_SECONDS: z.coerce.number().int().min(1).max(86_400).default(900),
      /** How many tickets one buyer may hold at once. */
      MAX_LIVE_HOLDS: z.coerce.number().int().min(1).max(1_000_000).default(3),
      /** How long after its end a hold may still be claimed by an authorisation on its way. */
      EXPIRY_GRACE_SECONDS: z.coerce.number().min(0).max(60).default(2),
    },
    process.env,
  );
