//! `up` and `lab` from start to end: bind, open, start the children, serve, say so; then, when told to,
//! stop traffic, services and lab in this order, so that nothing is lost.

use std::net::TcpListener;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use http_door::web_config::source::WebConfig;
use lab_supervisor::{ProcessHandle, Supervisor};
use rustix::fs::Mode;
use rustix::process::umask;
use tokio::runtime::Builder;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::app::lab::{Lab, LabPlan};
use crate::app::log;
use crate::app::signals::Signals;
use crate::doors::own::{OwnAccess, OwnDoor};
use crate::doors::serve;
use crate::faults::LabFault;
use crate::options::lab::LabOptions;
use crate::options::up::UpOptions;
use crate::parts::children::collector::{Collector, Destination};
use crate::parts::children::family::{Family, SpansGo, TRAFFIC};
use crate::parts::children::faults::FaultControl;
use crate::parts::children::probe;
use crate::parts::storage::stores::Stores;
use crate::ports::{Port, Ports};

/// Threads that serve the lab. Queries and ingestion are short; more threads would only cost memory.
const WORKERS: usize = 2;
/// Threads for what blocks, such as long queries.
const BLOCKING: usize = 8;
/// The services are given up if they are not ready by then.
const READY_WITHIN: Duration = Duration::from_secs(30);
/// From the signal until what still runs is killed; the rest of the five seconds is for the last commit.
const END_WITHIN: Duration = Duration::from_millis(4200);

/// What to run.
pub struct Plan {
    /// The services and traffic, if any.
    pub up: Option<UpOptions>,
    /// The lab, if any.
    pub lab: Option<LabOptions>,
    /// TLS and passwords of the lab's ports, if they are asked for.
    pub web: Option<WebConfig>,
    /// Where everything listens.
    pub ports: Ports,
    /// When the program began.
    pub began: Instant,
}

/// Runs until a signal comes. Nothing has begun as long as a port is taken or the data cannot be opened.
pub fn run(plan: &Plan) -> anyhow::Result<ExitCode> {
    log::to_stderr();
    // What the lab keeps belongs to its user alone: directories get mode 0700, files 0600.
    umask(Mode::RWXG | Mode::RWXO);
    if let Err(too_few) = http_door::open_files::raise(serve::open_files()) {
        eprintln!("warning: {too_few}");
    }
    let listeners = plan.ports.bind(&plan.listening())?;
    let own_door = plan.web.as_ref().map(|_| OwnDoor::open()).transpose();
    let own_door = own_door.context("cannot open a port on 127.0.0.1 for the lab's own parts")?;
    let stores = plan.lab.as_ref().map(Stores::open).transpose()?;
    let runtime = Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .max_blocking_threads(BLOCKING)
        .enable_all()
        .build()
        .context("the runtime cannot start")?;
    let outcome = runtime.block_on(live(plan, listeners, own_door, stores));
    runtime.shutdown_timeout(Duration::from_millis(200));
    outcome
}

impl Plan {
    /// Everything that listens, in the order in which people care.
    fn listening(&self) -> Vec<Port> {
        let services = self.up.iter().flat_map(|_| Port::SERVICES.into_iter().rev());
        services.chain(self.lab.iter().flat_map(|_| Port::LAB)).collect()
    }

    /// The compose services whose output is collected.
    fn collected(&self) -> Vec<&'static str> {
        match &self.up {
            Some(_) => Port::SERVICES.iter().map(|port| port.what()).chain([TRAFFIC]).collect(),
            None => Vec::new(),
        }
    }

    /// What is to go wrong from the start.
    fn faults(&self) -> &[LabFault] {
        self.up.as_ref().map_or(&[], |up| &up.fault)
    }

    /// Where spans go: as told, else to our own lab, by its own door if the others ask for passwords.
    fn spans(&self, own: Option<&OwnAccess>) -> SpansGo {
        match (self.up.as_ref().and_then(|up| up.otlp_endpoint.as_ref()), own) {
            (Some(told), _) => SpansGo::To(told.to_string()),
            (None, Some(own)) => SpansGo::Home(own.clone()),
            (None, None) if self.lab.is_some() => SpansGo::To(self.ports.url(Port::OtlpHttp)),
            (None, None) => SpansGo::Nowhere,
        }
    }
}

