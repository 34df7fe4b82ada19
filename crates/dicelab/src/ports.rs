//! The ports of the lab, one table; and their listeners, bound before anything else runs.

mod owner;

use std::fmt;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use http_door::web_config::source::WebConfig;

/// The largest `--port-offset` that leaves every port a port.
pub const MOST_OFFSET: u16 = u16::MAX - Port::Collector.number();

/// Something that listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Port {
    /// Keeps the die specifications.
    DieService,
    DiceRoller,
    /// The page and the public API.
    Frontend,
    /// Dashboards and explore, in Grafana's place.
    Dashboards,
    /// Metrics, in Prometheus' place.
    Metrics,
    /// Logs, in Loki's place.
    Logs,
    /// Traces, in Tempo's place.
    Traces,
    /// OTLP over gRPC.
    OtlpGrpc,
    /// OTLP over HTTP.
    OtlpHttp,
    /// The collector's status, in Alloy's place.
    Collector,
}

impl Port {
    /// The three services.
    pub const SERVICES: [Self; 3] = [Self::DieService, Self::DiceRoller, Self::Frontend];
    /// The embedded lab.
    pub const LAB: [Self; 7] =
        [Self::Dashboards, Self::Metrics, Self::Logs, Self::Traces, Self::OtlpGrpc, Self::OtlpHttp, Self::Collector];

    /// The port without an offset.
    pub const fn number(self) -> u16 {
        match self {
            Self::DieService => 8106,
            Self::DiceRoller => 8107,
            Self::Frontend => 8108,
            Self::Dashboards => 3000,
            Self::Metrics => 9090,
            Self::Logs => 3100,
            Self::Traces => 3200,
            Self::OtlpGrpc => 4317,
            Self::OtlpHttp => 4318,
            Self::Collector => 12345,
        }
    }

    /// What listens there, in a word or two.
    pub const fn what(self) -> &'static str {
        match self {
            Self::DieService => "die-service",
            Self::DiceRoller => "dice-roller",
            Self::Frontend => "frontend",
            Self::Dashboards => "dashboards",
            Self::Metrics => "metrics",
            Self::Logs => "logs",
            Self::Traces => "traces",
            Self::OtlpGrpc => "OTLP gRPC",
            Self::OtlpHttp => "OTLP HTTP",
            Self::Collector => "collector",
        }
    }

    /// The path at which a person begins; `None` where only programs call.
    pub const fn home(self) -> Option<&'static str> {
        match self {
            Self::Metrics => Some("/targets"),
            Self::Logs => Some("/loki/api/v1/labels"),
            Self::Traces => Some("/api/search"),
            Self::OtlpGrpc | Self::OtlpHttp => None,
            _ => Some("/"),
        }
    }

    /// What a person finds there, for the table that `up` prints.
    pub const fn about(self) -> &'static str {
        match self {
            Self::DieService => "the die specifications",
            Self::DiceRoller => "rolls dice, one or a batch at once",
            Self::Frontend => "the page: roll some dice",
            Self::Dashboards => "dashboards, Explore, traces, the lab's status",
            Self::Metrics => "Prometheus API, /targets",
            Self::Logs => "Loki API",
            Self::Traces => "Tempo API",
            Self::OtlpGrpc => "spans, logs and metrics of your own",
            Self::OtlpHttp => "the same over HTTP",
            Self::Collector => "processes, targets, streams, what was dropped",
        }
    }
}

/// From here on Linux lends ports to outgoing connections, unless it is told otherwise.
const EPHEMERAL: u16 = 32_768;

/// Where everything listens: an address, by how much all ports are shifted, and what the lab's ports ask of clients.
#[derive(Clone, Copy, Debug)]
pub struct Ports {
    bind: IpAddr,
    offset: u16,
    guarded: Option<Guarded>,
}

/// What a web configuration makes of the lab's ports.
#[derive(Clone, Copy, Debug)]
struct Guarded {
    /// They speak TLS.
    tls: bool,
    /// Nobody comes in without a password or a certificate of his own.
    knows_its_clients: bool,
}

impl Ports {
    /// The address shifted as the ports are, if it is the one that stands for itself.
    pub fn moved(&self, address: SocketAddr, default: &str) -> SocketAddr {
        let is_default = address.to_string() == default;
        let port = if is_default { address.port().saturating_add(self.offset) } else { address.port() };
        SocketAddr::new(address.ip(), port)
    }

    /// The ports shifted by an offset of at most [`MOST_OFFSET`].
    pub fn new(bind: IpAddr, offset: u16) -> Self {
        Self { bind, offset, guarded: None }
    }

    /// The same ports behind a web configuration, if there is one.
    #[must_use]
    pub fn behind(self, web: Option<&WebConfig>) -> Self {
        let guarded = |web: &WebConfig| Guarded { tls: web.is_tls(), knows_its_clients: web.knows_its_clients() };
        Self { guarded: web.map(guarded), ..self }
    }

    /// Whether the lab's ports ask their clients for TLS or passwords.
    pub fn are_guarded(&self) -> bool {
        self.guarded.is_some()
    }

