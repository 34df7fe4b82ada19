//! Where spans come from: resource and instrumentation scope, each distinct pair stored once.
//!
//! An origin is kept as the encoded `ResourceSpans` that it came in, with its one `ScopeSpans` emptied
//! of spans; so the stored bytes are themselves a message that any protobuf reader understands.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};

use opentelemetry_proto::tonic::common::v1::{InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::ResourceSpans;
use parking_lot::RwLock;
use prost::Message;

use crate::store::index::summary::Summary;

/// One resource with one scope.
#[derive(Debug)]
pub struct Origin {
    /// Its number in the database.
    pub(crate) id: u32,
    /// The encoded `ResourceSpans` without spans.
    pub(crate) otlp: Arc<[u8]>,
    /// Which resource and scope attributes it has.
    pub(crate) summary: Summary,
    /// End of the latest span that the database knows to refer to it, rounded up; below: not yet stored.
    pub(crate) stored_until_ns: AtomicI64,
    decoded: OnceLock<Decoded>,
}

#[derive(Debug)]
struct Decoded {
    resource: Resource,
    scope: InstrumentationScope,
    message: ResourceSpans,
}

impl Origin {
    fn new(id: u32, otlp: Arc<[u8]>, summary: Summary, stored_until_ns: i64) -> Self {
        Self { id, otlp, summary, stored_until_ns: AtomicI64::new(stored_until_ns), decoded: OnceLock::new() }
    }

    /// An origin that is in no store, for evaluating traces that never were in one.
    pub fn detached(message: &ResourceSpans) -> Self {
        Self::new(0, message.encode_to_vec().into(), Summary::EMPTY, i64::MIN)
    }

    /// Stands for an origin whose row is damaged: its spans are there, but not what they describe.
    pub(crate) fn lost(id: u32) -> Self {
        Self::new(id, [].into(), Summary::EMPTY, i64::MAX)
    }

    /// What the spans describe: a process, a host.
    pub fn resource(&self) -> &Resource {
        &self.decoded().resource
    }

    /// What made the spans: a library.
    pub fn scope(&self) -> &InstrumentationScope {
        &self.decoded().scope
    }

    /// The message that spans of this origin belong into, with one `ScopeSpans` without spans.
    pub fn message(&self) -> &ResourceSpans {
        &self.decoded().message
    }

    /// The resource's `service.name`; empty if it has none.
    pub fn service_name(&self) -> &str {
        text(&self.resource().attributes, "service.name").unwrap_or_default()
    }

    fn decoded(&self) -> &Decoded {
        self.decoded.get_or_init(|| {
            // Checked on arrival; a damaged file yields an empty resource rather than a panic.
            let message = ResourceSpans::decode(&*self.otlp).unwrap_or_default();
            let scope = message.scope_spans.first().and_then(|spans| spans.scope.clone()).unwrap_or_default();
            Decoded { resource: message.resource.clone().unwrap_or_default(), scope, message }
        })
    }
}

/// All origins that stored or waiting spans refer to.
#[derive(Debug)]
pub(crate) struct Origins {
    tables: RwLock<Tables>,
    max_bytes: usize,
}

#[derive(Debug, Default)]
struct Tables {
    by_message: HashMap<Arc<[u8]>, Arc<Origin>>,
    by_id: HashMap<u32, Arc<Origin>>,
    bytes: usize,
    last_id: u32,
}

impl Origins {
    pub(crate) fn new(max_bytes: usize) -> Self {
        Self { tables: RwLock::default(), max_bytes }
    }

    /// The origin with this message, made if it is new; `None` if there are too many.
    pub(crate) fn intern(&self, otlp: &[u8], summary: impl FnOnce() -> Summary) -> Option<Arc<Origin>> {
        if let Some(found) = self.read(|tables| tables.by_message.get(otlp).cloned()) {
            return Some(found);
        }
        let summary = summary();
        self.write(|tables| {
            if let Some(found) = tables.by_message.get(otlp) {
                return Some(Arc::clone(found));
            }
            if tables.bytes + otlp.len() > self.max_bytes {
                return None;
            }
            let origin = Origin::new(tables.last_id.checked_add(1)?, otlp.into(), summary, i64::MIN);
            Some(tables.insert(origin))
        })
    }

    /// Says which is the largest number in the database, damaged rows included: no new origin may get one of these.
    pub(crate) fn reserve(&self, last_id: u32) {
        self.write(|tables| tables.last_id = tables.last_id.max(last_id));
    }

    /// Takes over what the database has.
    pub(crate) fn restore(&self, id: u32, otlp: &[u8], stored_until_ns: i64, summary: Summary) {
        self.write(|tables| tables.insert(Origin::new(id, otlp.into(), summary, stored_until_ns)));
    }

    /// The origin with this number; if it is not known, one that stands for it.
    pub(crate) fn get(&self, id: u32) -> Arc<Origin> {
        self.read(|tables| tables.by_id.get(&id).cloned()).unwrap_or_else(|| Arc::new(Origin::lost(id)))
    }

    /// Forgets origins that no span refers to: none waiting (no other owner) and, since every stored
    /// fragment begins at `oldest_ns` or later, none stored either. `delete` removes them from the database.
    pub(crate) fn forget<E>(&self, oldest_ns: i64, delete: impl FnOnce(&[u32]) -> Result<(), E>) -> Result<(), E> {
        self.write(|tables| {
            // Two owners: the two tables.
            let unused = |origin: &Arc<Origin>| {
                let stored_until = origin.stored_until_ns.load(Ordering::Relaxed);
                stored_until != i64::MIN && stored_until < oldest_ns && Arc::strong_count(origin) == 2
            };
            let ids: Vec<u32> = tables.by_id.values().filter(|origin| unused(origin)).map(|origin| origin.id).collect();
            if ids.is_empty() {
                return Ok(());
            }
            delete(&ids)?;
            for origin in ids.iter().filter_map(|id| tables.by_id.remove(id)).collect::<Vec<_>>() {
                tables.bytes -= origin.otlp.len();
                tables.by_message.remove(&origin.otlp);
            }
            Ok(())
        })
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.read(|tables| tables.by_id.len())
    }

    fn read<T>(&self, look: impl FnOnce(&Tables) -> T) -> T {
        look(&self.tables.read())
    }

    fn write<T>(&self, change: impl FnOnce(&mut Tables) -> T) -> T {
        change(&mut self.tables.write())
    }
}

impl Tables {
    fn insert(&mut self, origin: Origin) -> Arc<Origin> {
        let origin = Arc::new(origin);
        self.bytes += origin.otlp.len();
        self.last_id = self.last_id.max(origin.id);
        self.by_message.insert(Arc::clone(&origin.otlp), Arc::clone(&origin));
        self.by_id.insert(origin.id, Arc::clone(&origin));
        origin
    }
}

/// The text value of an attribute.
fn text<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a str> {
    use opentelemetry_proto::tonic::common::v1::any_value::Value::StringValue;
    let attribute = attributes.iter().find(|attribute| attribute.key == key)?;
    match attribute.value.as_ref()?.value.as_ref()? {
        StringValue(text) => Some(text),
        _ => None,
    }
}
