// Sends known numbers of spans and logs through the stock exporters of the OpenTelemetry JS SDK, then says what it sent.
//   node send.mjs grpc|protobuf|json TRACES LOGS
// Each trace is a server span with two client spans below it. The endpoint is OTEL_EXPORTER_OTLP_ENDPOINT, as any program has it.
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { SeverityNumber } from '@opentelemetry/api-logs';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';

const [protocol, traceCount, logCount] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const flavour = { grpc: 'grpc', protobuf: 'proto', json: 'http' }[protocol];
const { OTLPTraceExporter } = await import(`@opentelemetry/exporter-trace-otlp-${flavour}`);
const { OTLPLogExporter } = await import(`@opentelemetry/exporter-logs-otlp-${flavour}`);

const service = `shop-${protocol}`;
const resource = resourceFromAttributes({ 'service.name': service, 'service.version': '1.4.2', 'deployment.environment.name': 'test' });
const queue = { maxQueueSize: 100_000, maxExportBatchSize: 100, scheduledDelayMillis: 50 };
const spans = new BasicTracerProvider({ resource, spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter(), queue)] });
const logs = new LoggerProvider({ resource, processors: [new BatchLogRecordProcessor({ exporter: new OTLPLogExporter(), ...queue })] });
const tracer = spans.getTracer('send', '1.0.0');
const logger = logs.getLogger('send', '1.0.0');

for (let i = 0; i < traceCount; i++) {
  const root = tracer.startSpan('GET /cart', { kind: SpanKind.SERVER, attributes: { 'http.route': '/cart', 'order.number': i, 'cart.total': i / 4, 'user.vip': i % 2 === 0 } });
  const within = trace.setSpan(context.active(), root);
  for (const name of ['SELECT cart', 'GET price']) {
    tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes: { 'peer.names': ['db', 'cache'] } }, within).end();
  }
  if (i % 10 === 0) root.setStatus({ code: SpanStatusCode.ERROR, message: 'out of stock' });
  root.end();
}
for (let i = 0; i < logCount; i++) {
  logger.emit({ severityNumber: SeverityNumber.WARN, severityText: 'WARN', body: `cart ${i} is slow`, attributes: { 'order.number': i } });
}

await Promise.all([spans.forceFlush(), logs.forceFlush()]);
await Promise.all([spans.shutdown(), logs.shutdown()]);
console.log(JSON.stringify({ service, spans: traceCount * 3, traces: traceCount, errors: Math.ceil(traceCount / 10), logs: logCount }));
