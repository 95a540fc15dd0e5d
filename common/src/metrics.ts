import { Counter, Gauge, Histogram, collectDefaultMetrics, register } from 'prom-client';

export const httpDuration = new Histogram({
  name: 'http_request_duration_seconds',
  help: 'Time from the start of a request to the end of its response.',
  labelNames: ['method', 'route', 'status'],
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
});
export const eventsPublished = new Counter({
  name: 'events_published_total',
  help: 'Events that the bus has acknowledged.',
});
export const eventsHandled = new Counter({
  name: 'events_handled_total',
  help: 'Events that were handled and acknowledged.',
  labelNames: ['event'],
});
export const eventsDeadLettered = new Counter({
  name: 'events_dead_lettered_total',
  help: 'Messages that could not be handled and were stored as dead letters.',
  labelNames: ['subject'],
});
export const eventLag = new Histogram({
  name: 'event_lag_seconds',
  help: 'Time from saving an event to handling it in this service.',
  labelNames: ['event'],
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60],
});
export const sweepFailures = new Counter({
  name: 'sweep_failures_total',
  help: 'Times that a sweep could not handle a document, and went on with the others.',
  labelNames: ['sweep'],
});
export const busConnected = new Gauge({ name: 'bus_connected', help: '1 while connected to the bus, else 0.' });

/** Adds Node's own metrics (memory, event loop, garbage collection); a second call does nothing. */
export function collectProcessMetrics(): void {
  if (!register.getSingleMetric('process_cpu_user_seconds_total')) collectDefaultMetrics();
}

/** Renders all metrics in Prometheus' text format. */
export const metricsText = (): Promise<string> => register.metrics();
export const metricsType = register.contentType;
