//! What stands behind a port: its routes, its limits, and how it is spoken to.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use axum::Router;

use crate::accept::limits::Limits;
use crate::web_config::source::WebConfig;

/// A port's routes with all that is agreed about its connections.
#[derive(Debug, Clone)]
pub struct Door {
    /// Who answers; the guard and the users are layers of it.
    pub router: Router,
    pub limits: Limits,
    /// TLS, if its file asks for it.
    pub web: Option<WebConfig>,
    /// HTTP/2 is spoken even if the web configuration switches it off, since the port is for gRPC.
    pub needs_http2: bool,
    /// Connections that began with TLS although the port speaks none.
    pub tls_without: Arc<AtomicU64>,
}

impl Door {
    /// A door without TLS.
    pub fn plain(router: Router, limits: Limits) -> Self {
        Self { router, limits, web: None, needs_http2: false, tls_without: Arc::default() }
    }
}
