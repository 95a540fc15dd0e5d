// OpenTelemetry's SDK. Only tracing.ts loads it, and only when there is a collector.
import { context } from '@opentelemetry/api';
import type { Tracer } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Sampler } from '@opentelemetry/sdk-trace';
import type { TracingSettings } from './config.ts';

/** Less than the grace period of a service; spans that a collector has not taken by then are lost. */
const SEND_LIMIT_MS = 2000;

type Sampling = Pick<TracingSettings, 'OTEL_TRACES_SAMPLER' | 'OTEL_TRACES_SAMPLER_ARG'>;

/** Creates a tracer whose spans are sent to a collector by OTLP over HTTP, in batches. `stop` sends those that are left. */
export function createTracing(
  service: string,
  endpoint: string,
  sampling: Sampling,
): { tracer: Tracer; stop: () => Promise<void> } {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/$/, '')}/v1/traces`,
    timeoutMillis: SEND_LIMIT_MS,
  });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': service }),
    sampler: samplerOf(sampling),
    spanProcessors: [new BatchSpanProcessor({ exporter, exportTimeoutMillis: SEND_LIMIT_MS })],
  });
  return {
    tracer: provider.getTracer('ticketing'),
    async stop() {
      // It rejects when the collector is unavailable.
      await provider.shutdown().catch(() => undefined);
      context.disable();
    },
  };
}

function samplerOf({ OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: ratio }: Sampling): Sampler {
  const roots = {
    always_on: () => new AlwaysOnSampler(),
    always_off: () => new AlwaysOffSampler(),
    traceidratio: () => new TraceIdRatioBasedSampler(ratio),
  };
  const [kind, isParentBased] = [
    name.replace('parentbased_', '') as keyof typeof roots,
    name.startsWith('parentbased_'),
  ];
  return isParentBased ? new ParentBasedSampler({ root: roots[kind]() }) : roots[kind]();
}
