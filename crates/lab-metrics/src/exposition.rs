//! Parsers of the Prometheus text format and of OpenMetrics.
