import type { IncomingMessage, ServerResponse } from 'node:http';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, context, isSpanContextValid, trace } from '@opentelemetry/api';
import type { Attributes, Context, Tracer } from '@opentelemetry/api';
import type { TracingSettings } from './config.ts';
import { describeError } from './failures.ts';

/** The tracer of this process, as OpenTelemetry's own globals are: undefined while tracing is off. */
let tracer: Tracer | undefined;

/** Records spans with this tracer from now on, or none. */
export function traceWith(given: Tracer | undefined): void {
  tracer = given;
}

/**
 * Starts tracing for a service if its settings name a collector, and loads OpenTelemetry's SDK only then. Resolves to a function that
 * sends the spans that are left and stops.
 */
export async function startTracing(service: string, settings: TracingSettings): Promise<() => Promise<void>> {
  if (settings.OTEL_EXPORTER_OTLP_ENDPOINT === undefined) return () => Promise.resolve();
  const { createTracing } = await import('./tracing-sdk.ts');
  const tracing = createTracing(service, settings.OTEL_EXPORTER_OTLP_ENDPOINT, settings);
  traceWith(tracing.tracer);
  return async () => {
    traceWith(undefined);
    await tracing.stop();
  };
}

/** The current span in W3C's form (`traceparent`), if there is one. */
export function currentTraceparent(): string | undefined {
  const span = tracer && trace.getActiveSpan()?.spanContext();
  return span && `00-${span.traceId}-${span.spanId}-0${span.traceFlags & 1}`;
}

/** For log lines: the id of the current trace, if there is one. */
export function traceFields(): { trace_id?: string } {
  const span = tracer && trace.getActiveSpan();
  return span ? { trace_id: span.spanContext().traceId } : {};
}

/** A context whose current span is the given one of another process. One that is missing or malformed begins a new trace. */
function contextOf(traceparent: unknown): Context {
  const [, traceId = '', spanId = '', flags = ''] =
    /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(String(traceparent)) ?? [];
  const parent = { traceId, spanId, traceFlags: parseInt(flags, 16) & 1, isRemote: true };
  return isSpanContextValid(parent) ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
}

export interface SpanOptions {
  kind?: 'client' | 'producer' | 'consumer';
  attributes?: Attributes;
  /** The parent, where it is not the current span: that of an event or a timer. */
  parent?: string | undefined;
  /** Records a span only as part of another, not as a trace of its own. */
  inner?: boolean;
}

const KINDS = { client: SpanKind.CLIENT, producer: SpanKind.PRODUCER, consumer: SpanKind.CONSUMER };

/** Runs work as a span. It fails when the work does, whose error is passed on. Without tracing it only runs the work. */
export function traced<T>(name: string, options: SpanOptions, work: () => Promise<T>): Promise<T> {
  if (tracer === undefined || (options.inner && trace.getActiveSpan() === undefined)) return work();
  return inSpan(tracer, name, options, work);
}

async function inSpan<T>(
  tracerInUse: Tracer,
  name: string,
  { kind, attributes = {}, parent }: SpanOptions,
  work: () => Promise<T>,
): Promise<T> {
  const from = parent === undefined ? context.active() : contextOf(parent);
  const span = tracerInUse.startSpan(name, { kind: kind ? KINDS[kind] : SpanKind.INTERNAL, attributes }, from);
  try {
    return await context.with(trace.setSpan(from, span), work);
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: describeError(error) });
    throw error;
  } finally {
    span.end();
  }
}

/**
 * Handles a request as a span, which is part of the sender's trace if the request has a `traceparent`, and ends with the
 * response. From then on the request has this span as its `traceparent`, for those who pass it on. `routeOf`: the pattern of its
 * route, asked at the end.
 */
export function tracedRequest(
  request: IncomingMessage,
  response: ServerResponse,
  routeOf: () => string,
  handle: () => void,
): void {
  if (tracer === undefined) {
    handle();
    return;
  }
  const { method = '', headers } = request;
  const from = contextOf(headers['traceparent']);
  const span = tracer.startSpan(method, { kind: SpanKind.SERVER, attributes: { 'http.request.method': method } }, from);
  response.once('close', () => {
    const [route, status] = [routeOf(), response.statusCode];
    span.updateName(`${method} ${route}`);
    span.setAttributes({ 'http.route': route, 'http.response.status_code': status });
    if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  });
  context.with(trace.setSpan(from, span), () => {
    headers['traceparent'] = currentTraceparent();
    handle();
  });
}
