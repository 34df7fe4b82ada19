//! A source of targets that is asked again and again: an HTTP server, a name in DNS, a Docker daemon.

use std::time::Duration;

use crate::http::Clients;
use crate::ingest::scrape::config::discovery::{Discovery, DnsDiscovery, DockerDiscovery, HttpDiscovery, TargetGroup};
use crate::ingest::scrape::config::shown::secrets;
use crate::ingest::scrape::discovery::dns::records;
use crate::ingest::scrape::discovery::dns::resolver::Resolver;
use crate::ingest::scrape::discovery::{docker, http};

/// The longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// The shortest time between two questions.
const SHORTEST: Duration = Duration::from_millis(100);
/// Most targets of one source.
const MAX_TARGETS: usize = 50_000;

/// Something that is asked for targets.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Source {
    Http(HttpDiscovery),
    /// One name of the configuration: each is answered by itself.
    Dns(DnsDiscovery),
    Docker(DockerDiscovery),
}

impl Source {
    /// The sources by which something is discovered.
    pub(crate) fn of(discovery: &Discovery) -> Vec<Self> {
        let http = discovery.http.iter().cloned().map(Self::Http);
        let names = discovery.dns.iter().flat_map(|source| {
            source.names.iter().map(|name| Self::Dns(DnsDiscovery { names: vec![name.clone()], ..source.clone() }))
        });
        http.chain(names).chain(discovery.docker.iter().cloned().map(Self::Docker)).collect()
    }

    /// How Prometheus calls this way to discover.
    pub(crate) fn mechanism(&self) -> &'static str {
        match self {
            Self::Http(_) => "http",
            Self::Dns(_) => "dns",
            Self::Docker(_) => "docker",
        }
    }

    /// Who is asked, for people.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Http(source) => secrets::shown_url(&source.url),
            Self::Dns(source) => source.names.join(", "),
            Self::Docker(source) => secrets::shown_url(&source.host),
        }
    }

    /// Time between two questions.
    pub(crate) fn interval(&self) -> Duration {
        let interval = match self {
            Self::Http(source) => source.refresh_interval,
            Self::Dns(source) => source.refresh_interval,
            Self::Docker(source) => source.refresh_interval,
        };
        interval.max(SHORTEST)
    }

    /// Asks it; the error is for people.
    pub(crate) async fn ask(&self, clients: &Clients) -> Result<Vec<TargetGroup>, String> {
        let answer = async {
            match self {
                Self::Http(source) => http::ask(source, clients).await,
                Self::Dns(source) => records::ask(source, &Resolver::of_system().await?).await,
                Self::Docker(source) => docker::ask(source, clients).await,
            }
        };
        let patience = self.interval().clamp(Duration::from_secs(1), PATIENCE);
        let late = |_| Err(format!("no answer within {patience:?}"));
        let groups = tokio::time::timeout(patience, answer).await.unwrap_or_else(late)?;
        let targets: usize = groups.iter().map(|group| group.targets.len()).sum();
        if targets > MAX_TARGETS {
            return Err(format!(
                "the answer has {targets} targets, and the lab takes at most {MAX_TARGETS} from one source"
            ));
        }
        Ok(groups)
    }
}
