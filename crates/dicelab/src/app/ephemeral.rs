//! A lab for one run: in memory, on free ports, without rules, scraping what it is told to every second.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::DirBuilder;
use std::hash::BuildHasher;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Parser;
use lab_model::Interrupt;
use lab_recording::otlp::starts::Owner;
use lab_recording::recording::Recording;
use lab_run::compare::side::Side;
use lab_run::compare::write::page::{self, Links};
use lab_run::compare::{Options, compare};
use lab_supervisor::Supervisor;
use lab_verify::stack::Stack;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::app::lab::{Lab, LabPlan};
use crate::doors::asked;
use crate::options::collect::{CollectOptions, DEFAULT_SYSLOG};
use crate::options::lab::LabOptions;
use crate::options::run::Scrape;
use crate::parts::children::collector::{Collector, Destination};
use crate::parts::children::faults::FaultControl;
use crate::parts::clock::now_ns;
use crate::parts::program::counters::{self, Edges};
use crate::parts::program::environment::LabAddresses;
use crate::parts::storage::recording::{put, shown::ShownRun, take};
use crate::parts::storage::stores::Stores;
use crate::ports::{Port, Ports};

/// The offsets that are drawn: above the ports that services like, below those that the system gives to clients.
const OFFSETS: std::ops::Range<u64> = 10_000..20_000;
/// So many are tried.
const DRAWS: u64 = 200;
/// The ports by which telemetry comes in.
const WAYS_IN: [Port; 4] = [Port::OtlpHttp, Port::OtlpGrpc, Port::Logs, Port::Metrics];
/// How long an answer to a request of our own may take.
const ANSWERED_WITHIN: Duration = Duration::from_secs(2);
/// The folder of dashboards in the directory of a lab that shows a file.
const DASHBOARDS: &str = "dashboards";
/// Between two looks at the open requests.
const PAUSE: Duration = Duration::from_millis(2);

/// What a lab is made for.
#[derive(Clone, Copy, Debug)]
pub struct Setup<'a> {
    /// The offset of all ports; 0 for free ones.
    pub offset: u16,
    pub scrape: &'a [Scrape],
    /// Lines that are collected by the lab itself.
    pub collect: &'a CollectOptions,
    /// The job of targets without a name.
    pub job: &'a str,
    /// Whether containers are to reach it.
    pub for_containers: bool,
    /// Earlier runs that it shows; nothing is taken in then.
    pub shows: &'a [Recording],
    /// Whether what it takes in may be old.
    pub is_old: bool,
    /// When the program began.
    pub began: Instant,
}

impl Setup<'_> {
    /// What is collected during a run: of files what is new in them; by syslog at a free port, unless the ports or the address
    /// were chosen. Containers do not reach the loopback address of the host, so that syslog is bound as the ports are.
    fn collected(&self) -> CollectOptions {
        let syslog = self.collect.syslog.map(|address| {
            let is_shut = self.for_containers && address.ip().is_loopback();
            let ip = if is_shut { Ipv4Addr::UNSPECIFIED.into() } else { address.ip() };
            let is_free = self.offset == 0 && address.to_string() == DEFAULT_SYSLOG;
            let port = if is_free { 0 } else { Ports::new(ip, self.offset).moved(address, DEFAULT_SYSLOG).port() };
            SocketAddr::new(ip, port)
        });
        CollectOptions { syslog, only_new: true, ..self.collect.clone() }
    }
}

/// The lab of a run.
pub struct Ephemeral {
    lab: Lab,
    pub stores: Stores,
    pub ports: Ports,
    /// The clients by which it is asked.
    pub stack: Stack,
    /// The host by which the program reaches it.
    host: String,
    /// Nothing is supervised; the lab asks for the list all the same.
    _supervisor: Supervisor,
}

/// So that the options of the lab have the defaults of the command line.
#[derive(clap::Parser)]
struct Defaults {
    #[command(flatten)]
    lab: LabOptions,
}

