import { Counter, Gauge, Histogram } from 'prom-client';

/** A gauge that is absent until it is set: a service without a bus must not report that it is disconnected. */
function absentGauge(name: string, help: string): Gauge {
  const gauge = new Gauge({ name, help });
  gauge.remove();
  return gauge;
}
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
