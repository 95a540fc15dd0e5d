import { connectBus, runService } from '@ticketing/core';
import { connectStore } from '@ticketing/core/mongo';
import { createApp } from './app.ts';
import { readConfig } from './config.ts';
import { letterWriter } from './mail/letters.ts';
import { createMails } from './mail/mails.ts';
import { smtpTransport } from './mail/transport.ts';
import { startAuth } from './service.ts';
import { mongoStores } from './stores.ts';

await runService('auth', readConfig, async ({ config, log, health, use, serve }) => {
  const store = connectStore(config.MONGO_URL, log);
  const bus = connectBus(config, log);
  use({ store, bus });

  const { mails: model, ...stores } = await mongoStores(await store.whenConnected, log);
  const now = () => new Date();
  const write = letterWriter({ users: stores.users, now }, config.SITE_URL);
  const transport = smtpTransport(config);
  const mails = createMails({ model, write, send: transport.send, now, log });
  const { context, stop, ...running } = startAuth({ stores, mails, bus, config, log });
  await serve(createApp(context, config, { log, health, config }), {
    ...running,
    stop: [...stop, () => transport.close(), () => store.close()],
  });
});