impl Ephemeral {
    /// Starts it. What it reads at the start stands in a directory of its own, which is gone afterwards.
    pub fn start(setup: Setup<'_>) -> anyhow::Result<Self> {
        let is_shut = |port: &Port| !setup.shows.is_empty() && matches!(port, Port::OtlpGrpc | Port::OtlpHttp);
        let listening: Vec<Port> = Port::LAB.into_iter().filter(|port| !is_shut(port)).collect();
        let bind = if setup.for_containers { Ipv4Addr::UNSPECIFIED } else { Ipv4Addr::LOCALHOST };
        let (ports, listeners) = bound(bind.into(), setup.offset, &listening)?;
        let folder = Folder::new(setup)?;
        let options = folder.options(setup)?;
        let stores = Stores::open(&options)?;
        for recording in setup.shows {
            show(&stores, recording)?;
        }
        let collector = Arc::new(Collector::new(Destination::Store(stores.logs.clone()), &[]));
        let supervisor = Supervisor::new(collector.clone(), &CancellationToken::new());
        let lab = Lab::start(LabPlan {
            options: &options,
            ports,
            web: None,
            listeners: listening.iter().copied().zip(listeners).collect(),
            own_door: None,
            listening,
            stores: stores.clone(),
            collector,
            processes: supervisor.processes(),
            faults: FaultControl::new(&[]),
            shown: setup.shows.last().map(|recording| ShownRun::of(&recording.manifest)),
            compared: compared(setup.shows)?,
            began: setup.began,
        })?;
        let stack = asked::stack(ports).context("the lab cannot be asked")?;
        let host = if setup.for_containers { "host.docker.internal" } else { "127.0.0.1" }.to_owned();
        Ok(Self { lab, stores, ports, stack, host, _supervisor: supervisor })
    }

    /// Where the program finds it.
    pub fn addresses(&self) -> LabAddresses {
        let url = |port: Port| format!("http://{}:{}", self.host, self.ports.number(port));
        LabAddresses {
            host: self.host.clone(),
            page: url(Port::Dashboards),
            prometheus: url(Port::Metrics),
            loki: url(Port::Logs),
            tempo: url(Port::Traces),
            collector: url(Port::Collector),
            otlp_http: url(Port::OtlpHttp),
            otlp_grpc: url(Port::OtlpGrpc),
            syslog: self.lab.collection().syslog().map(|address| format!("{}:{}", self.host, address.port())),
        }
    }

    /// Scrapes every target once.
    pub async fn scrape_now(&self) {
        self.lab.scrape_now().await;
    }

    /// Waits, at most `within`, until everything that was sent has been taken in. A connection waits its turn behind those
    /// that came before, so a request of our own that is answered shows that all earlier ones have been accepted; twice in a
    /// row with none open means that none is left. Then what stands in files and came by syslog. Names what had not been taken
    /// by then.
    pub async fn arrived(&self, within: Duration) -> Vec<&'static str> {
        let quiet = async {
            let mut in_a_row = 0;
            while in_a_row < 2 {
                for port in WAYS_IN {
                    knock(self.ports, port).await;
                }
                in_a_row = if self.lab.open_requests() == 0 { in_a_row + 1 } else { 0 };
                if in_a_row == 0 {
                    tokio::time::sleep(PAUSE).await;
                }
            }
        };
        let is_late = timeout(within, quiet).await.is_err();
        let mut late = self.lab.collection().arrived(within).await;
        late.extend(is_late.then_some("requests with telemetry"));
        late
    }

    /// Makes the counters of the run countable; then everything is as it will be judged.
    pub async fn settle(&self, edges: Edges, ran_before: BTreeSet<Owner>) -> anyhow::Result<()> {
        let metrics = self.stores.metrics.clone();
        let settled = tokio::task::spawn_blocking(move || counters::settle(&metrics, edges, &ran_before)).await;
        settled.context("the counters of the run cannot be settled")??;
        Ok(())
    }

    /// Everything that there is, as the content of a run file.
    pub async fn record(&self) -> anyhow::Result<Recording> {
        let stores = self.stores.clone();
        let take = move || take::take(&stores, (i64::MIN, i64::MAX), &Interrupt::default());
        let taken = tokio::task::spawn_blocking(take).await;
        let mut recording = taken.context("the telemetry of the run cannot be read")??;
        recording.dashboards = self.lab.library().list().iter().map(|board| board.json.to_string()).collect();
        Ok(recording)
    }

    /// Stops serving; nothing is kept.
    pub async fn finish(self) {
        self.lab.finish().await;
    }
}

