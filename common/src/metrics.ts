import { Counter, Gauge, Histogram, collectDefaultMetrics, register } from 'prom-client';

/** A gauge that is absent until it is set: a service without a bus must not report that it is disconnected. */
function absentGauge(name: string, help: string): Gauge {
  const gauge = new Gauge({ name, help });
  gauge.remove();
  return gauge;
}

export const httpDuration = new Histogram({
  name: 'http_request_duration_seconds',
  help: 'Time from the start of a request to the end of its response.',
  labelNames: ['method', 'route', 'status'],
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
});
export const httpInFlight = new Gauge({
  name: 'http_requests_in_flight',
  help: 'Requests that were received and not answered yet.',
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
export const eventsInFlight = new Gauge({
  name: 'events_in_flight',
  help: 'Messages that were received and neither acknowledged nor given back to the bus yet.',
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
export const deadLettersStored = absentGauge(
  'dead_letters',
  'Dead letters of the service that wait for an operator, up to 1,000.',
);
export const outboxDocuments = absentGauge(
  'outbox_documents',
  'Documents of the service with events that wait for the bus for over 3 s, up to 1,000.',
);
export const outboxAge = absentGauge(
  'outbox_oldest_event_age_seconds',
  'The age of the oldest event in the outboxes of the service, else 0.',
);
export const storeInUse = absentGauge(
  'mongodb_connections_in_use',
  'Connections of the pool to MongoDB that run a command.',
);
export const storeWaiting = absentGauge(
  'mongodb_commands_waiting',
  'Commands that wait for a connection of the pool to MongoDB.',
);
export const sweepFailures = new Counter({
  name: 'sweep_failures_total',
  help: 'Times that a sweep could not handle a document, and went on with the others.',
  labelNames: ['sweep'],
});
export const busConnected = absentGauge('bus_connected', '1 while connected to the bus, else 0.');

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
