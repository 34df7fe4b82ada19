//! Which product and version answers, and whether it is ready.

use axum::Json;
use serde_json::{Value, json};

pub(crate) async fn build_info() -> Json<Value> {
    Json(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "revision": "",
        "branch": "",
        "buildUser": "",
        "buildDate": "",
        "goVersion": "",
    }))
}
