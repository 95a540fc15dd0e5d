import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { measureRequest, metricsServer } from '@ticketing/runtime/metrics';
import { closeServer, httpServer, listenAt } from '@ticketing/runtime/server';
import { startTracing, tracedRequest } from '@ticketing/runtime/tracing';
import next from 'next';
import { admission, pageMethods } from './admission.ts';
import { currentUserReader } from './current-user.ts';
import { pageRoutes } from './page-routes.ts';
import { readSettings } from './settings.ts';
import { sharedPages } from './shared-pages.ts';
import { apiUrl } from './src/lib/config.ts';

/**
 * The page server: Next behind the time limits that all our servers have. `next start` would keep every socket that offers
 * to upgrade, close idle connections under the proxy in front after 5 s, and hold uploads of 10 MB in memory.
 */
try {
  const config = readSettings();
  const stopTracing = await startTracing('client', config);
  const dir = import.meta.dirname;
  // The image has no next.config.ts: the configuration is part of the build, as for Next's own server.js.
  if (!existsSync(path.join(dir, 'next.config.ts'))) {
    const built = readFileSync(path.join(dir, '.next/required-server-files.json'), 'utf8');
    process.env['__NEXT_PRIVATE_STANDALONE_CONFIG'] = JSON.stringify((JSON.parse(built) as { config: unknown }).config);
  }
  const app = next({ dev: false, dir, hostname: config.HOST, port: config.PORT });
  const prepared = app.prepare();
  const render = app.getRequestHandler();
  const handle = sharedPages((request, response) => void render(request, response), currentUserReader(apiUrl()));
  const admit = admission();
  const findRoute = pageRoutes(path.join(dir, '.next'));
  const server = httpServer(
    (request, response) => {
      const route = findRoute(request.url ?? '');
      const routeOf = () => route;
      measureRequest(request, response, routeOf);
      tracedRequest(request, response, routeOf, () => {
        if (!admit(request, response)) return;
        void prepared.then(() => {
          handle(request, response);
        });
      });
    },
    { methods: pageMethods },
  );

  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(
      signal,
      () =>
        void closeServer(server)
          .then(stopTracing)
          .then(() => process.exit(0)),
    );
  const { HOST: host, ADMIN_HOST: adminHost, ADMIN_PORT } = config;
  const adminPort = await listenAt(metricsServer('client'), { HOST: adminHost, PORT: ADMIN_PORT });
  const port = await listenAt(server, config);
  await prepared;
  const addresses = { host, port, adminHost, adminPort };
  const line = { level: 'info', time: new Date(), service: 'client', ...addresses, msg: 'listening' };
  process.stdout.write(`${JSON.stringify(line)}\n`);
} catch (error) {
  process.stderr.write(`client: ${(error as Error).message}\n`);
  process.exit(1);
}
