//! Which metric a series is a part of.

use std::collections::BTreeMap;

use crate::messages::metrics::Family;

/// What a metric becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
    Summary,
}

/// What a series is of its metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A bucket up to a bound, or a quantile.
    Bound,
    Sum,
    Count,
}

/// A series as a part of a metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Part<'a> {
    pub(super) family: &'a str,
    pub(super) kind: Kind,
    pub(super) role: Role,
}

/// What is known about families, by name.
pub(super) struct Families(BTreeMap<String, Family>);

impl Families {
    pub(super) fn new(families: Vec<Family>) -> Self {
        Self(families.into_iter().map(|family| (family.name.clone(), family)).collect())
    }

    /// What is known about a family, in a sentence.
    pub(super) fn help(&self, name: &str) -> String {
        self.0.get(name).map(|family| family.help.clone()).unwrap_or_default()
    }

    /// The part that a series of this name is.
    pub(super) fn part<'a>(&self, name: &'a str) -> Part<'a> {
        let known = |name: &str| self.0.get(name).map(|family| family.kind);
        let ends = [("_bucket", Role::Bound), ("_sum", Role::Sum), ("_count", Role::Count)];
        for (end, role) in ends {
            let Some(family) = name.strip_suffix(end) else { continue };
            match known(family) {
                Some(3) => return Part { family, kind: Kind::Histogram, role },
                Some(5) if role != Role::Bound => return Part { family, kind: Kind::Summary, role },
                _ => {}
            }
        }
        // A counter is known under its name with or without `_total`.
        let kind = known(name).or_else(|| known(name.strip_suffix("_total")?));
        let kind = match kind {
            Some(1) => Kind::Counter,
            Some(5) => Kind::Summary,
            Some(2 | 4 | 6 | 7) => Kind::Gauge,
            _ if name.ends_with("_total") => Kind::Counter,
            _ => Kind::Gauge,
        };
        Part { family: name, kind, role: Role::Bound }
    }
}

impl Part<'_> {
    /// Takes the bound of a bucket, or the quantile, out of the labels.
    pub(super) fn bound(&self, labels: &mut Vec<(String, String)>) -> f64 {
        let name = if self.kind == Kind::Histogram { "le" } else { "quantile" };
        let at = labels.iter().position(|(label, _)| self.role == Role::Bound && label == name);
        at.and_then(|at| labels.remove(at).1.parse().ok()).unwrap_or(f64::NAN)
    }
}
