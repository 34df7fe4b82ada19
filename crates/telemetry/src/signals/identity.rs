//! Who a process is in its telemetry.

/// The service that a process runs, as its spans and log lines name it.
#[derive(Debug, Clone, Copy)]
pub struct Identity {
    /// `service.name` of spans and `service` of log lines, for example `die-service`.
    pub name: &'static str,
    pub version: &'static str,
    /// Crates whose spans are recorded and whose INFO lines are logged, for example `["die_service"]`.
    pub targets: &'static [&'static str],
}
