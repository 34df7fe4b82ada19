//! Who dice-roller is in its telemetry.

use telemetry::Identity;

/// Who this service is.
pub const IDENTITY: Identity =
    Identity { name: "dice-roller", version: env!("CARGO_PKG_VERSION"), targets: &[env!("CARGO_CRATE_NAME")] };
