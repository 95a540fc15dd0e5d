import { createRouter } from './router.ts';
import { parseRoutes } from './routes.ts';

const { PORT = '3000', HOST = '127.0.0.1', ROUTES = '[]', ROUTER_TIMEOUT_SECONDS = '30' } = process.env;

/** One JSON line, in the shape that the services' logs have. */
const log = (level: string, msg: string, facts: Record<string, unknown> = {}): void => {
  process.stdout.write(`${JSON.stringify({ level, time: new Date(), service: 'router', ...facts, msg })}\n`);
};

const server = createRouter({
  routes: parseRoutes(ROUTES),
  timeoutMs: Number(ROUTER_TIMEOUT_SECONDS) * 1000,
  warn: (message, facts) => {
    log('warn', message, facts);
  },
});

server.on('error', (error) => {
  log('fatal', error.message);
  process.exit(1);
});
server.listen(Number(PORT), HOST, () => {
  log('info', 'listening', { port: Number(PORT) });
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    log('info', 'stopping', { signal });
    server.close();
    // Requests in flight get time to end; what is still open then (an upgraded connection) is cut.
    setTimeout(() => process.exit(0), 9_000).unref();
  });
}
