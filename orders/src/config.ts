import { busSettings } from '@ticketing/core';
import { mongoUrl, speedUpSettings } from '@ticketing/core/mongo';
import { commonSettings, decimalNumber, loadConfig, sessionSettings, wholeNumber } from '@ticketing/runtime';

/** Reads the settings of orders. Throws a ConfigError that lists every bad one. */
export const readConfig = () =>
  loadConfig(
    {
      ...commonSettings,
      ...sessionSettings,
      ...busSettings,
      ...speedUpSettings,
      MONGO_URL: mongoUrl,
      /** How long a buyer holds a ticket. */
      HOLD_SECONDS: wholeNumber(1, 86_400).default(900),
      /** How many tickets one buyer may hold at once. */
      MAX_LIVE_HOLDS: wholeNumber(1, 1_000_000).default(3),
      /** How many tickets all buyers of one network may hold at once; 0: no limit. */
      MAX_NETWORK_HOLDS: wholeNumber(0, 1_000_000).default(8),
      /**
       * How long a buyer who has held a ticket twice in a row without paying may not hold it again, and the first pause after several
       * unpaid holds of any tickets; 0: no pause.
       */
      HOLD_PAUSE_SECONDS: wholeNumber(0, 86_400).default(900),
      /** How long after the end of a hold an authorisation in flight may still claim the order. */
      EXPIRY_GRACE_SECONDS: decimalNumber(0, 60).default(2),
      /** How long after a change of an order a read of it waits for the next one that is due by itself. */
      OUTCOME_WAIT_MS: wholeNumber(0, 10_000).default(1000),
    },
    process.env,
  );
