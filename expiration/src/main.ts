import { createApi } from '@ticketing/common';
import { connectBus, runService } from '@ticketing/core';
import { readConfig } from './config.ts';
import { startExpiration } from './service.ts';
import { createTimers } from './timers.ts';

await runService('expiration', readConfig, async ({ config, log, health, use, serve }) => {
  const bus = connectBus(config, log);
  const timers = createTimers(config, bus, log);
  use({ store: timers, bus });

  await timers.whenConnected;
  await serve(createApi({ log, health, config }), startExpiration({ bus, log, timers }));
});
