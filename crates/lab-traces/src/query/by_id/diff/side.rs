//! One of the two traces, in the form in which they are compared.

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::common::v1::any_value::Value as AnyValueKind;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};

use crate::id::TraceId;
use crate::span::kind::{Kind, Status};
use crate::span::{Span, Trace};

/// By what a span is found in the other trace.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identity {
    pub service: String,
    pub name: String,
    pub kind: Kind,
}

/// A span to compare.
#[derive(Clone, Debug)]
pub struct SideSpan {
    pub identity: Identity,
    /// The identity of its parent, if that is in the trace.
    pub parent: Option<Identity>,
    /// Its parent among the spans of the side, if that is in the trace.
    above: Option<usize>,
    /// Which of the siblings it is, by their starts.
    sibling: usize,
    /// How many spans stand above it.
    depth: usize,
    /// In nanoseconds since the epoch.
    pub start_ns: u64,
    /// In nanoseconds since the epoch.
    pub end_ns: u64,
    /// `None` if the times make no sense.
    pub duration_ns: Option<i64>,
    pub status: Status,
    pub attributes: BTreeMap<String, Option<AnyValue>>,
}

/// The spans of a trace, each after its parent and before its later siblings.
#[derive(Clone, Debug)]
pub struct Side {
    pub id: TraceId,
    pub spans: Vec<SideSpan>,
}

impl Side {
    /// The trace as it is compared.
    pub fn new(trace: &Trace) -> Self {
        let visits = visits(trace);
        let mut spans: Vec<SideSpan> = Vec::with_capacity(visits.len());
        for visit in visits {
            let parent = visit.parent.map(|parent| spans[parent].identity.clone());
            spans.push(SideSpan::new(&trace.spans[visit.span], parent, &visit));
        }
        Self { id: trace.id, spans }
    }

    /// The place of one of the spans: for each generation, which of the siblings is the ancestor or the span itself. Only
    /// spans that an answer shows need it: in a chain of calls all places together grow by the square of its length.
    pub fn path(&self, span: &SideSpan) -> Vec<usize> {
        let mut path = vec![span.sibling];
        let mut above = span.above;
        while let Some(at) = above.and_then(|at| self.spans.get(at)) {
            path.push(at.sibling);
            above = at.above;
        }
        path.reverse();
        path
    }
}

impl SideSpan {
    /// How many numbers its place has.
    pub fn path_len(&self) -> usize {
        self.depth + 1
    }

    fn new(span: &Span, parent: Option<Identity>, visit: &Visit) -> Self {
        let (start_ns, end_ns) = (span.otlp.start_time_unix_nano, span.otlp.end_time_unix_nano);
        let own_service = text(&span.otlp.attributes, "service.name").filter(|service| !service.is_empty());
        let service = own_service.unwrap_or_else(|| span.origin.service_name()).to_owned();
        let attributes = span.otlp.attributes.iter().map(|one| (one.key.clone(), one.value.clone()));
        Self {
            identity: Identity { service, name: span.otlp.name.clone(), kind: span.kind() },
            parent,
            above: visit.parent,
            sibling: visit.sibling,
            depth: visit.depth,
            start_ns,
            end_ns,
            // A start of zero was not set.
            duration_ns: end_ns.checked_sub(start_ns).filter(|_| start_ns > 0).and_then(|ns| i64::try_from(ns).ok()),
            status: span.status(),
            attributes: attributes.collect(),
        }
    }
}

fn text<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a str> {
    let found = attributes.iter().find(|attribute| attribute.key == key)?;
    match found.value.as_ref()?.value.as_ref()? {
        AnyValueKind::StringValue(text) => Some(text),
        _ => None,
    }
}

/// A span on the way through a trace.
struct Visit {
    /// Its index in the trace.
    span: usize,
    /// Which visit was that of its parent.
    parent: Option<usize>,
    sibling: usize,
    depth: usize,
}

/// Every span once, depth first; spans of a circle of parents come last, as if one of them had none.
fn visits(trace: &Trace) -> Vec<Visit> {
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); trace.spans.len()];
    let mut roots = Vec::new();
    for (at, span) in trace.spans.iter().enumerate() {
        match span.parent {
            Some(parent) => children[parent].push(at),
            None => roots.push(at),
        }
    }
    let (mut visits, mut seen, mut tops) = (Vec::new(), vec![false; trace.spans.len()], 0);
    for top in roots.into_iter().chain(0..trace.spans.len()) {
        if seen[top] {
            continue;
        }
        let mut waiting = vec![Visit { span: top, parent: None, sibling: tops, depth: 0 }];
        tops += 1;
        while let Some(visit) = waiting.pop() {
            if std::mem::replace(&mut seen[visit.span], true) {
                continue;
            }
            let (at, depth) = (visits.len(), visit.depth + 1);
            let below = children[visit.span].iter().filter(|child| !seen[**child]).enumerate();
            let below = below.map(|(sibling, span)| Visit { span: *span, parent: Some(at), sibling, depth });
            // The first sibling is visited first.
            waiting.extend(below.collect::<Vec<_>>().into_iter().rev());
            visits.push(visit);
        }
    }
    visits
}
