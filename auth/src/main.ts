import { connectBus, runService } from '@ticketing/common';
import { connectStore } from '@ticketing/common/mongo';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';
import { startAuth } from './service.ts';
import { mongoStores } from './stores.ts';

await runService('auth', readConfig, async ({ config, log, health, use, serve }) => {
  const store = connectStore(config.MONGO_URL, log);
  const bus = connectBus(config, log);
  use({ store, bus });

  const stores = await mongoStores(await store.whenConnected, log);
  const { context, adminRoutes, stop } = startAuth({ stores, bus, config, log });
  serve(createApp(context, config, { log, health, config }), {
    admin: adminRoutes,
    stop: [...stop, () => store.close()],
  });
});
