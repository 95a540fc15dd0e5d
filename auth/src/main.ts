import { closeServer, createHealth, createLogger, listen, run, stopOnSignal } from '@ticketing/common';
import { connectStore, pingStore } from '@ticketing/common/mongo';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';
import { userModel } from './models/user.ts';

await run('auth', async () => {
  const config = readConfig();
  const log = createLogger('auth', config.LOG_LEVEL);

  const connection = await connectStore(config.MONGO_URL, log);
  const users = userModel(connection);
  await users.init();

  const health = createHealth({ store: () => pingStore(connection) });
  const app = createApp({ users, now: () => new Date() }, config, { log, health, config });
  const server = await listen(app, config, log);

  stopOnSignal(log, health, [() => closeServer(server), () => connection.close()]);
});
