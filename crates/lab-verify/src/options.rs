//! The options of `dicelab verify`, and those that every command which asks a stack shares.

pub mod access;

use std::path::PathBuf;

use lab_traffic::perf::options::Format;
use lab_traffic::values::{PortError, local_url};

use crate::options::access::Access;
use crate::stack::Stack;
use crate::stack::collector::Collector;
use crate::stack::endpoint::{ClientError, Endpoint, Header, ServerUrl, ServerUrlError, TIMEOUT};
use crate::stack::grafana::Grafana;
use crate::stack::loki::Loki;
use crate::stack::prometheus::Prometheus;
use crate::stack::services::Services;
use crate::stack::tempo::Tempo;
use crate::time::clock::Clock;

/// Options of `dicelab verify`.
#[derive(Debug, Clone, clap::Args)]
pub struct VerifyArgs {
    /// Reconcile with the ledger of earlier traffic instead of with a short one of our own
    #[arg(long, value_name = "FILE")]
    pub ledger: Option<PathBuf>,
    /// How to write the report
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: Format,
    /// Where everything is.
    #[command(flatten)]
    pub stack: StackArgs,
}

/// Where the servers are; each is on its usual port of this machine, moved by `--port-offset`, unless told
/// otherwise.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct StackArgs {
    /// Ask this server for metrics [default: port 9090 here]
    #[arg(long, value_name = "URL")]
    pub prometheus_url: Option<ServerUrl>,
    /// Ask this server for logs [default: port 3100 here]
    #[arg(long, value_name = "URL")]
    pub loki_url: Option<ServerUrl>,
    /// Ask this server for traces [default: port 3200 here]
    #[arg(long, value_name = "URL")]
    pub tempo_url: Option<ServerUrl>,
    /// Ask this server for dashboards [default: port 3000 here]
    #[arg(long, value_name = "URL")]
    pub grafana_url: Option<ServerUrl>,
    /// Where the frontend is [default: port 8108 here]
    #[arg(long, value_name = "URL")]
    pub frontend_url: Option<ServerUrl>,
    /// Where dice-roller is [default: port 8107 here]
    #[arg(long, value_name = "URL")]
    pub dice_roller_url: Option<ServerUrl>,
    /// Where die-service is [default: port 8106 here]
    #[arg(long, value_name = "URL")]
    pub die_service_url: Option<ServerUrl>,
    /// Where the lab's collector is, which can pause the lab's own traffic [default: port 12345 here]
    #[arg(long, value_name = "URL")]
    pub collector_url: Option<ServerUrl>,
    /// Where the control address of `dicelab traffic --control` is, which can pause traffic that no lab has started [default: port
    /// 8109 here]
    #[arg(long, value_name = "URL")]
    pub traffic_url: Option<ServerUrl>,
    /// Send this header to the metrics, logs, traces and dashboards servers, for example
    /// `Authorization: Basic …`; may be repeated
    #[arg(long, value_name = "NAME: VALUE")]
    pub header: Vec<Header>,
    /// How the servers let us in.
    #[command(flatten)]
    pub access: Access,
}

/// Why there is no stack to ask.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StackError {
    /// The default address is none.
    #[error(transparent)]
    Port(#[from] PortError),
    /// There is no HTTP client.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// An address of this machine is none.
    #[error(transparent)]
    Address(#[from] ServerUrlError),
}

impl StackArgs {
    /// A client for each server, and the clock of the one who asks.
    pub fn stack(&self, port_offset: u16, clock: Clock) -> Result<Stack, StackError> {
        let client = self.access.client(TIMEOUT)?;
        let service = |told: &Option<ServerUrl>, port: u16| -> Result<Endpoint, StackError> {
            let url = match told {
                Some(url) => url.clone(),
                None => local_url(port, port_offset)?.to_string().parse()?,
            };
            Ok(Endpoint::new(client.clone(), &url, &[]))
        };
        let endpoint = |told: &Option<ServerUrl>, port: u16, headers: &[Header]| -> Result<Endpoint, StackError> {
            let url = match told {
                Some(url) => url.clone(),
                None => self.access.local(&local_url(port, port_offset)?.to_string())?,
            };
            Ok(Endpoint::new(client.clone(), &url, headers).asked_by(self.access.user.as_ref()))
        };
        Ok(Stack {
            prometheus: Prometheus::new(endpoint(&self.prometheus_url, 9090, &self.header)?),
            loki: Loki::new(endpoint(&self.loki_url, 3100, &self.header)?),
            tempo: Tempo::new(endpoint(&self.tempo_url, 3200, &self.header)?),
            grafana: Grafana::new(endpoint(&self.grafana_url, 3000, &self.header)?),
            services: Services::new(
                service(&self.frontend_url, 8108)?,
                service(&self.dice_roller_url, 8107)?,
                service(&self.die_service_url, 8106)?,
            ),
            collector: Collector::new(endpoint(&self.collector_url, 12345, &[])?),
            generator: Collector::new(service(&self.traffic_url, 8109)?),
            clock,
        })
    }
}
