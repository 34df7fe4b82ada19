//! `/ready` and `status/buildinfo`.

use axum::response::Response;
use serde_json::json;

use crate::loki::answer;

/// Always ready: the store is open before the port is.
pub(crate) async fn ready() -> &'static str {
    "ready\n"
}

/// About the program.
pub(crate) async fn build_info() -> Response {
    answer::json_response(&json!({
        "version": env!("CARGO_PKG_VERSION"), "revision": "", "branch": "", "buildUser": "", "buildDate": "", "goVersion": "",
    }))
}
