//! What every service links: JSON log lines, OTLP spans, Prometheus metrics, HTTP layers and shutdown.
