import { busSettings, commonSettings, loadConfig, mongoSettings, sessionSettings } from '@ticketing/common';

export const readConfig = () =>
  loadConfig({ ...commonSettings, ...sessionSettings, ...mongoSettings, ...busSettings }, process.env);
