//! The ports of the lab, one table; and their listeners, bound before anything else runs.

mod owner;

use std::fmt;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

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

/// Where everything listens: an address, and by how much all ports are shifted.
#[derive(Clone, Copy, Debug)]
pub struct Ports {
    bind: IpAddr,
    offset: u16,
}

impl Ports {
    /// The ports shifted by an offset of at most [`MOST_OFFSET`].
    pub fn new(bind: IpAddr, offset: u16) -> Self {
        Self { bind, offset }
    }

    /// The number of a port.
    pub fn number(&self, port: Port) -> u16 {
        port.number() + self.offset
    }

    /// Where a port is bound.
    pub fn address(&self, port: Port) -> SocketAddr {
        SocketAddr::new(self.bind, self.number(port))
    }

    /// Where processes of this machine reach a port.
    pub fn local(&self, port: Port) -> SocketAddr {
        let address = match self.bind {
            IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            address => address,
        };
        SocketAddr::new(address, self.number(port))
    }

    /// `localhost:8106`: how scrape targets and people call it.
    pub fn target(&self, port: Port) -> String {
        format!("localhost:{}", self.number(port))
    }

    /// The address of a port as people are told it: the true one, unless it is loopback or every address.
    pub fn shown(&self, port: Port) -> String {
        if self.bind.is_loopback() || self.bind.is_unspecified() {
            self.target(port)
        } else {
            self.address(port).to_string()
        }
    }

    /// What a person has to know who listens on more than loopback.
    pub fn warning(&self) -> Option<String> {
        let reached = match self.bind {
            address if address.is_loopback() => return None,
            address if address.is_unspecified() => format!("every address of this machine ({address})"),
            address => address.to_string(),
        };
        Some(format!(
            "warning: everything listens on {reached}, and asks nobody for a password: whoever reaches it can read the \
             telemetry and send more. Use --bind 127.0.0.1 (the default) unless the network is yours alone."
        ))
    }

    /// The URL by which processes of this machine reach a port.
    pub fn url(&self, port: Port) -> String {
        format!("http://{}", self.local(port))
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
        if taken.is_empty() { Ok(listeners) } else { Err(PortsTaken(taken)) }
    }
}

/// The ports that could not be bound, each with its reason.
#[derive(Debug, thiserror::Error)]
pub struct PortsTaken(Vec<String>);

impl fmt::Display for PortsTaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => write!(f, "a port cannot be used, nothing was started")?,
            count => write!(f, "{count} ports cannot be used, nothing was started")?,
        }
        self.0.iter().try_for_each(|line| write!(f, "\n  {line}"))?;
        write!(f, "\nStop what listens there, or choose another --port-offset.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_taken_port_is_named_with_its_owner() {
        // Two ports of the table at an offset where the system has just given us one of them.
        let held = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let number = held.local_addr().expect("bound").port();
        let offset = number - Port::Dashboards.number();
        let error = Ports::new(Ipv4Addr::LOCALHOST.into(), offset).bind(&[Port::Dashboards]).expect_err("taken");
        let text = error.to_string();
        assert!(text.contains(&format!("{number} (dashboards): taken by pid {}", std::process::id())), "{text}");
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
        for loopback in ["127.0.0.1", "::1", "127.0.0.2"] {
            assert_eq!(ports(loopback).warning(), None, "{loopback}");
            assert_eq!(ports(loopback).shown(Port::Metrics), "localhost:9090");
        }
        assert!(
            ports("0.0.0.0")
                .warning()
                .is_some_and(|warning| warning.contains("every address of this machine (0.0.0.0)"))
        );
        assert!(ports("192.0.2.7").warning().is_some_and(|warning| warning.contains("listens on 192.0.2.7")));
        assert_eq!(ports("192.0.2.7").shown(Port::Metrics), "192.0.2.7:9090");
    }

    #[test]
    fn urls_are_for_this_machine() {
        let url = |bind: &str| Ports::new(bind.parse().expect("an address"), 1).url(Port::Metrics);
        assert_eq!(url("0.0.0.0"), "http://127.0.0.1:9091");
        assert_eq!(url("::1"), "http://[::1]:9091");
        assert_eq!(url("192.0.2.7"), "http://192.0.2.7:9091");
    }
}
