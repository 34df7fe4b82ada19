//! Which span of one trace is which of the other.

use std::collections::{HashMap, VecDeque};

use crate::query::by_id::diff::side::{Identity, Side, SideSpan};

/// For each span of the second trace the one of the first that it is compared with: the first one that is left with the
/// same identity and a parent of the same identity, or else the first one with the same identity.
pub(crate) fn pairs<'a>(base: &'a Side, compare: &'a Side) -> Vec<Option<usize>> {
    type Left<Key> = HashMap<Key, VecDeque<usize>>;
    let mut by_parent: Left<(&Identity, &Identity)> = HashMap::new();
    let mut by_identity: Left<&Identity> = HashMap::new();
    for (at, span) in base.spans.iter().enumerate() {
        by_identity.entry(&span.identity).or_default().push_back(at);
        if let Some(parent) = &span.parent {
            by_parent.entry((&span.identity, parent)).or_default().push_back(at);
        }
    }
    let mut used = vec![false; base.spans.len()];
    let mut first_of = |left: Option<&mut VecDeque<usize>>| {
        let left = left?;
        // What the other list gave away is still in this one.
        while let Some(at) = left.pop_front() {
            if !std::mem::replace(&mut used[at], true) {
                return Some(at);
            }
        }
        None
    };
    let pair = |span: &'a SideSpan| {
        let same_parent = span.parent.as_ref().and_then(|parent| by_parent.get_mut(&(&span.identity, parent)));
        first_of(same_parent).or_else(|| first_of(by_identity.get_mut(&span.identity)))
    };
    compare.spans.iter().map(pair).collect()
}
