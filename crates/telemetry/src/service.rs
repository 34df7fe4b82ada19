//! What the `main` of every service shares: configuration, telemetry, socket, router, serve, drain, flush.
//!
//! ```no_run
//! use axum::{Router, routing::get};
//! use telemetry::service::{self, ServiceError, args::ServiceArgs};
//!
//! const IDENTITY: telemetry::Identity =
//!     telemetry::Identity { name: "hello", version: env!("CARGO_PKG_VERSION"), targets: &[env!("CARGO_CRATE_NAME")] };
//!
//! fn run(args: &ServiceArgs) -> Result<(), ServiceError> {
//!     service::run(IDENTITY, args, |_setup| {
//!         tracing::info!("Hello API starting up");
//!         Ok(Router::new().route("/", get(|| async { "hello" })))
//!     })
//! }
//! ```

pub mod args;
mod door;

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use http_door::open_files;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::process::{fault_orders, lifeline, shutdown};
use crate::signals::config::{Config, ConfigErrors, Overrides};
use crate::signals::identity::Identity;
use crate::signals::metrics::process::{ProcessCollector, build_info};
use crate::signals::setup::{InitError, Telemetry};
use crate::web::app::App;
use crate::web::readiness::Readiness;
use crate::web::server;
use args::ServiceArgs;

/// Spans and lines of the shutdown itself have this long, even when the drain took all of the grace.
const FLUSH_AT_LEAST: Duration = Duration::from_millis(500);
/// An orphan has no reader left for its lines; it is to be gone within 3 s.
const ORPHAN_GRACE: Duration = Duration::from_secs(1);
/// The connections of the port, and some for the service itself.
const OPEN_FILES: u64 = server::MOST_CONNECTIONS as u64 + 64;
/// What still runs on blocking threads at the end may finish that long.
const RUNTIME_GRACE: Duration = Duration::from_millis(200);

/// What building a router may need.
#[derive(Debug)]
pub struct Setup {
    /// Where the service's metrics are registered; scraped only after the router was built.
    pub registry: Registry,
    /// Where the service adds what it has to wait for.
    pub readiness: Readiness,
    /// For background tasks: they are waited for at the end, and have to watch [`Setup::stopping`].
    pub tasks: TaskTracker,
    /// Fires when shutdown begins.
    pub stopping: CancellationToken,
    /// Where the service listens, with the port that the system chose.
    pub address: SocketAddr,
}

/// Why a service did not start.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The environment is wrong; all mistakes are named.
    #[error("{0}")]
    Config(#[from] ConfigErrors),
    /// Telemetry cannot start.
    #[error(transparent)]
    Init(#[from] InitError),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The runtime or a signal handler cannot be had.
    #[error("cannot start: {0}")]
    System(#[from] io::Error),
    /// The service's own set-up failed.
    #[error("{0}")]
    Build(Box<dyn Error + Send + Sync>),
}

/// Runs a service until it is told to stop. `build` makes its router, logs its start-up lines and may start
/// background tasks.
pub fn run<'a, B>(identity: Identity, args: &'a ServiceArgs, build: B) -> Result<(), ServiceError>
where
    B: FnOnce(&mut Setup) -> Result<Router, Box<dyn Error + Send + Sync>> + 'a,
{
    host(identity, args, Box::new(build))
}

/// Makes the router of a service. It is boxed, so that what follows is compiled once and not for every service.
type Build<'a> = Box<dyn FnOnce(&mut Setup) -> Result<Router, Box<dyn Error + Send + Sync>> + 'a>;

fn host(identity: Identity, args: &ServiceArgs, build: Build<'_>) -> Result<(), ServiceError> {
    let overrides = Overrides { otlp_endpoint: args.otlp_endpoint.clone(), ..Overrides::default() };
    let config = Config::from_env(&identity, &overrides)?;
    let runtime = runtime(args.worker_threads)?;
    let listener = runtime.block_on(bind(args.listen))?;

    let mut registry = Registry::default();
    registry.register_collector(Box::new(ProcessCollector));
    build_info(&mut registry, identity.name, identity.version);
    let telemetry = Telemetry::init(identity, &config, &mut registry)?;

    if !args.fault.is_empty() {
        fault_orders::inject(identity.name, &args.fault);
    }

    if let Err(too_few) = open_files::raise(OPEN_FILES) {
        tracing::warn!(%too_few, "The limit of open files is low");
    }

    let outcome = runtime.block_on(live(identity.name, args, registry, listener, build));
    runtime.shutdown_timeout(RUNTIME_GRACE);
    let flush = outcome.as_ref().map_or(FLUSH_AT_LEAST, |left| (*left).max(FLUSH_AT_LEAST));
    let flushed = telemetry.shutdown(flush);
    if flushed.spans_dropped + flushed.lines_dropped > 0 {
        eprintln!(
            "{}: {} spans and {} log lines could not be delivered before the end",
            identity.name, flushed.spans_dropped, flushed.lines_dropped
        );
    }
    outcome.map(|_| ())
}

/// From the bound socket to the end of the drain; returns what is left of the grace.
async fn live(
    name: &'static str,
    args: &ServiceArgs,
    registry: Registry,
    listener: TcpListener,
    build: Build<'_>,
) -> Result<Duration, ServiceError> {
    let (stopping, orphaned) = (CancellationToken::new(), CancellationToken::new());
    let signal = shutdown::stop_signal()?;
    if args.exit_with_parent {
        let orders = lifeline::hold(orphaned.clone())?;
        tokio::spawn(fault_orders::obey(name, orders));
    }
    let address = listener.local_addr()?;
    let tasks = TaskTracker::new();
    let mut setup =
        Setup { registry, readiness: Readiness::default(), tasks: tasks.clone(), stopping: stopping.clone(), address };
    let routes = build(&mut setup).map_err(ServiceError::Build)?;
    let app = App::guarded(door::noticed(routes, args), setup.registry, setup.readiness, door::guard(args));

    let serving = {
        let (requests, stopping) = (app.requests.clone(), stopping.clone());
        let orphaned = orphaned.clone();
        let serving = server::serve(listener, app, stopping, args.shutdown_grace);
        async move {
            tokio::select! {
                drained = serving => drained,
                // Nobody is left to take the answers.
                () = orphaned.cancelled() => {
                    let (cut_off, left_behind) = requests.cancel(ORPHAN_GRACE).await;
                    server::Drained { cut_off, left_behind }
                }
            }
        }
    };
    let asked = async {
        let reason = tokio::select! {
            reason = signal => reason,
            () = orphaned.cancelled() => "the supervisor is gone",
        };
        tracing::info!(reason, "Shutting down");
        stopping.cancel();
        Instant::now()
    };
    let (_, since) = tokio::join!(serving, asked);
    tasks.close();
    let grace = if orphaned.is_cancelled() { ORPHAN_GRACE } else { args.shutdown_grace };
    let left = || grace.saturating_sub(since.elapsed());
    let _ = tokio::time::timeout(left().max(FLUSH_AT_LEAST), tasks.wait()).await;
    Ok(left())
}

async fn bind(address: SocketAddr) -> Result<TcpListener, ServiceError> {
    TcpListener::bind(address).await.map_err(|source| ServiceError::Bind { address, source })
}

/// One thread is the fastest on small machines: nothing is handed between cores.
fn runtime(worker_threads: usize) -> io::Result<Runtime> {
    if worker_threads <= 1 {
        Builder::new_current_thread().enable_all().build()
    } else {
        Builder::new_multi_thread().worker_threads(worker_threads).enable_all().build()
    }
}