/// The ports at an offset, or at one that is free.
fn bound(bind: IpAddr, offset: u16, listening: &[Port]) -> anyhow::Result<(Ports, Vec<TcpListener>)> {
    if offset > 0 {
        let ports = Ports::new(bind, offset);
        return Ok((ports, ports.bind(listening)?));
    }
    let random = std::hash::RandomState::new();
    for draw in 0..DRAWS {
        let drawn = OFFSETS.start + random.hash_one(draw) % (OFFSETS.end - OFFSETS.start);
        let ports = Ports::new(bind, drawn as u16);
        if let Ok(listeners) = ports.bind(listening) {
            return Ok((ports, listeners));
        }
    }
    anyhow::bail!("no free ports were found in {DRAWS} tries; choose some with --port-offset")
}

/// Asks a port for anything; an answer of any kind, or a closed connection, will do.
async fn knock(ports: Ports, port: Port) {
    let answered = async {
        let mut stream = TcpStream::connect(ports.local(port)).await?;
        stream.write_all(b"GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
        stream.read(&mut [0; 64]).await
    };
    // A port that does not answer has taken nothing in that could be waited for.
    let _ = timeout(ANSWERED_WITHIN, answered).await;
}

/// Puts a run file into the stores, before anything is counted or scraped.
fn show(stores: &Stores, recording: &Recording) -> anyhow::Result<()> {
    let put = put::put(stores, recording, now_ns())?;
    if put.refused > 0 {
        eprintln!(
            "{} samples, lines and spans of the file are beyond the bounds of a lab and are not shown",
            put.refused
        );
    }
    Ok(())
}

/// The page that compares two runs, if two are shown.
fn compared(shown: &[Recording]) -> anyhow::Result<Option<Arc<str>>> {
    let [before, after] = shown else { return Ok(None) };
    let (before, after) = (Side::of(before).context("the former run")?, Side::of(after).context("the later run")?);
    let comparison = compare(&before, &after, &Options::default());
    Ok(Some(page::html(&comparison, &before, &after, Links::ToExplore).into()))
}

/// The directory with the files that the lab reads when it starts.
struct Folder(PathBuf);

impl Folder {
    fn new(setup: Setup<'_>) -> anyhow::Result<Self> {
        let name = std::hash::RandomState::new().hash_one(std::process::id());
        let path = std::env::temp_dir().join(format!("dicelab-run-{name:016x}"));
        DirBuilder::new().mode(0o700).create(&path).with_context(|| format!("{} cannot be made", path.display()))?;
        let folder = Self(path);
        folder.write("scrape.yml", &scrape_config(setup))?;
        folder.write("rules.yml", "groups: []\n")?;
        // Of two runs, those of the later one: mostly they are the same.
        if let Some(recording) = setup.shows.last() {
            std::fs::create_dir(folder.0.join(DASHBOARDS))?;
            for (at, dashboard) in recording.dashboards.iter().enumerate() {
                folder.write(&format!("{DASHBOARDS}/{at}.json"), dashboard)?;
            }
        }
        Ok(folder)
    }

    fn write(&self, name: &str, text: &str) -> anyhow::Result<()> {
        let path = self.0.join(name);
        std::fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))
    }

    fn options(&self, setup: Setup<'_>) -> anyhow::Result<LabOptions> {
        let path = |name: &str| self.0.join(name).display().to_string();
        let mut words = vec!["lab".to_owned(), "--in-memory".to_owned(), "--scrape-interval=1s".to_owned()];
        // A zero is put at the start of a run, however long that was ago.
        words.push("--out-of-order-window=30d".to_owned());
        words.extend([format!("--scrape-config={}", path("scrape.yml")), format!("--rules={}", path("rules.yml"))]);
        if setup.is_old || !setup.shows.is_empty() {
            // What was recorded long ago is shown whole, too.
            let forever = ["--retention=36500d", "--max-memory=4GiB"].map(str::to_owned);
            words.extend(forever);
        }
        if !setup.shows.is_empty() {
            words.push(format!("--dashboards={}", path(DASHBOARDS)));
        }
        if setup.for_containers {
            words.extend(["--bind=0.0.0.0".to_owned(), "--allowed-host=host.docker.internal".to_owned()]);
        }
        let collect = setup.collected();
        Ok(LabOptions { collect, ..Defaults::try_parse_from(words)?.lab })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The targets in Prometheus' format. An empty job takes the place of the lab's own, whose metrics nobody asked for.
fn scrape_config(setup: Setup<'_>) -> String {
    let mut text = "global: {scrape_interval: 1s}\nscrape_configs:\n- job_name: dicelab\n".to_owned();
    for (at, Scrape { name, scheme, address, path }) in setup.scrape.iter().enumerate() {
        let job = name.as_deref().unwrap_or(setup.job);
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "- job_name: target-{at}\n  scheme: {scheme}\n  metrics_path: {path:?}\n  static_configs:\n  \
             - targets: [{address:?}]\n    labels: {{job: {job:?}}}\n"
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::targets::scraping::{self, Here};
    use lab_metrics::ingest::scrape::discovery::discover;
    use lab_metrics::ingest::scrape::discovery::watch::Watch;

    #[test]
    fn only_what_was_named_is_scraped_and_no_rule_is_evaluated() {
        let scrape = [
            Scrape { name: None, scheme: "http", address: "localhost:1".to_owned(), path: "/metrics".to_owned() },
            Scrape {
                name: Some("b".to_owned()),
                scheme: "http",
                address: "localhost:2".to_owned(),
                path: "/m".to_owned(),
            },
        ];
        let setup = Setup {
            offset: 0,
            scrape: &scrape,
            collect: &CollectOptions::default(),
            job: "shop",
            for_containers: false,
            shows: &[],
            is_old: false,
            began: Instant::now(),
        };
        let folder = Folder::new(setup).expect("made");
        let options = folder.options(setup).expect("good options");
        let here = Here { ports: Ports::new(options.bind, 0), with_services: false, own: None, targets_in_file: false };
        let config = scraping::config(&options, &here, &[]).expect("a good configuration");
        let found = discover(&config, &Watch::default());
        let mut jobs: Vec<_> = found.targets.values().filter_map(|target| target.endpoint.labels.get("job")).collect();
        jobs.sort_unstable();
        assert_eq!(jobs, ["b", "shop"]);
        let rules = crate::parts::targets::ruling::files(&options, &config).expect("good rules");
        assert!(rules.iter().all(|file| file.groups.is_empty()));
        let path = folder.0.clone();
        drop(folder);
        assert!(!path.exists());
    }

    #[test]
    fn syslog_is_bound_where_containers_reach_it() {
        let address = |offset, for_containers, chosen: &str| {
            let syslog = Some(chosen.parse().expect("an address"));
            let collect = &CollectOptions { syslog, ..CollectOptions::default() };
            let (scrape, job, shows, began) = (&[], "shop", &[], Instant::now());
            let setup = Setup { offset, scrape, collect, job, for_containers, shows, is_old: false, began };
            setup.collected().syslog.expect("taken").to_string()
        };
        assert_eq!(address(0, false, DEFAULT_SYSLOG), "127.0.0.1:0");
        assert_eq!(address(0, true, DEFAULT_SYSLOG), "0.0.0.0:0");
        assert_eq!(address(100, false, DEFAULT_SYSLOG), "127.0.0.1:5614");
        assert_eq!(address(100, true, DEFAULT_SYSLOG), "0.0.0.0:5614");
        assert_eq!(address(100, true, "192.0.2.1:6514"), "192.0.2.1:6514");
    }

    #[test]
    fn two_labs_never_share_a_port() {
        let (first, _held) = bound(Ipv4Addr::LOCALHOST.into(), 0, &Port::LAB).expect("free ports");
        let (second, _too) = bound(Ipv4Addr::LOCALHOST.into(), 0, &Port::LAB).expect("free ports");
        assert_ne!(first.number(Port::Metrics), second.number(Port::Metrics));
    }
}
