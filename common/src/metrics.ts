import { Counter, Gauge, Histogram, collectDefaultMetrics, register } from 'prom-client';

export const httpDuration = new Histogram({
  name: 'http_request_duration_seconds',
  help: 'Time from a request to the end of its answer.',
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
export const eventsSetAside = new Counter({
  name: 'events_set_aside_total',
  help: 'Messages that were set aside as dead letters.',
  labelNames: ['subject'],
});
export const eventLag = new Histogram({
  name: 'event_lag_seconds',
  help: 'Time from an event being saved to it being handled here.',
  labelNames: ['event'],
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60],
});
export const busConnected = new Gauge({ name: 'bus_connected', help: '1 while the bus answers, else 0.' });

/** Adds Node's own figures (memory, event loop, garbage collection) to the metrics; once is enough. */
export function collectProcessMetrics(): void {
  if (!register.getSingleMetric('process_cpu_user_seconds_total')) collectDefaultMetrics();
}

export const metricsText = (): Promise<string> => register.metrics();
export const metricsType = register.contentType;
