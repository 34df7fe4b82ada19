//! Which callsites count at all. Decided once per callsite and cached by `tracing`, so that the disabled ones
//! (hyper's, h2's) cost nothing.

use tracing::subscriber::Interest;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Layer};

/// Events by level and target, spans by target alone: `RUST_LOG=error` silences lines and keeps traces whole.
#[derive(Debug)]
pub(crate) struct CallsiteFilter {
    events: Targets,
    span_targets: Vec<String>,
}

impl CallsiteFilter {
    /// `targets` are the crates whose spans are recorded, beside this one.
    pub(crate) fn new(events: Targets, targets: &[&str]) -> Self {
        let own = targets.iter().chain(&[env!("CARGO_PKG_NAME")]);
        Self { events, span_targets: own.map(ToString::to_string).collect() }
    }

    fn wants(&self, metadata: &Metadata<'_>) -> bool {
        if metadata.is_event() {
            return self.events.would_enable(metadata.target(), metadata.level());
        }
        let root = metadata.target().split("::").next().unwrap_or_default();
        *metadata.level() <= Level::INFO && self.span_targets.iter().any(|target| target == root)
    }
}

impl<S: Subscriber> Layer<S> for CallsiteFilter {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.wants(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _context: Context<'_, S>) -> bool {
        self.wants(metadata)
    }
}
