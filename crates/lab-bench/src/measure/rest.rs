//! The lab and the services at rest: time to start, resident memory.

use std::time::Duration;

use serde::Serialize;

use crate::programs::lab::Lab;
use crate::programs::process;

/// Some scrapes happen within it, so that this is memory in use, not memory just after the start.
const SETTLING: Duration = Duration::from_secs(12);

/// What was found.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Rest {
    /// Seconds from `exec` to `ready`.
    pub start_seconds: f64,
    /// Sum of the resident memory of all processes, in bytes.
    pub resident_bytes: u64,
}

/// Waits until it has settled, then looks.
pub async fn measure(lab: &Lab) -> anyhow::Result<Rest> {
    tokio::time::sleep(SETTLING).await;
    let resident_bytes = process::resident_bytes_of_tree(lab.pid()?)?;
    Ok(Rest { start_seconds: lab.start_time.as_secs_f64(), resident_bytes })
}
