//! Who die-service is in its telemetry.

use telemetry::Identity;

/// How this service names itself in spans, log lines and metrics.
pub const IDENTITY: Identity =
    Identity { name: "die-service", version: env!("CARGO_PKG_VERSION"), targets: &[env!("CARGO_CRATE_NAME")] };
