import { metricsServer } from '@ticketing/runtime/metrics';
import { closeServer, listenAt } from '@ticketing/runtime/server';
import { startTracing } from '@ticketing/runtime/tracing';
import { readConfig } from './config.ts';
import { createRouter } from './router.ts';

const GRACE_MS = 9_000;

/** One JSON line, in the shape of the services' logs. */
const log = (level: string, msg: string, fields: Record<string, unknown> = {}): void => {
  process.stdout.write(`${JSON.stringify({ level, time: new Date(), service: 'router', ...fields, msg })}\n`);
};

try {
  const config = readConfig();
  const stopTracing = await startTracing('router', config);
  const server = createRouter({
    routes: config.ROUTES,
    trustedProxies: config.TRUSTED_PROXIES,
    timeoutMs: config.ROUTER_TIMEOUT_SECONDS * 1000,
    upgrades: config.UPGRADES,
    warn: (message, fields) => {
      log('warn', message, fields);
    },
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log('info', 'stopping', { signal });
      // Longer than a service's own grace; an upgraded connection never ends by itself.
      void closeServer(server, GRACE_MS)
        .then(stopTracing)
        .then(() => process.exit(0));
      setTimeout(() => process.exit(0), GRACE_MS + 500).unref();
    });
  }
  const adminPort = await listenAt(metricsServer('router'), { HOST: config.ADMIN_HOST, PORT: config.ADMIN_PORT });
  const port = await listenAt(server, config);
  log('info', 'listening', { host: config.HOST, port, adminHost: config.ADMIN_HOST, adminPort });
} catch (error) {
  process.stderr.write(`router: ${(error as Error).message}\n`);
  process.exit(1);
}
