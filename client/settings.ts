import { commonSettings, decimalNumber, loadConfig, onOff, tracingSettings } from '@ticketing/runtime/config';
import { z } from 'zod';

/**
 * Checks the settings of the page server and returns those that the server itself needs; pages read theirs where they use
 * them (src/lib/config.ts). Throws a ConfigError that names every bad one.
 */
export const readSettings = () =>
  loadConfig(
    {
      ...tracingSettings,
      HOST: commonSettings.HOST,
      PORT: commonSettings.PORT.default(3000),
      ADMIN_HOST: commonSettings.ADMIN_HOST,
      ADMIN_PORT: commonSettings.ADMIN_PORT,
      TRUSTED_PROXIES: commonSettings.TRUSTED_PROXIES,
      API_URL: z.url({ protocol: /^https?$/, error: 'must be http://host:port' }).optional(),
      SITE_URL: z.url({ protocol: /^https?$/, error: 'must be https://host' }).optional(),
      COOKIE_SECURE: onOff('off'),
      HOLD_SECONDS: decimalNumber(1, 86_400).optional(),
      STRIPE_PUBLISHABLE_KEY: z.string().startsWith('pk_', 'must be a publishable key (pk_…)').optional(),
    },
    process.env,
  );
