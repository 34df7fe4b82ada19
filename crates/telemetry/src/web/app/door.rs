//! The guard of a service's port: what it refuses is a problem body, and counted and traced like any answer.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_door::guard::answer::Guard;

use crate::web::problem::Problem;

/// Lets a request in, or answers why not.
pub(crate) async fn check(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let admitted = match guard.admit(&request) {
        Ok(admitted) => admitted,
        Err(refusal) => return Problem::new(refusal.status(), refusal.to_string()).into_response(),
    };
    let mut response = match admitted.preflight(request.headers()) {
        Some(response) => response,
        None => next.run(request).await,
    };
    guard.finish(&admitted, response.headers_mut());
    response
}
