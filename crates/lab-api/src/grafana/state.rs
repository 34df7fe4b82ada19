//! What Grafana's place is served from.

use std::sync::Arc;

use lab_dashboards::Library;

/// The state of the router.
#[derive(Clone, Debug)]
pub struct GrafanaState {
    pub library: Arc<Library>,
    /// The lab's version.
    pub version: &'static str,
}
