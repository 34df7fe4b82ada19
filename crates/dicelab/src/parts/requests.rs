//! How many requests each port of the lab has answered, by class of status, and how long that took.

pub mod refusals;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::parts::clock::now_ns;
use crate::parts::requests::refusals::{Refusals, Sent};
use crate::ports::Port;

/// The counters of all ports; a clone shares them.
#[derive(Clone, Debug)]
pub struct RequestCounts {
    ports: Arc<[PortCounts]>,
    /// What was sent and refused.
    pub refusals: Refusals,
    /// Requests that bring telemetry and are not answered yet.
    open: Arc<AtomicU64>,
}

/// A request that brings telemetry, until it is answered or its sender has left.
struct Open(Arc<AtomicU64>);

impl Open {
    fn new(open: &Arc<AtomicU64>) -> Self {
        open.fetch_add(1, Ordering::SeqCst);
        Self(open.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The counters of one port.
#[derive(Debug)]
struct PortCounts {
    port: Port,
    /// By hundreds of the status code, 1xx to 5xx.
    by_class: [AtomicU64; 5],
    micros: AtomicU64,
    /// Connections that began with TLS although the port speaks none.
    tls_without: Arc<AtomicU64>,
}

/// What one port has answered with one class of status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassCount {
    pub port: Port,
    /// `2xx` and so on.
    pub class: &'static str,
    pub requests: u64,
}

const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

impl Default for RequestCounts {
    fn default() -> Self {
        let counts = |port| PortCounts {
            port,
            by_class: Default::default(),
            micros: AtomicU64::new(0),
            tls_without: Arc::default(),
        };
        Self { ports: Port::LAB.into_iter().map(counts).collect(), refusals: Refusals::default(), open: Arc::default() }
    }
}

impl RequestCounts {
    /// Requests by port and class.
    pub fn by_class(&self) -> impl Iterator<Item = ClassCount> + '_ {
        self.ports.iter().flat_map(|counts| {
            let classes = CLASSES.iter().zip(&counts.by_class);
            classes.map(|(class, requests)| ClassCount {
                port: counts.port,
                class,
                requests: requests.load(Ordering::Relaxed),
            })
        })
    }

    /// How many requests that bring telemetry are being taken in.
    pub fn open(&self) -> u64 {
        self.open.load(Ordering::SeqCst)
    }

    /// Time spent on answers by port, from the request's head to the response's head.
    pub fn durations(&self) -> impl Iterator<Item = (Port, Duration)> + '_ {
        self.ports.iter().map(|counts| (counts.port, Duration::from_micros(counts.micros.load(Ordering::Relaxed))))
    }

    /// The counter of connections to a port that began with TLS although it speaks none.
    pub fn tls_without(&self, port: Port) -> Arc<AtomicU64> {
        self.ports
            .iter()
            .find(|counts| counts.port == port)
            .map(|counts| counts.tls_without.clone())
            .unwrap_or_default()
    }

    /// Such connections by port.
    pub fn tls_without_all(&self) -> impl Iterator<Item = (Port, u64)> + '_ {
        self.ports.iter().map(|counts| (counts.port, counts.tls_without.load(Ordering::Relaxed)))
    }

    fn count(&self, port: Port, status: u16, took: Duration) {
        if let Some(counts) = self.ports.iter().find(|counts| counts.port == port) {
            let class = usize::from(status / 100).clamp(1, CLASSES.len()) - 1;
            counts.by_class[class].fetch_add(1, Ordering::Relaxed);
            counts.micros.fetch_add(took.as_micros() as u64, Ordering::Relaxed);
        }
    }
}

/// Counts a request on its way.
pub async fn count(State((counts, port)): State<(RequestCounts, Port)>, request: Request, next: Next) -> Response {
    let (began, sent) = (Instant::now(), Sent::look(port, request.method(), request.uri()));
    let open = sent.as_ref().is_some_and(Sent::is_telemetry).then(|| Open::new(&counts.open));
    let response = next.run(request).await;
    drop(open);
    counts.count(port, response.status().as_u16(), began.elapsed());
    if let Some(sent) = sent {
        counts.refusals.note(&sent, response.status().as_u16(), response.headers(), now_ns() / 1_000_000);
    }
    response
}

/// Per port the requests by class: `{"metrics": {"2xx": 7, …}, …}`.
impl Serialize for RequestCounts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.ports.len()))?;
        for counts in self.ports.iter() {
            let classes = CLASSES.iter().zip(&counts.by_class);
            let classes: std::collections::BTreeMap<_, _> =
                classes.map(|(class, count)| (class, count.load(Ordering::Relaxed))).collect();
            map.serialize_entry(counts.port.what(), &classes)?;
        }
        map.end()
    }
}
