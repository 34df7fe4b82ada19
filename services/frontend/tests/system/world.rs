//! The world of a test: die-service behind a gate, dice-roller and frontend, with calls and counters.
//!
//! The services talk over sockets; tests call the routers themselves, where dropping a call is leaving.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Method, StatusCode};
use http_body_util::BodyExt;
use lab_testkit::eventually::eventually;
use serde_json::Value;
use telemetry::http::{App, ClientGone};
use telemetry::metrics::Registry;
use telemetry::readiness::Readiness;
use telemetry::server;
use telemetry::service::Setup;
use telemetry::service::args::ServiceArgs;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};
use tower::ServiceExt;

use crate::numbers::Numbers;

/// Long enough that no roll ends by itself within a test.
pub(crate) const FOR_EVER: Duration = Duration::from_secs(3_600);

const DICE: &str = r#"{
    "fair": {"faces": [1, 2, 3, 4, 5, 6], "error_rate": 0},
    "risky": {"faces": [2, 3, 4, 5, 6, 7], "error_rate": 0.4},
    "broken": {"faces": [1], "error_rate": 1}
}"#;

/// How die-service behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    /// As it should.
    Open,
    /// It looks the die up and never answers while somebody waits.
    Silent,
    /// It answers every lookup with this status and text.
    Says(u16, &'static str),
}

/// All three services.
pub(crate) struct World {
    pub(crate) frontend: Service,
    pub(crate) dice_roller: Service,
    pub(crate) die_service: Service,
    gate: watch::Sender<Gate>,
}

/// One running service; it stops when this is dropped.
pub(crate) struct Service {
    router: Router,
    pub(crate) address: SocketAddr,
    stop: Option<DropGuard>,
    stopped: Option<tokio::task::JoinHandle<server::Drained>>,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

/// Options that tests vary.
#[derive(Clone, Copy)]
pub(crate) struct Options {
    pub(crate) seed: u64,
    pub(crate) max_delay: Duration,
    pub(crate) lookup_timeout: Duration,
    pub(crate) backend_timeout: Option<Duration>,
}

impl Default for Options {
    fn default() -> Self {
        Self { seed: 1, max_delay: Duration::ZERO, lookup_timeout: Duration::from_secs(20), backend_timeout: None }
    }
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::with(Options::default()).await
    }

    /// Starts all services and waits until they are ready.
    pub(crate) async fn with(options: Options) -> Self {
        let (gate, watched) = watch::channel(Gate::Open);
        let die_service = Service::start(|setup| {
            let metrics = die_service::DieMetrics::register(&mut setup.registry);
            let dice = die_service::Specifications::parse(DICE).expect("valid dice");
            die_service::routes(die_service::Catalogue::new(dice, metrics))
                .layer(from_fn_with_state(watched, pass_the_gate))
        })
        .await;
        let dice_roller = Service::start(|setup| dice_roller::app(&roller_args(&options, die_service.address), setup));
        let dice_roller = dice_roller.await;
        let frontend = frontend_args(&options, die_service.address, dice_roller.address);
        let frontend = Service::start(|setup| frontend::app(&frontend, setup)).await;
        let world = Self { frontend, dice_roller, die_service, gate };
        eventually(async || match world.frontend.get("/readyz").await {
            Answer { status: 200, .. } => Ok(()),
            answer => Err(answer.text),
        })
        .await;
        world
    }

    /// Changes how die-service behaves.
    pub(crate) fn set_gate(&self, gate: Gate) {
        self.gate.send_replace(gate);
    }

    /// Waits until nothing is in flight anywhere.
    pub(crate) async fn rest(&self) {
        eventually(async || {
            let mut busy = 0.0;
            for service in [&self.frontend, &self.dice_roller, &self.die_service] {
                busy += service.numbers().await.sum("http_requests_in_progress", &[]);
            }
            if busy == 0.0 { Ok(()) } else { Err(format!("{busy} requests in progress")) }
        })
        .await;
    }
}

