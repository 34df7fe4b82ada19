//! Who calls whom: the two sides of a call, which come in any order and from different services, brought together.
//!
//! A client or producer waits under its own id, a server or consumer under the id of its parent. What finds no other side
//! in time may still be an edge: from a caller without instrumentation, or to something that sends no spans.

use std::collections::VecDeque;

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

use crate::span::kind::{Kind, Status};
use crate::span_metrics::config::Config;
use crate::span_metrics::observed::{Called, Observed};

/// Attributes that name what a client calls, in the order in which they are looked for.
const PEER: [&str; 4] = ["peer.service", "db.name", "db.system", "db.system.name"];
/// Attributes that tell a call of a database; the first one there names it unless an address does.
const DATABASE: [&str; 4] = ["db.namespace", "db.name", "db.system", "db.system.name"];
/// The caller of a root of whom nothing is known.
const USER: &str = "user";

/// A call from one service to another.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Edge {
    pub(crate) trace_id: [u8; 16],
    pub(crate) client: String,
    pub(crate) server: String,
    pub(crate) connection: Connection,
    /// True if one of the sides says so.
    pub(crate) failed: bool,
    pub(crate) client_seconds: f64,
    pub(crate) server_seconds: f64,
}

/// What kind of call it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Connection {
    /// Between two services that send spans.
    #[default]
    Direct,
    Messaging,
    Database,
    /// With something that sends no spans.
    VirtualNode,
}

impl Connection {
    /// As Tempo's label has it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "",
            Self::Messaging => "messaging_system",
            Self::Database => "database",
            Self::VirtualNode => "virtual_node",
        }
    }
}

/// A trace, and the id of the client's span in it.
type Key = ([u8; 16], [u8; 8]);

/// Sides of calls that wait for the other side.
#[derive(Debug)]
pub(crate) struct Edges {
    waiting: HashMap<Key, Waiting>,
    /// In the order in which their time is up.
    until: VecDeque<(i64, Key)>,
    wait_ns: i64,
    most: usize,
    dropped: u64,
    unpaired: u64,
}

#[derive(Debug, Default)]
struct Waiting {
    client: Option<Side>,
    server: Option<Side>,
    connection: Connection,
    failed: bool,
    /// What the client says that it calls.
    peer: Option<String>,
}

#[derive(Debug)]
struct Side {
    service: String,
    seconds: f64,
}

impl Edges {
    pub(crate) fn new(config: &Config) -> Self {
        let (waiting, until) = (HashMap::new(), VecDeque::new());
        Self { waiting, until, wait_ns: config.wait_ns, most: config.max_waiting, dropped: 0, unpaired: 0 }
    }

    /// Sides for which there was no room.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Sides whose other side did not come, and that tell nothing of it.
    pub(crate) fn unpaired(&self) -> u64 {
        self.unpaired
    }

    /// Adds a span; answers the edge that it completes.
    pub(crate) fn add(&mut self, span: &Observed<'_>, now_ns: i64) -> Option<Edge> {
        if matches!(span.kind, Kind::Internal | Kind::Unspecified) {
            return None;
        }
        let service = span.service();
        if service.is_empty() {
            return None;
        }
        let side = Side { service: service.into_owned(), seconds: span.seconds() };
        match span.kind {
            Kind::Client | Kind::Producer => self.add_client(span, side, now_ns),
            Kind::Server | Kind::Consumer => match span.parent {
                Some(parent) => self.add_server(span, side, (span.trace_id, parent), now_ns),
                None => Some(from_outside(span, side)),
            },
            Kind::Internal | Kind::Unspecified => None,
        }
    }

