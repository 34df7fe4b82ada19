//! When a trace began and ended, and which services took part in it.

use crate::stack::span::Span;

/// When the first span began and the last one ended, in nanoseconds since the epoch; nothing without spans.
pub fn bounds(spans: &[Span]) -> Option<(i64, i64)> {
    let start = spans.iter().map(|span| span.start_ns).min()?;
    let end = spans.iter().map(|span| span.end_ns).max()?;
    Some((start, end.max(start)))
}

/// The services in order of their first span's start.
pub fn services(spans: &[Span]) -> Vec<&str> {
    let mut sorted: Vec<&Span> = spans.iter().collect();
    sorted.sort_by_key(|span| span.start_ns);
    let mut services: Vec<&str> = Vec::new();
    for span in sorted {
        if !services.contains(&&*span.service) {
            services.push(&span.service);
        }
    }
    services
}
