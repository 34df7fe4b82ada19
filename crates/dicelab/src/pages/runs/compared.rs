//! Two runs side by side, where a lab shows two:
//!
//! | Request | Answer |
//! |---|---|
//! | `GET /compare` | a page: what changed, and the durations of both, with links to each run in Explore |
//!
//! In a lab that shows no two runs there is no such page.

use std::sync::Arc;

use axum::Router;
use axum::response::Html;
use axum::routing::get;

/// Where it is.
pub const PLACE: &str = "/compare";

/// The route, if there is a page.
pub fn router(page: Option<Arc<str>>) -> Router {
    match page {
        Some(page) => Router::new().route(PLACE, get(async move || Html(page.to_string()))),
        None => Router::new(),
    }
}
