import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Gauge, Histogram, collectDefaultMetrics, register } from 'prom-client';
import { httpServer } from './server.ts';

export { Counter, Gauge, Histogram } from 'prom-client';

const requestDuration = new Histogram({
  name: 'http_request_duration_seconds',
  help: 'Time from the start of a request to the end of its response; without event streams, which their readers end.',
  labelNames: ['method', 'route', 'status'],
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
});
const requestsInFlight = new Gauge({
  name: 'http_requests_in_flight',
  help: 'Requests that were received and not answered yet.',
});

/** Counts a request as in flight, and measures it when its response ends. `routeOf`: the pattern of its route, asked then. */
export function measureRequest(
  { method = '' }: IncomingMessage,
  response: ServerResponse,
  routeOf: () => string,
): void {
  const startedAt = performance.now();
  requestsInFlight.inc();
  response.once('close', () => {
    requestsInFlight.dec();
    if (isEventStream(response)) return;
    const labels = { method, route: routeOf(), status: response.statusCode };
    requestDuration.observe(labels, (performance.now() - startedAt) / 1000);
  });
}

/** True for a response that ends when its reader leaves: how long it took tells nothing about the server. */
export const isEventStream = (response: ServerResponse): boolean =>
  String(response.getHeader('content-type')).startsWith('text/event-stream');

/** Adds Node's own metrics (memory, event loop, garbage collection); a second call does nothing. */
export function collectProcessMetrics(): void {
  if (register.getSingleMetric('process_cpu_user_seconds_total')) return;
  collectDefaultMetrics();
  let before = performance.eventLoopUtilization();
  new Gauge({
    name: 'nodejs_eventloop_utilization',
    help: 'The share of the time since the last scrape in which the event loop was busy, from 0 to 1.',
    collect() {
      const now = performance.eventLoopUtilization();
      this.set(performance.eventLoopUtilization(now, before).utilization);
      before = now;
    },
  });
}

/** Labels every metric of this process with the name of its service. */
export function labelMetrics(service: string): void {
  register.setDefaultLabels({ service });
}

/** Renders all metrics in Prometheus' text format. */
export const metricsText = (): Promise<string> => register.metrics();
export const metricsType = register.contentType;

/**
 * Creates the server of the admin port for a process with metrics alone: it answers `GET /metrics`, where every metric has the label
 * `service`. It doesn't listen yet.
 */
export function metricsServer(service: string): Server {
  collectProcessMetrics();
  labelMetrics(service);
  const answer = async (isFound: boolean, response: ServerResponse) => {
    const text = isFound ? await metricsText() : '';
    response.writeHead(isFound ? 200 : 404, { 'Content-Type': metricsType, 'Cache-Control': 'no-store' }).end(text);
  };
  return httpServer(({ url }, response) => void answer(url?.split('?', 1)[0] === '/metrics', response), {
    methods: ['GET', 'HEAD'],
  });
}
