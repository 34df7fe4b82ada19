//! Who may steer the lab: its own machine, whatever address the lab listens on. Web pages of other origins have been
//! turned away at the door by then.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::json;

/// As an argument of a handler: the request comes from who may steer; else the answer is 403.
#[derive(Clone, Copy, Debug)]
pub struct Steering;

impl<S: Send + Sync> FromRequestParts<S> for Steering {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let peer = Option::<Extension<ConnectInfo<SocketAddr>>>::from_request_parts(parts, state).await;
        let peer = peer.ok().flatten().map(|Extension(ConnectInfo(peer))| peer.ip().to_canonical());
        if !peer.is_some_and(|peer| peer.is_loopback()) {
            return Err(message(
                StatusCode::FORBIDDEN,
                "the lab takes orders from its own machine only: send this from there, to a loopback address",
            ));
        }
        Ok(Self)
    }
}

pub fn message(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "message": message }))).into_response()
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::http::Request;
    use axum::routing::post;
    use tower::ServiceExt;

    use super::*;

    async fn status(peer: Option<&str>) -> StatusCode {
        let router = Router::new().route("/", post(async |_: Steering| "done"));
        let mut request = Request::post("/").header("host", "localhost:12345");
        if let Some(peer) = peer {
            request = request.extension(ConnectInfo(peer.parse::<SocketAddr>().expect("an address")));
        }
        router.oneshot(request.body(Body::empty()).expect("a request")).await.expect("an answer").status()
    }

    #[tokio::test]
    async fn only_this_machine_may_steer() {
        for good in ["127.0.0.1:1", "[::1]:1", "[::ffff:127.0.0.1]:1"] {
            assert_eq!(status(Some(good)).await, StatusCode::OK, "{good}");
        }
        assert_eq!(status(Some("192.0.2.7:1")).await, StatusCode::FORBIDDEN);
        assert_eq!(status(None).await, StatusCode::FORBIDDEN);
    }
}
