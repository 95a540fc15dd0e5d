import { createApp, randomId } from './app.ts';
import { loadConfig } from './config.ts';
import { createFaults } from './faults.ts';
import { createLogger } from './logger.ts';
import { listen, stopOnSignal } from './server.ts';
import { openStore } from './store.ts';

try {
  const config = loadConfig();
  const logger = createLogger(config.logLevel);
  const stopping = new AbortController();
  const store = openStore(config.directory, Date.now);
  const faults = createFaults(stopping.signal);
  const app = createApp({ store, faults, now: Date.now, newId: randomId }, logger, stopping.signal);
  const server = await listen(app, config);
  logger.info({ host: config.host, port: server.port, directory: config.directory }, 'listening');
  stopOnSignal(server, stopping, store.close, logger);
} catch (error) {
  process.stderr.write(`sandbox: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
