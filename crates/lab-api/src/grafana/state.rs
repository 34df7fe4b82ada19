//! What Grafana's place is served from.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::response::Response;
use http_body_util::BodyExt;
use lab_dashboards::{Library, Notes};
use lab_metrics::outgoing::alertmanager::Notifier;
use lab_model::Clock;
use serde_json::Value;
use tower::ServiceExt;

/// The state of the router.
#[derive(Clone, Debug)]
pub struct GrafanaState {
    pub library: Arc<Library>,
    /// Annotations, folders and silences.
    pub notes: Arc<Notes>,
    pub stores: Stores,
    /// Knows the Alertmanagers of the configuration.
    pub notifier: Option<Arc<Notifier>>,
    pub clock: Clock,
    /// How the page is reached: `http`, or `https` where its port speaks TLS.
    pub scheme: &'static str,
    /// The lab's version.
    pub version: &'static str,
}

impl GrafanaState {
    /// Who asks Alertmanagers, if any is configured. One that cannot be found at the moment counts: silences that the lab kept
    /// instead would be out of sight as soon as it is found.
    pub(crate) fn alertmanagers(&self) -> Option<&Notifier> {
        self.notifier.as_deref().filter(|notifier| notifier.is_configured())
    }
}

/// The stores' routers, which stand behind the data sources.
#[derive(Clone, Debug)]
pub struct Stores {
    pub prometheus: Router,
    pub loki: Router,
    pub tempo: Router,
}

/// What a store answered: the status, and the body as JSON or else as a text.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) is_success: bool,
    pub(crate) body: Value,
}

impl Answer {
    /// The words of an error, whichever product's shape they have.
    pub(crate) fn message(&self) -> String {
        let known = self.body.get("error").or_else(|| self.body.get("message")).unwrap_or(&self.body);
        known.as_str().map_or_else(|| known.to_string(), |text| text.trim().to_owned())
    }
}

impl Stores {
    /// The router of the store of this type.
    pub(crate) fn of(&self, kind: &str) -> Router {
        match kind {
            "loki" => self.loki.clone(),
            "tempo" => self.tempo.clone(),
            _ => self.prometheus.clone(),
        }
    }

    /// Hands a request to a store.
    pub(crate) async fn send(&self, kind: &str, request: Request<Body>) -> Response {
        match self.of(kind).oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }

    /// Asks a store by `GET` and reads the answer.
    pub(crate) async fn ask(&self, kind: &str, path: &str, params: &[(&str, String)]) -> Answer {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
        let Ok(request) = Request::get(format!("{path}?{query}")).body(Body::empty()) else {
            return Answer { is_success: false, body: Value::from("the query parameters do not form a valid URL") };
        };
        let response = self.send(kind, request).await;
        let is_success = response.status().is_success();
        let body = match response.into_body().collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) => return Answer { is_success: false, body: Value::from(error.to_string()) },
        };
        let text = || Value::from(String::from_utf8_lossy(&body).into_owned());
        Answer { is_success, body: serde_json::from_slice(&body).unwrap_or_else(|_| text()) }
    }
}
