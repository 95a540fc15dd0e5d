import { connectBus, runService } from '@ticketing/core';
import { connectStore, mongoIdempotencyKeys } from '@ticketing/core/mongo';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';
import { deliveryKeys } from './delivery/keys.ts';
import { openVault } from './delivery/vault.ts';
import { startTickets } from './service.ts';
import { mongoStores } from './stores.ts';

await runService('tickets', readConfig, async ({ config, log, health, use, serve }) => {
  const store = connectStore(config.MONGO_URL, log);
  const bus = connectBus(config, log);
  use({ store, bus });

  const connection = await store.whenConnected;
  const stores = await mongoStores(connection, log, config.SPEED_UPS);
  const keys = await mongoIdempotencyKeys(connection, log);
  const vault = await openVault(deliveryKeys(config.DELIVERY_KEYS), stores.payloads, log);
  const { context, stop, ...running } = startTickets({ stores, vault, bus, config, log });
  await serve(createApp(context, config, { log, health, config, keys }), {
    ...running,
    endStreams: context.feed.close,
    stop: [...stop, () => store.close()],
  });
});
