//! A server per port, with all that surrounds its routes.

use std::net::TcpListener as StdListener;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use http_door::accept::door::Door;
use http_door::accept::limits::Limits;
use http_door::guard::answer::{self, Guard, Rules};
use http_door::guard::host::Hosts;
use http_door::guard::origin::Origin;
use http_door::notice::{self, Notice};
use http_door::web_config::own::{self, OwnKey};
use http_door::web_config::source::{self, WebConfig};
use telemetry::metrics::Exposition;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::doors::{access, read_only};
use crate::parts::requests::{self, RequestCounts};
use crate::ports::Port;

/// For requests to be answered once the end has begun.
const DRAIN: Duration = Duration::from_millis(500);

/// What every port of the lab has around its own routes: `GET /metrics`, the guard, request counts.
#[derive(Clone)]
pub struct Shell {
    /// The names that are answered to.
    pub hosts: Hosts,
    /// The origins whose pages may read and send telemetry.
    pub origins: Vec<Origin>,
    /// Where requests are counted.
    pub requests: RequestCounts,
    /// The lab's own metrics.
    pub exposition: Exposition,
    /// TLS and passwords, if they are asked for.
    pub web: Option<WebConfig>,
    /// What stands above every page.
    pub notice: Option<Notice>,
    /// Whether only questions are answered, and nothing is taken in or steered.
    pub is_read_only: bool,
}

impl Shell {
    /// A port's routes with all that surrounds them.
    fn around(&self, port: Port, routes: Router) -> Router {
        let routes = self.with_metrics(routes);
        let routes = match &self.web {
            Some(web) => routes.layer(from_fn_with_state(web.clone(), source::check)),
            None => routes,
        };
        let routes = match &self.notice {
            Some(notice) => routes.layer(from_fn_with_state(notice.clone(), notice::show)),
            None => routes,
        };
        self.guarded(port, routes)
    }

    /// The routes of the door of the lab's own parts, which asks for its key and for nothing else.
    fn around_own(&self, key: &OwnKey, routes: Router) -> Router {
        let routes = self.with_metrics(routes).layer(from_fn_with_state(key.clone(), own::check));
        self.guarded(Port::OtlpHttp, routes)
    }

    fn with_metrics(&self, routes: Router) -> Router {
        let exposition = self.exposition.clone();
        // On a thread that may block: a store with a troubled disk tells its size late.
        let metrics = get(async move |headers: axum::http::HeaderMap| {
            let rendered = tokio::task::spawn_blocking(move || exposition.render(&headers)).await;
            rendered.map_err(|_| axum::http::StatusCode::INTERNAL_SERVER_ERROR)
        });
        routes.route("/metrics", metrics)
    }

    fn guarded(&self, port: Port, routes: Router) -> Router {
        let (hosts, origins) = (self.hosts.clone(), self.origins.clone());
        let guard = Guard::new(Rules { hosts, origins, classify: access::of(port) });
        let routes = if self.is_read_only {
            routes.layer(from_fn_with_state(access::of(port), read_only::check))
        } else {
            routes
        };
        routes
            .layer(from_fn_with_state(guard, answer::check))
            .layer(from_fn_with_state((self.requests.clone(), port), requests::count))
    }

    /// What stands behind a port.
    pub fn door(&self, port: Port, routes: Router) -> Door {
        Door {
            router: self.around(port, routes),
            limits: Limits::default(),
            web: self.web.clone(),
            needs_http2: matches!(port, Port::OtlpGrpc | Port::OtlpHttp),
            tls_without: self.requests.tls_without(port),
        }
    }

    /// What stands behind the door of the lab's own parts.
    pub fn own_door(&self, key: &OwnKey, routes: Router) -> Door {
        Door::plain(self.around_own(key, routes), Limits::default())
    }
}

/// The open files that a lab may need: its connections on every port, and some for its stores and children.
pub fn open_files() -> u64 {
    (Port::LAB.len() * Limits::default().connections + 256) as u64
}

/// Serves until `stop` is cancelled, then lets what is under way finish for a moment.
pub async fn serve(listener: StdListener, door: Door, stop: CancellationToken) -> std::io::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = TcpListener::from_std(listener)?;
    let still_open = http_door::accept::serve::serve(listener, door, stop).await;
    // What takes longer is cut off when this function returns.
    still_open.ended_within(DRAIN).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    async fn ask(address: std::net::SocketAddr, host: &str, path: &str) -> String {
        let mut stream = TcpStream::connect(address).await.expect("connected");
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("answered");
        answer
    }

    #[tokio::test]
    async fn a_port_answers_its_own_names_counts_and_ends_when_told() {
        let requests = RequestCounts::default();
        let exposition = Exposition::new(telemetry::metrics::Registry::default());
        let shell = Shell {
            hosts: Hosts::only(&[]),
            origins: Vec::new(),
            requests: requests.clone(),
            exposition,
            web: None,
            notice: None,
            is_read_only: false,
        };
        let routes = Router::new().route("/hello", get(|| async { "hello" }));
        let listener = StdListener::bind("127.0.0.1:0").expect("bound");
        let address = listener.local_addr().expect("bound");
        let stop = CancellationToken::new();
        let server = tokio::spawn(serve(listener, shell.door(Port::Metrics, routes), stop.clone()));

        assert!(ask(address, "localhost", "/hello").await.ends_with("hello"));
        let refused = ask(address, "evil.example:80", "/hello").await;
        assert!(refused.starts_with("HTTP/1.1 403") && refused.contains("--allowed-host evil.example"), "{refused}");
        let count = |class| requests.by_class().find(|one| one.port == Port::Metrics && one.class == class);
        assert_eq!(count("4xx").map(|one| one.requests), Some(1));

        let idle = TcpStream::connect(address).await.expect("connected");
        stop.cancel();
        server.await.expect("no panic").expect("served");
        drop(idle);
        assert!(TcpStream::connect(address).await.is_err());
    }
}
