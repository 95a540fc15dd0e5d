import { createPrivateKey } from 'node:crypto';
import { busSettings } from '@ticketing/core';
import { mongoUrl } from '@ticketing/core/mongo';
import { commonSettings, ellipticKeys, loadConfig, sessionSettings, wholeNumber } from '@ticketing/runtime';
import { mailSettings } from './mail/transport.ts';

const { COOKIE_SECURE, RATE_LIMITS } = sessionSettings;
const duration = wholeNumber(60, 10 * 365 * 24 * 3600);
const DAY_SECONDS = 24 * 3600;

/** Reads the settings of auth. Throws a ConfigError that lists every bad one. */
export const readConfig = () =>
  loadConfig(
    {
      ...commonSettings,
      ...busSettings,
      ...mailSettings,
      MONGO_URL: mongoUrl,
      COOKIE_SECURE,
      RATE_LIMITS,
      /** The private keys by which tokens are made: the first signs, those by all are accepted. */
      SESSION_KEYS: ellipticKeys((key) => createPrivateKey({ key, format: 'der', type: 'pkcs8' }), 'private keys'),
      /** How long a session lasts. */
      SESSION_SECONDS: duration.default(30 * DAY_SECONDS),
      /** How long a session lasts without being used. */
      SESSION_IDLE_SECONDS: duration.default(7 * DAY_SECONDS),
    },
    process.env,
  );
