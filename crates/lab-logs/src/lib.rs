//! Logs: line decoding, the log store and LogQL.
