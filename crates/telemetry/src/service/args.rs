//! The options that every service has.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;
use http_door::guard::origin::Origin;

use crate::faults::fault::Fault;

/// Help of `--fault`.
const FAULTS: &str = "Inject a fault, as `docs/guide/exercises.md` explains: drop-spans=[SERVICE:]SHARE, \
    drop-logs=…, duplicate-logs=…, lose-context=SERVICE, clock-skew=SERVICE:[-]DURATION, double-count[=METRIC], \
    blocking, slow=SERVICE:DURATION, crash=SERVICE[:EVERY]; may be repeated, faults of other services are ignored";

/// To be flattened into a service's own options.
#[derive(Debug, Clone, Args)]
pub struct ServiceArgs {
    /// Address to listen on; port 0 lets the system choose
    #[arg(long, env = "DICELAB_LISTEN", default_value = "0.0.0.0:8000", value_name = "ADDRESS")]
    pub listen: SocketAddr,

    /// Base URL of the OTLP/HTTP receiver for spans; wins over `OTEL_EXPORTER_OTLP_*`
    #[arg(long, env = "DICELAB_OTLP_ENDPOINT", value_name = "URL")]
    pub otlp_endpoint: Option<String>,

    /// How long requests may finish after SIGTERM or SIGINT before they are cancelled
    #[arg(long, env = "DICELAB_SHUTDOWN_GRACE", default_value = "5s", value_parser = duration, value_name = "DURATION")]
    pub shutdown_grace: Duration,

    /// Threads that serve requests; one is the fastest on small machines
    #[arg(long, env = "DICELAB_WORKER_THREADS", default_value_t = 1, value_name = "N")]
    pub worker_threads: usize,

    /// Answer requests for this host name only, besides localhost and addresses; may be repeated [default: any name]
    #[arg(long, env = "DICELAB_ALLOWED_HOST", value_name = "HOST", value_delimiter = ',')]
    pub allowed_host: Vec<String>,

    /// Let web pages of this origin, such as `http://localhost:5173`, read what this service answers; may be repeated
    #[arg(long, env = "DICELAB_CORS_ORIGIN", value_name = "ORIGIN", value_delimiter = ',')]
    pub cors_origin: Vec<Origin>,

    /// Show this sentence above every page (set by `dicelab up`, when others can reach it)
    #[arg(long, hide = true, value_name = "TEXT")]
    pub notice: Option<String>,

    /// Faults that are on from the start; faults of other services are ignored.
    #[arg(long, env = "DICELAB_FAULT", value_name = "NAME=VALUE", value_delimiter = ',', help = FAULTS)]
    pub fault: Vec<Fault>,

    /// Take orders from standard input and stop at once when it closes (set by the supervisor, whose socket it is)
    #[arg(long, hide = true)]
    pub exit_with_parent: bool,
}

impl ServiceArgs {
    /// The defaults, listening on `listen`.
    pub fn listening_on(listen: SocketAddr) -> Self {
        Self {
            listen,
            otlp_endpoint: None,
            shutdown_grace: Duration::from_secs(5),
            worker_threads: 1,
            allowed_host: Vec::new(),
            cors_origin: Vec::new(),
            notice: None,
            fault: Vec::new(),
            exit_with_parent: false,
        }
    }
}

/// Reads durations as the rest of the command line does: `0`, `500ms`, `2s`, `1m30s`, `24h`.
pub fn duration(text: &str) -> Result<Duration, String> {
    lab_model::duration::parse(text).map_err(|error| error.to_string())
}
