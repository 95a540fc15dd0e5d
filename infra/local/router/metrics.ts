import type { ServerResponse } from 'node:http';
import { Histogram, isEventStream } from '@ticketing/runtime/metrics';
import type { Target } from './routes.ts';

const duration = new Histogram({
  name: 'router_forward_duration_seconds',
  help: 'Time in which a target was tried for a request, by its outcome: answered, unreachable, broken or late.',
  labelNames: ['target', 'outcome'],
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
});

export type ForwardOutcome = 'answered' | 'unreachable' | 'broken' | 'late';

/** Measures an attempt to forward a request to a target, from `startedAt` until now; without event streams. */
export function measureForward(
  { hostname, port }: Target,
  outcome: ForwardOutcome,
  startedAt: number,
  response: ServerResponse,
): void {
  if (!isEventStream(response))
    duration.observe({ target: `${hostname}:${port}`, outcome }, (performance.now() - startedAt) / 1000);
}