    /// The number of a port.
    pub fn number(&self, port: Port) -> u16 {
        port.number() + self.offset
    }

    /// Where a port is bound. The services speak plain HTTP and know no passwords, so behind a web configuration they
    /// stay on this machine.
    pub fn address(&self, port: Port) -> SocketAddr {
        let stays = self.guarded.is_some() && Port::SERVICES.contains(&port);
        let bind = match self.bind {
            bind if bind.is_loopback() || !stays => bind,
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        };
        SocketAddr::new(bind, self.number(port))
    }

    /// Where processes of this machine reach a port.
    pub fn local(&self, port: Port) -> SocketAddr {
        let mut address = self.address(port);
        match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
            IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
            _ => {}
        }
        address
    }

    /// `localhost:8106`: how scrape targets and people call it; by its address if it is not reached as `localhost`.
    pub fn target(&self, port: Port) -> String {
        let address = self.address(port);
        let by_name = match address.ip() {
            IpAddr::V4(ip) => ip.is_unspecified() || ip == Ipv4Addr::LOCALHOST,
            IpAddr::V6(ip) => ip.is_unspecified() || ip == Ipv6Addr::LOCALHOST,
        };
        if by_name { format!("localhost:{}", address.port()) } else { address.to_string() }
    }

    /// The URL of a port as people are told it.
    pub fn shown(&self, port: Port) -> String {
        format!("{}://{}", self.scheme(port), self.target(port))
    }

    /// How a port is spoken to: `https` if it speaks TLS.
    pub fn scheme(&self, port: Port) -> &'static str {
        let is_tls = self.guarded.is_some_and(|guarded| guarded.tls) && Port::LAB.contains(&port);
        if is_tls { "https" } else { "http" }
    }

    /// What a person has to know who listens on more than loopback.
    pub fn warning(&self) -> Option<String> {
        let reached = match self.bind {
            address if address.is_loopback() => return None,
            address if address.is_unspecified() => format!("every address of this machine ({address})"),
            address => address.to_string(),
        };
        let advice = "Use --bind 127.0.0.1 (the default) unless the network is yours alone";
        match self.guarded {
            Some(Guarded { tls: true, knows_its_clients: true }) => None,
            Some(Guarded { tls: false, knows_its_clients: true }) => Some(format!(
                "warning: the lab listens on {reached} without TLS: whoever listens on the network reads every password. \
                 Add tls_server_config to the file of --web-config. {advice}."
            )),
            Some(_) => Some(format!(
                "warning: the lab listens on {reached}, and asks nobody for a password: whoever reaches it can read the \
                 telemetry and send more. Add basic_auth_users to the file of --web-config. {advice}."
            )),
            None => Some(format!(
                "warning: everything listens on {reached}, and asks nobody for a password: whoever reaches it can read \
                 the telemetry and send more. {advice}, or let --web-config ask for passwords."
            )),
        }
    }

    /// The URL by which processes of this machine reach a port.
    pub fn url(&self, port: Port) -> String {
        format!("{}://{}", self.scheme(port), self.local(port))
    }

    /// Binds all of `ports`, or says which ones cannot be bound.
    pub fn bind(&self, ports: &[Port]) -> Result<Vec<TcpListener>, PortsTaken> {
        let (mut listeners, mut taken) = (Vec::new(), Vec::new());
        for port in ports {
            let address = self.address(*port);
            match TcpListener::bind(address) {
                Ok(listener) => listeners.push(listener),
                Err(error) => {
                    let why = match error.kind() {
                        ErrorKind::AddrInUse => format!("taken by {}", owner::of(address.port())),
                        _ => error.to_string(),
                    };
                    taken.push(format!("{} ({}): {why}", address.port(), port.what()));
                }
            }
        }
        if taken.is_empty() {
            return Ok(listeners);
        }
        drop(listeners);
        let is_free = |address: SocketAddr| TcpListener::bind(address).is_ok();
        let is_ephemeral = self.number(Port::Collector) >= EPHEMERAL;
        Err(PortsTaken { taken, free: self.free_offset(ports, is_free), is_ephemeral })
    }

    /// An offset at which all of `ports` are free.
    fn free_offset(&self, ports: &[Port], is_free: impl Fn(SocketAddr) -> bool) -> Option<u16> {
        let are_free = |offset: &u16| {
            let there = Self { offset: *offset, ..*self };
            ports.iter().all(|port| is_free(there.address(*port)))
        };
        (1..=20).map(|hundreds| hundreds * 100).find(are_free)
    }
}

/// The ports that could not be bound, each with its reason.
#[derive(Debug, thiserror::Error)]
pub struct PortsTaken {
    taken: Vec<String>,
    /// An offset at which all ports are free.
    free: Option<u16>,
    /// Some of the ports are of those that the system lends to outgoing connections.
    is_ephemeral: bool,
}

