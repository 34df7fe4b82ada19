//! Traces: the span model, the trace store and TraceQL.
