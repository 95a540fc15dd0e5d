import { createApp, randomId } from './app.ts';
import { readConfig } from './config.ts';
import { createFaults } from './faults.ts';
import { createLogger } from './logger.ts';
import { listen, stopOnSignal } from './server.ts';
import { openStore } from './store.ts';

try {
  const config = readConfig();
  const logger = createLogger(config.LOG_LEVEL);
  const stopping = new AbortController();
  const store = openStore(config.SANDBOX_DIR, Date.now);
  const faults = createFaults(stopping.signal);
  const app = createApp({ store, faults, now: Date.now, newId: randomId }, logger, stopping.signal);
  const server = await listen(app, config);
  logger.info({ host: config.HOST, port: server.port, directory: config.SANDBOX_DIR }, 'listening');
  stopOnSignal(server, stopping, store.close, logger);
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  for (const line of message.split('\n')) process.stderr.write(`sandbox: ${line}\n`);
  process.exitCode = 1;
}