impl fmt::Display for PortsTaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.taken.len() {
            1 => write!(f, "1 port cannot be used, nothing was started")?,
            count => write!(f, "{count} ports cannot be used, nothing was started")?,
        }
        self.taken.iter().try_for_each(|line| write!(f, "\n  {line}"))?;
        if self.is_ephemeral {
            let advice = "choose a smaller --port-offset";
            write!(f, "\nPorts from {EPHEMERAL} on are also lent to outgoing connections for a while; {advice}.")?;
        }
        match self.free {
            Some(free) => {
                write!(f, "\nStop what listens there, or use --port-offset {free}, where all ports are free.")
            }
            None => write!(f, "\nStop what listens there, or choose another --port-offset."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_taken_port_is_named_with_its_owner() {
        // A port of the table at an offset where the system has just given us its number. It is the one with the largest
        // number, so that all others are ports, too.
        let held = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let number = held.local_addr().expect("bound").port();
        let offset = number - Port::Collector.number();
        let error = Ports::new(Ipv4Addr::LOCALHOST.into(), offset).bind(&[Port::Collector]).expect_err("taken");
        let text = error.to_string();
        assert!(text.starts_with("1 port cannot be used, nothing was started"), "{text}");
        assert!(text.contains(&format!("{number} (collector): taken by pid {}", std::process::id())), "{text}");
    }

    #[test]
    fn the_offset_that_is_proposed_is_free_at_every_port() {
        let here = Ports::new(Ipv4Addr::LOCALHOST.into(), 0);
        let table: Vec<Port> = Port::LAB.into_iter().chain(Port::SERVICES).collect();
        let proposed = |taken: &[u16]| here.free_offset(&table, |address| !taken.contains(&address.port()));
        assert_eq!(proposed(&[]), Some(100));
        // One port alone makes the whole offset unusable, whichever it is.
        assert_eq!(proposed(&[9090]), Some(100), "it is taken without an offset only");
        assert_eq!(proposed(&[3300]), Some(400), "traces at 100, logs at 200, dashboards at 300");
        assert_eq!(proposed(&[12_445, 8308, 4617]), Some(400));
        let everywhere: Vec<u16> = (1..=20).map(|hundreds| Port::Metrics.number() + 100 * hundreds).collect();
        assert_eq!(proposed(&everywhere), None);
    }

    #[test]
    fn the_containers_are_published_on_the_same_ports() {
        let compose = include_str!("../../../deploy/compose/compose.yaml");
        for port in Port::SERVICES.into_iter().chain(Port::LAB) {
            let published = format!("${{BIND:-127.0.0.1}}:{}:", port.number());
            assert!(compose.contains(&published), "{}: {published}", port.what());
        }
    }

    #[test]
    fn leaving_loopback_is_said_with_the_true_address() {
        let ports = |bind: &str| Ports::new(bind.parse().expect("an address"), 0);
        for (loopback, host) in [("127.0.0.1", "localhost"), ("::1", "localhost"), ("127.0.0.2", "127.0.0.2")] {
            assert_eq!(ports(loopback).warning(), None, "{loopback}");
            assert_eq!(ports(loopback).shown(Port::Metrics), format!("http://{host}:9090"));
        }
        assert!(
            ports("0.0.0.0")
                .warning()
                .is_some_and(|warning| warning.contains("every address of this machine (0.0.0.0)"))
        );
        assert!(ports("192.0.2.7").warning().is_some_and(|warning| warning.contains("listens on 192.0.2.7")));
        assert_eq!(ports("192.0.2.7").shown(Port::Metrics), "http://192.0.2.7:9090");
    }

    #[test]
    fn behind_a_web_configuration_the_services_stay_on_this_machine() {
        let ports = |bind: &str, tls, knows_its_clients| {
            let guarded = Some(Guarded { tls, knows_its_clients });
            Ports { guarded, ..Ports::new(bind.parse().expect("an address"), 0) }
        };
        let safe = ports("0.0.0.0", true, true);
        assert_eq!(safe.address(Port::Frontend).to_string(), "127.0.0.1:8108");
        assert_eq!(safe.address(Port::Logs).to_string(), "0.0.0.0:3100");
        assert_eq!((safe.url(Port::Logs), safe.warning()), ("https://127.0.0.1:3100".to_owned(), None));
        assert_eq!(ports("192.0.2.7", true, true).shown(Port::Frontend), "http://localhost:8108");
        assert_eq!(ports("::", true, true).address(Port::Frontend).to_string(), "[::1]:8108");
        for (tls, knows, missing) in [(false, true, "tls_server_config"), (true, false, "basic_auth_users")] {
            let warning = ports("192.0.2.7", tls, knows).warning();
            assert!(warning.is_some_and(|text| text.contains(missing) && text.contains("192.0.2.7")), "{missing}");
            assert_eq!(ports("127.0.0.1", tls, knows).warning(), None);
        }
    }

    #[test]
    fn urls_are_for_this_machine() {
        let url = |bind: &str| Ports::new(bind.parse().expect("an address"), 1).url(Port::Metrics);
        assert_eq!(url("0.0.0.0"), "http://127.0.0.1:9091");
        assert_eq!(url("::1"), "http://[::1]:9091");
        assert_eq!(url("192.0.2.7"), "http://192.0.2.7:9091");
    }
}