    fn add_client(&mut self, span: &Observed<'_>, side: Side, now_ns: i64) -> Option<Edge> {
        // An empty name is none: such a call waits for its other side.
        let called = span.called();
        if let Some(database) = database(&called).filter(|name| !name.is_empty()) {
            let server_failed = self.waiting.remove(&(span.trace_id, span.id)).is_some_and(|waiting| waiting.failed);
            let server = Side { service: database, seconds: side.seconds };
            let failed = server_failed || span.status == Status::Error;
            return Some(edge(span.trace_id, (side, server), Connection::Database, failed));
        }
        let key = (span.trace_id, span.id);
        let waiting = self.entry(key, now_ns)?;
        waiting.note(span, Kind::Producer);
        waiting.client = Some(side);
        // Only a call without an answer needs it.
        if waiting.server.is_none() {
            waiting.peer = PEER.iter().find_map(|key| called.of_span(key));
            return None;
        }
        self.complete(key)
    }

    fn add_server(&mut self, span: &Observed<'_>, side: Side, key: Key, now_ns: i64) -> Option<Edge> {
        let waiting = self.entry(key, now_ns)?;
        waiting.note(span, Kind::Consumer);
        waiting.server = Some(side);
        if waiting.client.is_some() { self.complete(key) } else { None }
    }

    fn entry(&mut self, key: Key, now_ns: i64) -> Option<&mut Waiting> {
        let is_full = self.waiting.len() >= self.most;
        match self.waiting.entry(key) {
            Entry::Occupied(waiting) => Some(waiting.into_mut()),
            Entry::Vacant(_) if is_full => {
                self.dropped += 1;
                None
            }
            Entry::Vacant(place) => {
                self.until.push_back((now_ns.saturating_add(self.wait_ns), key));
                Some(place.insert(Waiting::default()))
            }
        }
    }

    fn complete(&mut self, key: Key) -> Option<Edge> {
        let Waiting { client, server, connection, failed, .. } = self.waiting.remove(&key)?;
        Some(edge(key.0, (client?, server?), connection, failed))
    }

    /// The edges of which nothing more is expected.
    pub(crate) fn expire(&mut self, now_ns: i64) -> Vec<Edge> {
        let mut edges = Vec::new();
        while self.until.front().is_some_and(|(until, _)| *until <= now_ns) {
            let Some((_, key)) = self.until.pop_front() else { break };
            let Some(Waiting { client, peer, failed, .. }) = self.waiting.remove(&key) else { continue };
            match (client, peer.filter(|name| !name.is_empty())) {
                (Some(client), Some(service)) => {
                    // Nothing is known of how long the other side took.
                    let server = Side { service, seconds: 0.0 };
                    edges.push(edge(key.0, (client, server), Connection::VirtualNode, failed));
                }
                _ => self.unpaired += 1,
            }
        }
        edges
    }
}

impl Waiting {
    /// Notes what a side says: whether the call failed, and whether a message was sent, of which the later side is believed,
    /// as in Tempo.
    fn note(&mut self, span: &Observed<'_>, messaging: Kind) {
        self.failed |= span.status == Status::Error;
        self.connection = if span.kind == messaging { Connection::Messaging } else { Connection::Direct };
    }
}

fn edge(trace_id: [u8; 16], (client, server): (Side, Side), connection: Connection, failed: bool) -> Edge {
    Edge {
        trace_id,
        client: client.service,
        server: server.service,
        connection,
        failed,
        client_seconds: client.seconds,
        server_seconds: server.seconds,
    }
}

/// The edge of a root: somebody without instrumentation has called.
fn from_outside(span: &Observed<'_>, server: Side) -> Edge {
    let called = span.called();
    let caller = PEER.iter().find_map(|key| called.of_span(key)).filter(|name| !name.is_empty());
    let caller = caller.unwrap_or_else(|| USER.to_owned());
    let client = Side { service: caller, seconds: 0.0 };
    edge(span.trace_id, (client, server), Connection::VirtualNode, span.status == Status::Error)
}

/// The name of the database that a client calls; `None` if it calls none.
fn database(called: &Called<'_>) -> Option<String> {
    let name = DATABASE.iter().find_map(|key| called.of_either(key))?;
    let address = || {
        let host = called.of_either("network.peer.address")?;
        Some(called.of_either("network.peer.port").map_or(host.clone(), |port| format!("{host}:{port}")))
    };
    let named = called.of_either("peer.service").or_else(|| called.of_either("server.address")).or_else(address);
    Some(named.unwrap_or(name))
}
