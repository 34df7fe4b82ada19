//! Arithmetic and comparison between vectors: which series of one side meets which of the other.
//!
//! Label sets are matched once for all steps; what must hold at each step (only one partner on the
//! "one" side) is checked only in groups where several series share a side.

use std::collections::{HashMap, HashSet};

use lab_model::Labels;
use lab_model::labels::METRIC_NAME;

use crate::promql::error::PromqlError;
use crate::promql::eval::algebra::binary;
use crate::promql::eval::algebra::steps::{Collector, StepSeries, is_absent};
use crate::promql::eval::context::Context;
use crate::promql::plan::operator::{Cardinality, Matching, Operator};

/// The labels by which a series is matched.
pub(crate) fn signature(labels: &Labels, matching: &Matching) -> Labels {
    let named = |name: &str| matching.labels.iter().any(|label| label == name);
    labels.filtered(|name| if matching.on { named(name) } else { !named(name) && name != METRIC_NAME })
}

/// The series that share a signature, by their places on either side.
#[derive(Default)]
struct Group {
    many: Vec<usize>,
    one: Vec<usize>,
}

/// `left operator right` for all operators but the set operators.
pub(crate) fn apply(
    context: &Context<'_>,
    operator: Operator,
    as_bool: bool,
    matching: &Matching,
    left: Vec<StepSeries>,
    right: Vec<StepSeries>,
    count: usize,
) -> Result<Vec<StepSeries>, PromqlError> {
    // From here on "many" and "one"; without group_left or group_right the left side is the "many".
    let swapped = matching.cardinality == Cardinality::OneToMany;
    let (many, one) = if swapped { (right, left) } else { (left, right) };
    // So Prometheus' scripts have it: with group_right, too, fill_left is for the "many" and fill_right for the "one".
    let (fill_many, fill_one) = (matching.fill_left, matching.fill_right);
    let join = Join { context, operator, as_bool, matching, swapped, many: &many, one: &one, fill_many, fill_one };
    let mut collector = Collector::new(count);
    let filled = fill_many.is_some() || fill_one.is_some();
    let alive = Alive::new(&many, &one, count, filled);
    for (signature, group) in join.groups() {
        join.check_one_side(&signature, &group, &alive, count)?;
        join.group(&signature, &group, count, &mut collector)?;
    }
    Ok(collector.finish())
}

/// At which steps both sides have any sample: where one side is empty, nothing is matched or checked.
struct Alive(Option<Vec<bool>>);

impl Alive {
    fn new(many: &[StepSeries], one: &[StepSeries], count: usize, filled: bool) -> Self {
        if filled {
            return Self(None);
        }
        let any = |side: &[StepSeries], step: usize| side.iter().any(|series| !is_absent(series.points[step]));
        Self(Some((0..count).map(|step| any(many, step) && any(one, step)).collect()))
    }

    fn at(&self, step: usize) -> bool {
        self.0.as_ref().is_none_or(|alive| alive[step])
    }
}

struct Join<'a> {
    context: &'a Context<'a>,
    operator: Operator,
    as_bool: bool,
    matching: &'a Matching,
    swapped: bool,
    many: &'a [StepSeries],
    one: &'a [StepSeries],
    fill_many: Option<f64>,
    fill_one: Option<f64>,
}

