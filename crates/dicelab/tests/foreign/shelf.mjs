// A shelf in Node: the trace goes on from TRACEPARENT.
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { send } from "./signals.mjs";

const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SERVICE_NAME: service, TRACEPARENT: traceparent } = process.env;
await send(NodeTracerProvider, { endpoint, service, traceparent });
