//! Whether the spans of each trace hang together, summed up over all traces.

use std::collections::BTreeMap;

use crate::stack::services::Service;
use crate::stack::span::{Kind, Span};
use crate::trace::batch::{Batch, ROLL};
use crate::trace::clock::Clocks;
use crate::trace::hops::{self, Call};
use crate::trace::own::own_times;
use crate::trace::tree::Tree;
use crate::truth::found::durations::Durations;
use crate::truth::found::examples::Examples;

/// What all traces show.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Survey {
    /// How many traces.
    pub traces: usize,
    /// Spans that name a parent which is not there.
    pub orphans: usize,
    /// The traces of those spans.
    pub torn: Examples,
    /// Answered calls, by caller and called service.
    pub hops: BTreeMap<(Service, Service), Hop>,
    /// By how much clocks differ.
    pub clocks: Clocks,
    /// Batches and their rolls.
    pub siblings: Siblings,
    /// Nanoseconds that each service spent on each request itself.
    pub own_times: BTreeMap<Service, Vec<u64>>,
    /// How long the requests of each operation took.
    pub durations: Durations,
    /// Batches of which it is known whether they begin before their rolls and end after them.
    pub covering: usize,
    /// The traces of batches that do not.
    pub uncovered: Examples,
}

/// Answered calls from one service to the next.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hop {
    /// How many calls were answered.
    pub calls: usize,
    /// The traces of those without a SERVER span of the called service.
    pub broken: Examples,
}

/// Batches that dicelab says a size of, and the spans of their rolls.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Siblings {
    /// How many batches.
    pub batches: usize,
    /// Rolls, as the batches say.
    pub asked: usize,
    /// Spans of rolls.
    pub there: usize,
    /// Batches that have another number of spans than rolls.
    pub wrong: Examples,
}

impl Survey {
    /// Adds a trace, which is not empty, and its batches.
    pub fn take(&mut self, spans: &[Span], batches: &[Batch]) {
        let Some(begin) = spans.iter().map(|span| span.start_ns).min() else { return };
        let tree = Tree::new(spans);
        let children = tree.children();
        self.traces += 1;
        self.take_orphans(begin, &tree);
        for Call { caller, called, trace_id, is_joined } in hops::calls(&tree, &children) {
            let hop = self.hops.entry((caller, called)).or_default();
            hop.calls += 1;
            if !is_joined {
                hop.broken.add(begin, || trace_id.to_owned());
            }
        }
        self.clocks.take(&tree);
        self.siblings.take(begin, spans);
        self.durations.take(spans);
        for (service, own_ns) in own_times(&tree, &children) {
            self.own_times.entry(service).or_default().push(own_ns);
        }
        for is_covered in batches.iter().filter_map(|batch| batch.is_covered) {
            self.covering += 1;
            if !is_covered {
                self.uncovered.add(begin, || spans[0].trace_id.to_string());
            }
        }
    }

    fn take_orphans(&mut self, begin: i64, tree: &Tree<'_>) {
        let mut orphans = tree.orphans().filter(|span| !is_entry(span));
        if let Some(first) = orphans.next() {
            self.orphans += 1 + orphans.count();
            self.torn.add(begin, || format!("{} ({} of {})", first.trace_id, first.name, first.service));
        }
    }
}

impl Siblings {
    fn take(&mut self, begin: i64, spans: &[Span]) {
        let roots = spans.iter().filter(|span| &*span.service == Service::DiceRoller.name());
        for batch in roots.filter(|span| &*span.name == "GET /roll-async" && has_rolls(span)) {
            let Some(asked) = batch.int("async.batch_size").and_then(|size| usize::try_from(size).ok()) else {
                continue;
            };
            let is_its = |roll: &&Span| &*roll.name == ROLL && roll.parent_id.as_ref() == Some(&batch.span_id);
            let there = spans.iter().filter(is_its).count();
            self.batches += 1;
            self.asked += asked;
            self.there += there;
            if asked != there {
                self.wrong.add(begin, || format!("{} has {there} of {asked}", batch.trace_id));
            }
        }
    }
}

/// A batch whose die was not found has no rolls.
fn has_rolls(batch: &Span) -> bool {
    batch.attributes.contains_key("die.faces")
}

/// Where a request enters the system: who sent it may keep its own spans to itself.
fn is_entry(span: &Span) -> bool {
    span.kind == Kind::Server && &*span.service == Service::Frontend.name()
}