impl Join<'_> {
    /// The match groups in order of their first series.
    fn groups(&self) -> Vec<(Labels, Group)> {
        let mut groups: Vec<(Labels, Group)> = Vec::new();
        let mut by_signature: HashMap<Labels, usize> = HashMap::new();
        let mut place = |series: &StepSeries| {
            let signature = signature(&series.labels, self.matching);
            let at = *by_signature.entry(signature.clone()).or_insert(groups.len());
            if at == groups.len() {
                groups.push((signature, Group::default()));
            }
            at
        };
        let many: Vec<usize> = self.many.iter().map(&mut place).collect();
        let one: Vec<usize> = self.one.iter().map(&mut place).collect();
        many.iter().enumerate().for_each(|(series, at)| groups[*at].1.many.push(series));
        one.iter().enumerate().for_each(|(series, at)| groups[*at].1.one.push(series));
        groups
    }

    /// At no step may two series of the "one" side share a signature.
    fn check_one_side(
        &self,
        signature: &Labels,
        group: &Group,
        alive: &Alive,
        count: usize,
    ) -> Result<(), PromqlError> {
        if group.one.len() < 2 {
            return Ok(());
        }
        self.context.work(group.one.len() * count)?;
        for step in (0..count).filter(|step| alive.at(*step)) {
            let mut present = group.one.iter().filter(|at| !is_absent(self.one[**at].points[step]));
            if let (Some(first), Some(second)) = (present.next(), present.next()) {
                let side = if self.swapped { "left" } else { "right" };
                let mut series = [first, second].map(|at| braced(&self.one[*at].labels));
                series.sort();
                return Err(PromqlError::Execution(format!(
                    "found duplicate series for the match group {} on the {side} hand-side of the operation: [{}, {}];\
                     many-to-many matching not allowed: matching labels must be unique on one side",
                    braced(signature),
                    series[0],
                    series[1]
                )));
            }
        }
        Ok(())
    }

    fn group(
        &self,
        signature: &Labels,
        group: &Group,
        count: usize,
        collector: &mut Collector,
    ) -> Result<(), PromqlError> {
        let one_to_one = self.matching.cardinality == Cardinality::OneToOne;
        // Several series on the "many" side may end up with the same labels, or may not be allowed at all.
        let mut taken = Taken::new(group.many.len() > 1, one_to_one);
        let mut matched = vec![false; if self.fill_many.is_some() { count } else { 0 }];
        for many in group.many.iter().map(|at| &self.many[*at]) {
            for one in group.one.iter().map(|at| &self.one[*at]) {
                self.pair(many, one, collector, &mut taken, &mut matched)?;
            }
            if let Some(fill) = self.fill_one {
                self.alone(many, signature, fill, &group.one, collector, &mut taken, &mut matched)?;
            }
        }
        if let Some(fill) = self.fill_many {
            for one in group.one.iter().map(|at| &self.one[*at]) {
                let labels = self.result_labels(signature, &one.labels);
                let slot = collector.slot(&labels, self.as_bool);
                for (step, value) in one.points.iter().enumerate().filter(|(step, _)| !matched[*step]) {
                    if !is_absent(*value) {
                        collector.set(slot, step, self.value(fill, *value))?;
                    }
                }
            }
        }
        Ok(())
    }

    /// The steps at which both series have a sample.
    fn pair(
        &self,
        many: &StepSeries,
        one: &StepSeries,
        collector: &mut Collector,
        taken: &mut Taken,
        matched: &mut [bool],
    ) -> Result<(), PromqlError> {
        self.context.work(many.points.len())?;
        let labels = self.result_labels(&many.labels, &one.labels);
        let slot = collector.slot(&labels, self.as_bool || (self.keeps_name() && many.drop_name));
        for (step, (a, b)) in many.points.iter().zip(&one.points).enumerate() {
            if is_absent(*a) || is_absent(*b) {
                continue;
            }
            taken.take(step, slot)?;
            if let Some(matched) = matched.get_mut(step) {
                *matched = true;
            }
            let value = self.value(*a, *b);
            if !is_absent(value) {
                collector.set(slot, step, value)?;
            }
        }
        Ok(())
    }

    /// The steps at which a series of the "many" side has no partner.
    #[allow(clippy::too_many_arguments)]
    fn alone(
        &self,
        many: &StepSeries,
        signature: &Labels,
        fill: f64,
        partners: &[usize],
        collector: &mut Collector,
        taken: &mut Taken,
        matched: &mut [bool],
    ) -> Result<(), PromqlError> {
        let labels = self.result_labels(&many.labels, signature);
        let slot = collector.slot(&labels, self.as_bool);
        for (step, value) in many.points.iter().enumerate() {
            let partnered = partners.iter().any(|at| !is_absent(self.one[*at].points[step]));
            if is_absent(*value) || partnered {
                continue;
            }
            taken.take(step, slot)?;
            if let Some(matched) = matched.get_mut(step) {
                *matched = true;
            }
            let value = self.value(*value, fill);
            if !is_absent(value) {
                collector.set(slot, step, value)?;
            }
        }
        Ok(())
    }

    #[inline]
    fn value(&self, many: f64, one: f64) -> f64 {
        let (left, right) = if self.swapped { (one, many) } else { (many, one) };
        binary::keep(self.operator, self.as_bool, left, right, left)
    }

    fn keeps_name(&self) -> bool {
        self.operator.is_comparison() && !self.as_bool
    }

    fn result_labels(&self, many: &Labels, one: &Labels) -> Labels {
        let drops_name = !self.operator.is_comparison() || (self.as_bool && !self.context.params.delayed_name_removal);
        let named = |name: &str| self.matching.labels.iter().any(|label| label == name);
        let one_to_one = self.matching.cardinality == Cardinality::OneToOne;
        let kept = many.filtered(|name| {
            let by_matching = !one_to_one || (named(name) == self.matching.on);
            by_matching && !(drops_name && name == METRIC_NAME)
        });
        if self.matching.include.is_empty() {
            return kept;
        }
        let mut labels = kept.to_builder();
        for name in &self.matching.include {
            labels.set(name.as_str(), one.get(name).unwrap_or_default());
        }
        labels.build()
    }
}

/// Which results a match group has had at which step.
struct Taken {
    /// `None` if the group has a single series on its "many" side, so that nothing can collide.
    seen: Option<HashSet<(usize, usize)>>,
    one_to_one: bool,
}

impl Taken {
    fn new(watch: bool, one_to_one: bool) -> Self {
        Self { seen: watch.then(HashSet::new), one_to_one }
    }

    #[inline]
    fn take(&mut self, step: usize, slot: usize) -> Result<(), PromqlError> {
        let Some(seen) = &mut self.seen else { return Ok(()) };
        let (key, text) = if self.one_to_one {
            ((step, 0), "many-to-one matching must be explicit (group_left/group_right)")
        } else {
            ((step, slot), "grouping labels must ensure unique matches")
        };
        if seen.insert(key) {
            Ok(())
        } else {
            Err(PromqlError::Execution(format!("multiple matches for labels: {text}")))
        }
    }
}

/// A label set as Prometheus' matching errors write it, the metric name among the labels.
fn braced(labels: &Labels) -> String {
    let pairs: Vec<String> = labels.iter().map(|label| format!("{}={:?}", label.name, &*label.value)).collect();
    format!("{{{}}}", pairs.join(", "))
}
