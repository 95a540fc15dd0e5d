import { commonSettings, loadConfig, wholeNumber } from '@ticketing/runtime/config';

/** Reads the mail catcher's settings from environment variables. Throws a ConfigError that names every bad one. */
export const readConfig = () =>
  loadConfig(
    {
      HOST: commonSettings.HOST,
      /** Where the mails are read. */
      PORT: commonSettings.PORT.default(8025),
      /** Where mails arrive. */
      SMTP_PORT: wholeNumber(0, 65_535).default(1025),
    },
    process.env,
  );
