//! Log collection: the lines that children write, decoded and appended to the log store, and counted.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use lab_logs::{LineDecoder, LogStore, Policy};
use lab_storage::TimeLimits;
use lab_supervisor::OutputSink;
use parking_lot::{Mutex, MutexGuard};
use serde::Serialize;

use crate::parts::clock::now_ns;

/// The compose project whose containers the mission collects.
const COMPOSE_PROJECT: &str = "stage4";

/// How long the output of a process waits for room in the store.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where the lines go.
pub enum Destination {
    /// Into the store.
    Store(Arc<LogStore>),
    /// To our own stdout as they are, for a lab elsewhere.
    Stdout,
}

/// What has come from one container.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ContainerCounts {
    pub lines: u64,
    pub bytes: u64,
    /// Lines that are no JSON object with a timestamp; kept at the time of their arrival.
    pub undecoded: u64,
    /// Lines, kept like others, whose own time is more than ten minutes ahead of the clock.
    pub ahead: u64,
    /// Lines that the store refused.
    pub rejected: u64,
}

/// Takes the output of the containers that it was made for.
pub struct Collector {
    destination: Destination,
    containers: BTreeMap<String, Mutex<Container>>,
}

struct Container {
    decoder: LineDecoder,
    counts: ContainerCounts,
}

impl Collector {
    /// A collector for containers called `<compose service>-stage4`.
    pub fn new(destination: Destination, compose_services: &[&str]) -> Self {
        let container = |service: &&str| {
            let name = container_name(service);
            let decoder = LineDecoder::for_container(&name, COMPOSE_PROJECT, service);
            (name, Mutex::new(Container { decoder, counts: ContainerCounts::default() }))
        };
        Self { destination, containers: compose_services.iter().map(container).collect() }
    }

    /// What has come so far, by container.
    pub fn counts(&self) -> BTreeMap<String, ContainerCounts> {
        self.containers.iter().map(|(name, container)| (name.clone(), lock(container).counts.clone())).collect()
    }
}

/// `die-service` runs in `die-service-stage4`.
pub fn container_name(compose_service: &str) -> String {
    if compose_service.ends_with(COMPOSE_PROJECT) {
        compose_service.to_owned()
    } else {
        format!("{compose_service}-{COMPOSE_PROJECT}")
    }
}

impl OutputSink for Collector {
    fn stdout(&self, process: &str, lines: &[u8]) {
        let Some(container) = self.containers.get(process) else { return };
        let mut container = lock(container);
        container.counts.bytes += lines.len() as u64;
        match &self.destination {
            Destination::Store(store) => container.collect(store, lines),
            Destination::Stdout => {
                container.counts.lines += lines.split_inclusive(|byte| *byte == b'\n').count() as u64;
                // Nobody is left to read when stdout is closed.
                let _ = std::io::stdout().write_all(lines);
            }
        }
    }
}

impl Container {
    fn collect(&mut self, store: &LogStore, lines: &[u8]) {
        let arrival = now_ns();
        let near = TimeLimits::at_most_ahead(arrival, 1_000_000_000);
        let mut entries = Vec::new();
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let decoded = self.decoder.decode(&text(line), arrival);
            self.counts.lines += 1;
            self.counts.undecoded += u64::from(!decoded.structured);
            self.counts.ahead += u64::from(near.check(decoded.entry.timestamp).is_err());
            entries.push((decoded.stream, decoded.entry));
        }
        if store.admit(Duration::ZERO).is_err() {
            // The pipe fills up meanwhile, which slows the process down. If there is still no room then, the lines are
            // refused and counted: what was taken before is not pushed out by them.
            let _ = tokio::task::block_in_place(|| store.admit(PATIENCE));
        }
        self.counts.rejected += store.append(entries, &Policy::collected()).rejected as u64;
    }
}

/// A line as text. Almost all are valid, which `from_utf8` finds out several times faster than the lossy conversion.
fn text(line: &[u8]) -> Cow<'_, str> {
    str::from_utf8(line).map_or_else(|_| String::from_utf8_lossy(line), Cow::Borrowed)
}

fn lock(container: &Mutex<Container>) -> MutexGuard<'_, Container> {
    container.lock()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_are_named_after_their_service() {
        assert_eq!(container_name("die-service"), "die-service-stage4");
        assert_eq!(container_name("traffic-generator-stage4"), "traffic-generator-stage4");
    }

    #[test]
    fn lines_are_decoded_stored_and_counted() {
        let store = LogStore::open(&lab_storage::Location::Memory, lab_logs::Limits::default()).expect("opened");
        let store = Arc::new(store);
        let collector = Collector::new(Destination::Store(store.clone()), &["frontend"]);
        let good = r#"{"timestamp":"2026-01-02T03:04:05.000001Z","level":"INFO","message":"m","service":"frontend"}"#;
        collector.stdout("frontend-stage4", format!("{good}\nnot json\n").as_bytes());
        let ahead = good.replace("2026", "2096");
        collector.stdout("frontend-stage4", format!("{ahead}\n").as_bytes());
        collector.stdout("stranger", b"x\n");
        let counts = &collector.counts()["frontend-stage4"];
        assert_eq!((counts.lines, counts.undecoded, counts.ahead, counts.rejected), (3, 1, 1, 0));
        assert_eq!(store.stats().received, 3);
        let streams = store.series(&[], i64::MIN, i64::MAX).expect("read");
        assert!(streams.iter().any(|labels| labels.get("level") == Some("INFO")
            && labels.get("container_name") == Some("frontend-stage4")
            && labels.get("job") == Some("frontend")));
    }
}
