"""A till in Python: one span with a log record and metrics, over gRPC or HTTP with protobuf.

What to send where stands in OpenTelemetry's own variables; the trace goes on from TRACEPARENT. Prints the traceparent of
its span.
"""

import os
import time

from opentelemetry import metrics, propagate, trace
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

if os.environ["OTEL_EXPORTER_OTLP_PROTOCOL"] == "grpc":
    from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
else:
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

tracers = TracerProvider()
tracers.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
meters = MeterProvider([PeriodicExportingMetricReader(OTLPMetricExporter())])
loggers = LoggerProvider()
loggers.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))

sales = meters.get_meter("till").create_counter("till.sales", unit="{sale}", description="Sales")
seconds = meters.get_meter("till").create_histogram("till.duration", unit="s", description="How long a sale takes")
parent = propagate.extract({"traceparent": os.environ.get("TRACEPARENT", "")})
with tracers.get_tracer("till").start_as_current_span("sale", context=parent) as span:
    sales.add(3, {"till.kind": "python"})
    seconds.record(0.25, {"till.kind": "python"})
    loggers.get_logger("till").emit(
        LogRecord(
            timestamp=time.time_ns(),
            context=trace.set_span_in_context(span),
            severity_number=SeverityNumber.INFO,
            severity_text="INFO",
            body="three apples sold",
        )
    )
    carrier = {}
    propagate.inject(carrier)
    print(carrier["traceparent"])
for provider in (tracers, meters, loggers):
    provider.shutdown()
