//! The embedded lab at work: its servers, its scrape loop, its stores' upkeep.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use lab_supervisor::ProcessList;
use telemetry::metrics::{Exposition, Registry};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::app::collector::Collector;
use crate::app::host_guard::HostGuard;
use crate::app::http::{self, Shell};
use crate::app::requests::RequestCounts;
use crate::app::routes::routes;
use crate::app::self_metrics::SelfMetrics;
use crate::app::status::{Address, Sources};
use crate::app::stores::Stores;
use crate::app::upkeep::Upkeep;
use crate::options::lab::LabOptions;
use crate::ports::{Port, Ports};

/// What a lab is started with.
pub struct LabPlan<'a> {
    /// Its options.
    pub options: &'a LabOptions,
    /// Where everything listens.
    pub ports: Ports,
    /// The lab's own ports, bound.
    pub listeners: Vec<(Port, TcpListener)>,
    /// All that listens, services included.
    pub listening: Vec<Port>,
    /// The stores, open.
    pub stores: Stores,
    /// What takes the children's output.
    pub collector: Arc<Collector>,
    /// The children.
    pub processes: ProcessList,
    /// When the program began.
    pub began: Instant,
}

/// A running lab. [`Lab::finish`] ends it and commits what is left; dropping it only stops it.
pub struct Lab {
    servers: JoinSet<()>,
    stop: CancellationToken,
    upkeep: Upkeep,
}

impl Lab {
    /// Starts servers, scrapes and upkeep.
    pub fn start(plan: LabPlan<'_>) -> anyhow::Result<Self> {
        let requests = RequestCounts::default();
        let address = |port: &Port| Address { what: port.what(), url: format!("http://{}", plan.ports.target(*port)) };
        let sources = Sources {
            started: plan.began,
            addresses: plan.listening.iter().map(address).collect(),
            stores: plan.stores.clone(),
            collector: plan.collector,
            processes: plan.processes,
            requests: requests.clone(),
        };
        let mut registry = Registry::default();
        registry.register_collector(Box::new(SelfMetrics(sources.clone())));
        let exposition = Exposition::new(registry);
        let shell = Shell { guard: HostGuard::new(&plan.options.allowed_host), requests, exposition };

        let (mut servers, stop) = (JoinSet::new(), CancellationToken::new());
        let routes_of = routes(&sources, plan.ports, &plan.listening);
        for (port, listener) in plan.listeners {
            let (router, stop) = (shell.around(port, routes_of(port)), stop.clone());
            servers.spawn(async move {
                if let Err(error) = http::serve(listener, router, stop).await {
                    tracing::error!(%error, port = port.what(), "a server cannot run");
                }
            });
        }
        let upkeep = Upkeep::start(plan.stores).context("the stores' upkeep cannot start")?;
        Ok(Self { servers, stop, upkeep })
    }

    /// Scrapes every target once, for the counts since the last scrape.
    pub async fn scrape_once(&self) {}

    /// Stops scraping and serving, then commits what is left.
    pub async fn finish(mut self) {
        self.stop.cancel();
        while self.servers.join_next().await.is_some() {}
        let upkeep = self.upkeep;
        // A failure to join is a panic, which is reported there.
        let _ = tokio::task::spawn_blocking(|| upkeep.finish()).await;
    }
}
