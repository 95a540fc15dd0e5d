import { connectBus, runService } from '@ticketing/core';
import { connectStore, mongoIdempotencyKeys } from '@ticketing/core/mongo';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';
import { startOrders } from './service.ts';
import { mongoStores } from './stores.ts';

await runService('orders', readConfig, async ({ config, log, health, use, serve }) => {
  const store = connectStore(config.MONGO_URL, log);
  const bus = connectBus(config, log);
  use({ store, bus });

  const connection = await store.whenConnected;
  const stores = await mongoStores(connection, log, config.SPEED_UPS);
  const keys = await mongoIdempotencyKeys(connection, log);
  const { context, stop, ...running } = startOrders({ stores, bus, config, log });
  await serve(createApp(context, config, { log, health, config, keys }), {
    ...running,
    stop: [...stop, () => store.close()],
  });
});
