// Requests of OTLP as the JavaScript SDK writes them, each in binary form and in JSON. `python.py` says how this is run.
import {
  JsonLogsSerializer, JsonMetricsSerializer, JsonTraceSerializer,
  ProtobufLogsSerializer, ProtobufMetricsSerializer, ProtobufTraceSerializer,
} from "@opentelemetry/otlp-transformer";
import { context, trace, SpanKind } from "@opentelemetry/api";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import { AggregationTemporality, AggregationType, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";

// Chance from a fixed seed (mulberry32).
let state = 20261128;
const random = () => {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
};
const below = (most) => Math.floor(random() * most);
const pick = (...choices) => choices[below(choices.length)];
const text = () => Array.from({ length: below(8) }, () => pick("a", "b", ".", "é", "漢", "😀", '"', "\\", "\n", "<")).join("");
const number = () => pick(0, 1, -1, 0.1, 1 / 3, below(1e9), -below(1e9), random() * 1e-9, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER);
const value = () => pick(text, number, () => random() < 0.5, () => [text(), text()], () => [number(), number()])();
const attributes = () => Object.fromEntries(Array.from({ length: below(5) }, () => [`k.${below(9)}`, value()]));
const write = (signal, protobuf, json) =>
  console.log(JSON.stringify({ signal, protobuf: Buffer.from(protobuf).toString("base64"), json: [JSON.parse(Buffer.from(json))] }));

for (let round = 0; round < 60; round += 1) {
  const resource = resourceFromAttributes({ "service.name": text(), ...attributes() });
  const spans = new InMemorySpanExporter();
  const tracers = new BasicTracerProvider({ resource, spanProcessors: [new SimpleSpanProcessor(spans)] });
  const lines = new InMemoryLogRecordExporter();
  const loggers = new LoggerProvider({ resource, processors: [new SimpleLogRecordProcessor(lines)] });
  let within = context.active();
  for (let item = below(4); item >= 0; item -= 1) {
    const tracer = tracers.getTracer(text(), pick(undefined, "1.2.3"), { schemaUrl: pick(undefined, "https://schema.example") });
    const links = within === context.active() ? [] : [{ context: trace.getSpan(within).spanContext(), attributes: attributes() }];
    const kind = pick(SpanKind.INTERNAL, SpanKind.SERVER, SpanKind.CLIENT, SpanKind.PRODUCER, SpanKind.CONSUMER);
    const span = tracer.startSpan(text(), { kind, attributes: attributes(), links }, pick(within, context.active()));
    if (random() < 0.5) span.addEvent(text(), attributes());
    if (random() < 0.5) span.setStatus({ code: pick(0, 1, 2), message: pick(undefined, text()) });
    within = trace.setSpan(context.active(), span);
    const logger = loggers.getLogger(text(), pick(undefined, "2"));
    logger.emit({ severityNumber: below(25), severityText: pick(undefined, "WARN"), body: value(), attributes: attributes(), context: within, eventName: pick(undefined, text()) });
    span.end();
  }
  write("traces", ProtobufTraceSerializer.serializeRequest(spans.getFinishedSpans()), JsonTraceSerializer.serializeRequest(spans.getFinishedSpans()));
  write("logs", ProtobufLogsSerializer.serializeRequest(lines.getFinishedLogRecords()), JsonLogsSerializer.serializeRequest(lines.getFinishedLogRecords()));

  const exporter = new InMemoryMetricExporter(pick(AggregationTemporality.DELTA, AggregationTemporality.CUMULATIVE));
  const reader = new PeriodicExportingMetricReader({ exporter });
  const views = [{ instrumentName: "exponential", aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }];
  const meters = new MeterProvider({ resource, readers: [reader], views });
  const meter = meters.getMeter(text());
  for (let item = below(6); item >= 0; item -= 1) {
    meter.createCounter("counter", { unit: pick("s", "By", "") }).add(below(100) / pick(1, 3), attributes());
    meter.createUpDownCounter("both").add(number(), attributes());
    meter.createGauge("gauge", { description: text() }).record(number(), attributes());
    meter.createHistogram("explicit").record(random() * 1000, attributes());
    meter.createHistogram("exponential").record(random() * pick(1, 1e-9, 1e9), attributes());
  }
  await meters.forceFlush();
  const [metrics] = exporter.getMetrics();
  write("metrics", ProtobufMetricsSerializer.serializeRequest(metrics), JsonMetricsSerializer.serializeRequest(metrics));
  await meters.shutdown();
}
