import { Gauge, Histogram } from 'prom-client';

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
