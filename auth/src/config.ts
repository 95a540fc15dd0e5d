import { commonSettings, loadConfig, mongoSettings, sessionSettings } from '@ticketing/common';

export const readConfig = () => loadConfig({ ...commonSettings, ...sessionSettings, ...mongoSettings }, process.env);
