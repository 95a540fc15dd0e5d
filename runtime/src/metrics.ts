import { Gauge, collectDefaultMetrics, register } from 'prom-client';

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
