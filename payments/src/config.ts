import { busSettings, commonSettings, loadConfig, mongoSettings, sessionSettings } from '@ticketing/common';
import { z } from 'zod';

export function readConfig() {
  const config = loadConfig(
    {
      ...commonSettings,
      ...sessionSettings,
      ...mongoSettings,
      ...busSettings,
      /** Set: the real Stripe. Not set: the sandbox at SANDBOX_URL. */
      STRIPE_SECRET_KEY: z.string().startsWith('sk_').optional(),
      SANDBOX_URL: z.url({ protocol: /^http$/ }).optional(),
    },
    process.env,
  );
  if (config.STRIPE_SECRET_KEY === undefined && config.SANDBOX_URL === undefined)
    throw new Error('Set STRIPE_SECRET_KEY for the real Stripe, or SANDBOX_URL for the payment sandbox.');
  return config;
}