async fn live(
    plan: &Plan,
    listeners: Vec<TcpListener>,
    own_door: Option<OwnDoor>,
    stores: Option<Stores>,
) -> anyhow::Result<ExitCode> {
    let mut signals = Signals::listen().context("cannot listen for SIGINT and SIGTERM")?;
    let destination = match &stores {
        Some(stores) => Destination::Store(stores.logs.clone()),
        None => Destination::Stdout,
    };
    let collector = Arc::new(Collector::new(destination, &plan.collected()));
    let mut supervisor = Supervisor::new(collector.clone(), &CancellationToken::new());
    let mut listeners: Vec<_> = plan.listening().into_iter().zip(listeners).collect();
    // The services bind their ports themselves, so these are let go; the lab's stay bound.
    listeners.retain(|(port, _)| !Port::SERVICES.contains(port));

    let faults = FaultControl::new(plan.faults());
    let spans = plan.spans(own_door.as_ref().map(|door| &door.access));
    let family = plan.up.as_ref().map(|up| Family::new(up, &plan.ports, spans, faults.args()));
    let family = family.transpose()?;
    let services: Vec<ProcessHandle> = family
        .iter()
        .flat_map(|family| Port::SERVICES.map(|port| family.service(port)))
        .map(|spec| supervisor.start(spec))
        .collect();
    let lab = match (stores, &plan.lab) {
        (Some(stores), Some(options)) => Some(Lab::start(LabPlan {
            options,
            ports: plan.ports,
            web: plan.web.clone(),
            listeners,
            own_door,
            listening: plan.listening(),
            stores,
            collector,
            processes: supervisor.processes(),
            faults,
            shown: None,
            compared: None,
            began: plan.began,
        })?),
        _ => None,
    };

    let (outcome, traffic) = until_told(plan, family.as_ref(), &services, &mut supervisor, &mut signals).await;
    let force = supervisor.force();
    let end = async {
        stop_children(traffic, &services, lab.as_ref()).await;
        supervisor.stop().await;
    };
    tokio::select! {
        () = end => {}
        () = kill_at_the_deadline_or_the_next_signal(&mut signals, force) => {}
    }
    if let Some(lab) = lab {
        lab.finish().await;
    }
    Ok(outcome)
}

/// Waits until all is ready, says so, starts the traffic, and returns when a signal comes; or gives up.
async fn until_told(
    plan: &Plan,
    family: Option<&Family<'_>>,
    services: &[ProcessHandle],
    supervisor: &mut Supervisor,
    signals: &mut Signals,
) -> (ExitCode, Option<ProcessHandle>) {
    let signal = tokio::select! {
        ready = timeout(READY_WITHIN, all_ready(plan)) => ready.map(|()| None),
        signal = signals.next() => Ok(Some(signal)),
    };
    match signal {
        Ok(Some(signal)) => {
            eprintln!("received {signal}: stopping, before every part was ready");
            (ExitCode::SUCCESS, None)
        }
        Ok(None) => {
            announce(plan);
            let wanted = family.filter(|family| !family.options.no_traffic);
            let traffic = wanted.map(|family| supervisor.start(family.traffic()));
            eprintln!("{}: stopping", signals.next().await);
            (ExitCode::SUCCESS, traffic)
        }
        Err(_) => {
            eprintln!("{}", not_ready(services));
            (ExitCode::FAILURE, None)
        }
    }
}

/// Kills what has not ended in time, or at the next signal; never returns.
async fn kill_at_the_deadline_or_the_next_signal(signals: &mut Signals, force: CancellationToken) {
    tokio::select! {
        () = tokio::time::sleep(END_WITHIN) => eprintln!("some processes did not stop in time and are killed now"),
        _ = signals.next() => eprintln!("a second signal: killing the processes that are left"),
    }
    force.cancel();
    std::future::pending::<()>().await;
}

/// Traffic first, then, scraped once more, the services from the front to the back.
async fn stop_children(traffic: Option<ProcessHandle>, services: &[ProcessHandle], lab: Option<&Lab>) {
    if let Some(traffic) = traffic {
        traffic.stop().await;
    }
    if let Some(lab) = lab {
        lab.scrape_last().await;
    }
    for service in services.iter().rev() {
        service.stop().await;
    }
}

async fn all_ready(plan: &Plan) {
    if plan.up.is_some() {
        for port in Port::SERVICES {
            probe::until_ready(plan.ports.local(port)).await;
        }
    }
}

/// Why the services are given up.
fn not_ready(services: &[ProcessHandle]) -> String {
    let states = services.iter().map(|service| {
        let status = service.status();
        let exit = status.last_exit.map(|exit| format!(", {exit}")).unwrap_or_default();
        format!("\n  {}: {}{exit}", status.name, status.state.as_str())
    });
    format!("the services are not ready after {READY_WITHIN:?}{}", states.collect::<String>())
}

/// The table of addresses, what goes wrong on purpose, and how long it took.
fn announce(plan: &Plan) {
    for port in plan.listening() {
        let url = plan.ports.shown(port);
        eprintln!("  {:<12} {url:<24} {}", port.what(), port.about());
    }
    if let Some(warning) = plan.ports.warning() {
        eprintln!("{warning}");
    }
    for fault in plan.faults() {
        eprintln!("  {:<12} {:<24} {}", "FAULT", fault.to_string(), fault.about());
    }
    eprintln!("ready in {} ms", plan.began.elapsed().as_millis());
}
