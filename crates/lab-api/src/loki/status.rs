//! `/ready` and `status/buildinfo`.

use axum::response::Response;
use serde_json::json;

use super::encode;

/// Always ready: the store is open before the port is.
pub(super) async fn ready() -> &'static str {
    "ready\n"
}

/// About the program.
pub(super) async fn build_info() -> Response {
    encode::json_response(&json!({
        "version": env!("CARGO_PKG_VERSION"), "revision": "", "branch": "", "buildUser": "", "buildDate": "", "goVersion": "",
    }))
}
