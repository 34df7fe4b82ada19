//! The places of Prometheus' own page, on its port:
//!
//! | Request | Leads to |
//! |---|---|
//! | `GET /`, `/query`, `/graph` | Explore on 3000, with the query of the address |
//! | `GET /alerts`, `/rules`, `/config`, `/flags`, `/service-discovery`, `/tsdb-status`, `/status` | the same on 3000, below `/prometheus/` |
//!
//! In a binary without the web page inside they lead to the endpoint of the API that tells the same.

use axum::Router;
use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::pages::html;
use crate::ports::{Port, Ports};

/// Each place with its counterpart on the page, and in the API.
const PLACES: [(&str, &str, &str); 10] = [
    ("/", "/prometheus/query", "/targets"),
    ("/query", "/prometheus/query", "/api/v1/labels"),
    ("/graph", "/prometheus/query", "/api/v1/labels"),
    ("/alerts", "/prometheus/alerts", "/api/v1/alerts"),
    ("/rules", "/prometheus/rules", "/api/v1/rules"),
    ("/config", "/prometheus/config", "/api/v1/status/config"),
    ("/flags", "/prometheus/flags", "/api/v1/status/flags"),
    ("/service-discovery", "/prometheus/service-discovery", "/api/v1/targets"),
    ("/tsdb-status", "/prometheus/tsdb-status", "/api/v1/status/tsdb"),
    ("/status", "/prometheus/status", "/api/v1/status/runtimeinfo"),
];

/// Whether a path is one of these places.
pub fn is_place(path: &str) -> bool {
    PLACES.iter().any(|(place, ..)| *place == path)
}

/// The routes; `ports` where the page is inside this binary, so that they lead to it.
pub fn router(page: Option<Ports>) -> Router {
    let routes = PLACES.iter().fold(Router::new(), |routes, (place, ..)| routes.route(place, get(lead)));
    routes.with_state(page)
}

async fn lead(State(page): State<Option<Ports>>, uri: Uri, headers: HeaderMap) -> Response {
    let Some((_, shown, told)) = PLACES.iter().find(|(place, ..)| *place == uri.path()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let location = match page {
        Some(ports) => html::url(&headers, &ports, Port::Dashboards, &format!("{shown}{query}")),
        None => (*told).to_owned(),
    };
    (StatusCode::FOUND, [(LOCATION, location)]).into_response()
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use axum::body::Body;
    use axum::http::Request;
    use axum::http::header::HOST;
    use tower::ServiceExt as _;

    use super::*;

    async fn led(page: Option<Ports>, host: &str, path: &str) -> (StatusCode, String) {
        let request = Request::get(path).header(HOST, host).body(Body::empty()).expect("a request");
        let answer = router(page).oneshot(request).await.expect("infallible");
        let location = answer.headers().get(LOCATION).map(|to| to.to_str().expect("text").to_owned());
        (answer.status(), location.unwrap_or_default())
    }

    #[tokio::test]
    async fn every_place_leads_to_the_page_at_the_host_of_the_reader() {
        let ports = Ports::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 100);
        for (place, shown, _) in PLACES {
            let to = format!("http://127.0.0.1:3100{shown}");
            assert_eq!(led(Some(ports), "127.0.0.1:9190", place).await, (StatusCode::FOUND, to));
        }
        let (_, to) = led(Some(ports), "[::1]:9190", "/query?g0.expr=up%7B%7D&g0.tab=1").await;
        assert_eq!(to, "http://[::1]:3100/prometheus/query?g0.expr=up%7B%7D&g0.tab=1");
        assert_eq!(led(Some(ports), "localhost", "/elsewhere").await.0, StatusCode::NOT_FOUND);
    }

    #[tokio::test]
    async fn without_the_page_they_lead_to_the_api() {
        assert_eq!(led(None, "localhost:9090", "/flags").await.1, "/api/v1/status/flags");
        assert_eq!(led(None, "localhost:9090", "/").await.1, "/targets");
    }
}
