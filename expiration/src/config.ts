import { busSettings } from '@ticketing/core';
import { commonSettings, decimalNumber, loadConfig } from '@ticketing/runtime';
import { z } from 'zod';
import { parseRedisUrl } from './redis.ts';

/** Reads the settings of expiration. Throws a ConfigError that lists every bad one. */
export const readConfig = () =>
  loadConfig(
    {
      ...commonSettings,
      ...busSettings,
      REDIS_URL: z
        .string()
        .refine(
          (text) => parseRedisUrl(text) !== undefined,
          'must be redis://host:port/database or rediss://host:port/database, with a password or user:password before the host, special characters in them percent-encoded',
        ),
      /** How long after the end of a hold an authorisation in flight may still claim the order. */
      EXPIRY_GRACE_SECONDS: decimalNumber(0, 60).default(2),
    },
    process.env,
  );