impl Service {
    /// Builds a service as `service::run` does, without taking over the process.
    pub(crate) async fn start(build: impl FnOnce(&mut Setup) -> Router) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let stopping = CancellationToken::new();
        let mut setup = Setup {
            registry: Registry::default(),
            readiness: Readiness::default(),
            tasks: tokio_util::task::TaskTracker::new(),
            stopping: stopping.clone(),
            address,
        };
        let service = build(&mut setup);
        let app = App::new(service, setup.registry, setup.readiness);
        let entry = app.router.clone();
        let stopped = tokio::spawn(server::serve(listener, app, stopping.clone(), Duration::ZERO));
        Self { router: entry, address, stop: Some(stopping.drop_guard()), stopped: Some(stopped) }
    }

    /// Stops listening and closes all connections; the metrics stay readable.
    pub(crate) async fn stop(&mut self) {
        self.stop.take();
        if let Some(stopped) = self.stopped.take() {
            stopped.await.expect("a drain");
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, "").await
    }

    /// A call without a socket; dropping the future is leaving.
    pub(crate) async fn call(&self, method: Method, path: &str, accept: &str) -> Answer {
        let request = Request::builder().method(method).uri(path).header("accept", accept).body(Body::empty());
        let response = self.router.clone().oneshot(request.expect("a request")).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        let text = String::from_utf8(bytes.to_vec()).expect("UTF-8");
        Answer { status: parts.status.as_u16(), headers: parts.headers, text }
    }

    pub(crate) async fn numbers(&self) -> Numbers {
        Numbers::parse(&self.get("/metrics").await.text)
    }

    /// Waits until the sum of a metric has this value.
    pub(crate) async fn reaches(&self, name: &str, labels: &[(&str, &str)], value: f64) {
        eventually(async || match self.numbers().await.sum(name, labels) {
            sum if sum == value => Ok(()),
            sum => Err(format!("{name} is {sum}, not {value}")),
        })
        .await;
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The `detail` of a problem, after checking that it is one with this status.
    pub(crate) fn detail(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.headers["content-type"], "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["status"], status);
        problem["detail"].as_str().expect("a detail").to_owned()
    }
}

/// An address where nobody listens.
pub(crate) async fn nowhere() -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    listener.local_addr().expect("bound")
}

pub(crate) fn roller_args(options: &Options, die_service: SocketAddr) -> dice_roller::Args {
    dice_roller::Args {
        die_service_url: url(die_service),
        max_delay: options.max_delay,
        max_batch: 20,
        die_service_timeout: options.lookup_timeout,
        seed: Some(options.seed),
        service: service_args(),
    }
}

pub(crate) fn frontend_args(options: &Options, die_service: SocketAddr, dice_roller: SocketAddr) -> frontend::Args {
    frontend::Args {
        dice_roller_url: url(dice_roller),
        die_service_url: url(die_service),
        max_delay: options.max_delay,
        max_batch: 20,
        backend_timeout: options.backend_timeout,
        die_service_timeout: options.lookup_timeout,
        dice_refresh: FOR_EVER,
        trace_url_template: "http://lab/trace/{trace_id}".parse().expect("a template"),
        service: service_args(),
    }
}

fn service_args() -> ServiceArgs {
    ServiceArgs::listening_on(SocketAddr::from(([127, 0, 0, 1], 0)))
}

fn url(address: SocketAddr) -> telemetry::client::BaseUrl {
    format!("http://{address}").parse().expect("a URL")
}

async fn pass_the_gate(State(gate): State<watch::Receiver<Gate>>, request: Request, next: Next) -> Response {
    let lookup = request.uri().query().is_some();
    let gate = *gate.borrow();
    match gate {
        Gate::Says(status, text) if lookup => (StatusCode::from_u16(status).expect("a status"), text).into_response(),
        Gate::Silent if lookup => {
            let gone = request.extensions().get::<ClientGone>().cloned().expect("every request has one");
            let unsaid = next.run(request).await;
            gone.cancelled().await;
            unsaid
        }
        _ => next.run(request).await,
    }
}
