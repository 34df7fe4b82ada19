//! The shape of traces: whole, one root, every parent there; and the clocks of the services, which show in it.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::span::Span;
use crate::stack::services::Service;

/// By less than this clocks of different machines may differ; in seconds.
const CLOCKS_AGREE: f64 = 0.05;

/// How far the clock of a service is ahead of the frontend's (negative: behind), in seconds, for those that differ.
pub type Clocks = BTreeMap<Service, f64>;

/// Spans whose parent is not in their trace.
pub fn orphans(spans: &[Span]) -> usize {
    let ids: HashSet<&str> = spans.iter().map(|span| span.span_id.as_str()).collect();
    spans.iter().filter(|span| span.parent_id.as_deref().is_some_and(|parent| !ids.contains(parent))).count()
}

/// The clocks that differ from the frontend's: where an answer of another service begins before its request, or
/// ends after it.
pub fn clocks<'a>(traces: impl Iterator<Item = &'a [Span]>) -> Clocks {
    let mut found: HashMap<(Service, Service), Vec<f64>> = HashMap::new();
    for spans in traces {
        let by_id: HashMap<&str, &Span> = spans.iter().map(|span| (span.span_id.as_str(), span)).collect();
        for span in spans {
            let Some(parent) = span.parent_id.as_deref().and_then(|parent| by_id.get(parent)) else { continue };
            let services = Service::named(&parent.service).zip(Service::named(&span.service));
            if let Some((above, below)) = services.filter(|(above, below)| above != below) {
                found.entry((above, below)).or_default().push(offset(parent, span));
            }
        }
    }
    let hop = |above, below| found.get(&(above, below)).map_or(0.0, |offsets| median(offsets));
    let roller = hop(Service::Frontend, Service::DiceRoller);
    let die = roller + hop(Service::DiceRoller, Service::DieService);
    let all = [(Service::DiceRoller, roller), (Service::DieService, die)];
    all.into_iter().filter(|(_, ahead)| ahead.abs() > CLOCKS_AGREE).collect()
}

/// By how much a child lies outside of its parent, in seconds: negative if it begins before it, positive if it ends
/// after it, 0 within. Waiting and working only move it further inside.
fn offset(parent: &Span, child: &Span) -> f64 {
    let early = (parent.start_ns - child.start_ns) as f64 / 1e9;
    let late = (child.end_ns - parent.end_ns) as f64 / 1e9;
    if early > late.max(0.0) { -early } else { late.max(0.0) }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{single, spans};

    fn skewed(service: Service, seconds: f64) -> Vec<Span> {
        let mut spans = spans(&single(200));
        for span in spans.iter_mut().filter(|span| &*span.service == service.name()) {
            span.start_ns += (seconds * 1e9) as i64;
            span.end_ns += (seconds * 1e9) as i64;
        }
        spans
    }

    #[test]
    fn a_clock_that_differs_is_named_and_only_that_one() {
        assert!(clocks([&spans(&single(200))[..]].into_iter()).is_empty());
        for (service, ahead) in [(Service::DieService, -5.0), (Service::DiceRoller, -5.0), (Service::DiceRoller, 5.0)] {
            let spans = skewed(service, ahead);
            let found = clocks([&spans[..]].into_iter());
            assert_eq!(found.keys().collect::<Vec<_>>(), [&service]);
            assert!((found[&service] - ahead).abs() < 0.01, "{found:?}");
        }
    }

    #[test]
    fn a_span_without_its_parent_is_an_orphan() {
        let mut spans = spans(&single(200));
        assert_eq!(orphans(&spans), 0);
        spans.remove(1);
        assert_eq!(orphans(&spans), 1);
    }
}
