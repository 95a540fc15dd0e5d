import { runService } from '@ticketing/common';
import { connectStore, createIndexes } from '@ticketing/common/mongo';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';
import { userModel } from './models/user.ts';

await runService('auth', readConfig, async ({ config, log, health, use, serve }) => {
  const store = connectStore(config.MONGO_URL, log);
  use({ store });

  const users = userModel(await store.whenConnected);
  await createIndexes([users], log);
  serve(createApp({ users, now: () => new Date() }, config, { log, health, config }), {
    stop: [() => store.close()],
  });
});
