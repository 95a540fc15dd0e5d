import { runService } from '@ticketing/common';
import { connectStore, createIndexes } from '@ticketing/common/mongo';
import { readConfig } from './config.ts';
import { userModel } from './models/user.ts';
import { startAuth } from './service.ts';

await runService('auth', readConfig, async ({ config, log, health, use, serve }) => {
  const store = connectStore(config.MONGO_URL, log);
  use({ store });

  const users = userModel(await store.whenConnected);
  await createIndexes([users], log);
  const { app, stop } = startAuth({ config, log, health, users });
  serve(app, [...stop, () => store.close()]);
});
