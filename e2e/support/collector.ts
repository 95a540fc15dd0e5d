import { json } from 'node:stream/consumers';
import { closeServer, httpServer, listenAt } from '@ticketing/runtime/server';

interface ExportedSpan {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  startTimeUnixNano: string;
}
interface Export {
  resourceSpans: {
    resource: { attributes: { key: string; value: { stringValue?: string } }[] };
    scopeSpans: { spans: ExportedSpan[] }[];
  }[];
}

/** A span with the service that recorded it. */
export interface Span {
  service: string;
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId: string | undefined;
  startedAt: bigint;
}

/** Starts a collector of OpenTelemetry's spans, which takes JSON by OTLP over HTTP. `trace` returns the spans of one by their start. */
export async function startCollector() {
  const spans: Span[] = [];
  const server = httpServer((request, response) => {
    void json(request).then((body) => {
      for (const { resource, scopeSpans } of (body as Export).resourceSpans) {
        const service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? '';
        for (const { name, traceId, spanId, parentSpanId, startTimeUnixNano } of scopeSpans.flatMap(
          (scope) => scope.spans,
        ))
          spans.push({ service, name, traceId, spanId, parentSpanId, startedAt: BigInt(startTimeUnixNano) });
      }
      response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
    });
  });
  const port = await listenAt(server, { HOST: '127.0.0.1', PORT: 0 });
  return {
    url: `http://127.0.0.1:${port}`,
    trace: (traceId: string): Span[] =>
      spans
        .filter((span) => span.traceId === traceId)
        .sort((a, b) => (a.startedAt < b.startedAt ? -1 : a.startedAt > b.startedAt ? 1 : 0)),
    end: () => closeServer(server, 0),
  };
}
