import { busSettings } from '@ticketing/core';
import { mongoUrl, speedUpSettings } from '@ticketing/core/mongo';
import {
  ConfigError,
  commonSettings,
  loadConfig,
  parseServerUrl,
  sessionSettings,
  wholeNumber,
} from '@ticketing/runtime';
import { z } from 'zod';

/** Reads the settings of payments. Throws a ConfigError that lists every bad one. */
export function readConfig() {
  const config = loadConfig(
    {
      ...commonSettings,
      ...sessionSettings,
      ...busSettings,
      ...speedUpSettings,
      MONGO_URL: mongoUrl,
      /** How long a buyer's request to pay waits, once the money is authorised, for its capture. */
      OUTCOME_WAIT_MS: wholeNumber(0, 10_000).default(1000),
      /** When set, payments uses the real Stripe; otherwise the sandbox at SANDBOX_URL. */
      STRIPE_SECRET_KEY: z.string().startsWith('sk_', 'must be a secret key (sk_…)').optional(),
      SANDBOX_URL: z.string().refine(isSandboxUrl, 'must be http://host:port, and nothing after the port').optional(),
    },
    process.env,
  );
  if (config.STRIPE_SECRET_KEY === undefined && config.SANDBOX_URL === undefined)
    throw new ConfigError('STRIPE_SECRET_KEY: is required for the real Stripe, or SANDBOX_URL for the payment sandbox');
  return config;
}

/** Stripe's client accepts only a host and a port. */
function isSandboxUrl(text: string): boolean {
  const url = parseServerUrl(text, ['http:'], 80);
  return url?.path === '' && url.user === '' && url.password === '';
}
