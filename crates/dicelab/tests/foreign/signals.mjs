// What the program and the page send, by exporters that write OTLP in JSON.
import { context, trace, TraceFlags, isSpanContextValid } from "@opentelemetry/api";
import { SeverityNumber } from "@opentelemetry/api-logs";
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchLogRecordProcessor, LoggerProvider } from "@opentelemetry/sdk-logs";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";

// The context of a caller, written as in the header `traceparent`.
const caller = (traceparent) => {
  const [, traceId, spanId] = traceparent.split("-");
  const parent = { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true };
  return isSpanContextValid(parent) ? trace.setSpanContext(context.active(), parent) : context.active();
};

// Sends one span with a log record, a counter and a histogram, and waits until all of it was taken.
export async function send(TracerProvider, { endpoint, service, traceparent }) {
  const resource = resourceFromAttributes({ "service.name": service });
  const url = (signal) => ({ url: `${endpoint}/v1/${signal}` });
  const tracers = new TracerProvider({ resource, spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter(url("traces")))] });
  const reader = new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter(url("metrics")) });
  const meters = new MeterProvider({ resource, readers: [reader] });
  const loggers = new LoggerProvider({ resource, processors: [new BatchLogRecordProcessor(new OTLPLogExporter(url("logs")))] });

  const meter = meters.getMeter("shelf");
  const span = tracers.getTracer("shelf").startSpan("look", {}, caller(traceparent));
  const within = trace.setSpan(context.active(), span);
  meter.createCounter("shelf.looks", { unit: "{look}" }).add(2, { "shelf.kind": "javascript" }, within);
  meter.createHistogram("shelf.duration", { unit: "ms" }).record(12.5, { "shelf.kind": "javascript" }, within);
  loggers.getLogger("shelf").emit({ severityNumber: SeverityNumber.WARN, severityText: "WARN", body: "two apples left", context: within });
  span.end();
  for (const provider of [tracers, meters, loggers]) {
    await provider.forceFlush();
    await provider.shutdown();
  }
}
