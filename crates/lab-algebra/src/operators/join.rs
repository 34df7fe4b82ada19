//! Arithmetic and comparison between vectors.
//!
//! Label sets are matched once for all steps. What must hold at each step (only one partner on the "one" side) is
//! checked only in groups where several series share a side, and nothing is allocated for a step.

use lab_model::Labels;
use lab_model::labels::is_about_metric;

use crate::allowance::Allowance;
use crate::dialect::{Dialect, LoneSide, MetricNames};
use crate::error::{AlgebraError, Duplicates, Side};
use crate::operators::matching::{Cardinality, Group, Matching, groups};
use crate::operators::mixed::{self, Answer};
use crate::operators::operator::Operator;
use crate::operators::taken::{Taken, TakenSteps};
use crate::series::collector::Collector;
use crate::series::column::{Series, Value, is_absent};

/// What is done with each pair of values, and with the labels of their series.
#[derive(Clone, Copy, Debug)]
pub struct Operation<'a> {
    /// The rules of the language.
    pub dialect: Dialect,
    /// Any operator but the set operators.
    pub operator: Operator,
    /// A comparison answers 0 and 1 instead of filtering.
    pub as_bool: bool,
    /// Which series belong together.
    pub matching: &'a Matching,
}

/// `left operator right` at `count` steps.
pub fn join(
    allowance: &Allowance<'_>,
    operation: Operation<'_>,
    left: Vec<Series>,
    right: Vec<Series>,
    count: usize,
) -> Result<Vec<Series>, AlgebraError> {
    // From here on "many" and "one"; without group_left or group_right the left side is the "many".
    let swapped = operation.matching.cardinality == Cardinality::OneToMany;
    let (many, one) = if swapped { (right, left) } else { (left, right) };
    let alive = Alive::new(operation, &many, &one, count);
    let groups = groups(operation.matching, operation.dialect, &many, &one);
    let mut join = Join { allowance, operation, swapped, many: &many, one: &one, collector: Collector::new(count) };
    for group in &groups {
        join.check_one_side(group, &alive, count)?;
        join.group(group, count)?;
    }
    Ok(join.collector.finish())
}

/// At which steps both sides have any sample; `None` where that does not matter.
struct Alive(Option<Vec<bool>>);

impl Alive {
    fn new(operation: Operation<'_>, many: &[Series], one: &[Series], count: usize) -> Self {
        let Matching { fill_left, fill_right, .. } = operation.matching;
        let filled = fill_left.is_some() || fill_right.is_some();
        if filled || operation.dialect.lone_side == LoneSide::Checked {
            return Self(None);
        }
        let any = |side: &[Series], step: usize| side.iter().any(|series| series.is_present(step));
        Self(Some((0..count).map(|step| any(many, step) && any(one, step)).collect()))
    }

    fn at(&self, step: usize) -> bool {
        self.0.as_ref().is_none_or(|alive| alive[step])
    }
}

struct Join<'a> {
    allowance: &'a Allowance<'a>,
    operation: Operation<'a>,
    swapped: bool,
    many: &'a [Series],
    one: &'a [Series],
    collector: Collector,
}

/// A series of the "many" side, its partner if it has one, and the place of the result.
struct Pair {
    many: usize,
    one: Option<usize>,
    slot: usize,
}

impl Join<'_> {
    /// At no step may two series of the "one" side share a match group.
    fn check_one_side(&self, group: &Group, alive: &Alive, count: usize) -> Result<(), AlgebraError> {
        if group.one.len() < 2 {
            return Ok(());
        }
        self.allowance.work(group.one.len() * count)?;
        for step in (0..count).filter(|step| alive.at(*step)) {
            let mut present = group.one.iter().filter(|at| self.one[**at].is_present(step));
            if let (Some(first), Some(second)) = (present.next(), present.next()) {
                return Err(AlgebraError::DuplicateSeries(Box::new(Duplicates {
                    group: group.signature.clone(),
                    side: if self.swapped { Side::Left } else { Side::Right },
                    series: [first, second].map(|at| self.one[*at].labels.clone()),
                })));
            }
        }
        Ok(())
    }

    fn group(&mut self, group: &Group, count: usize) -> Result<(), AlgebraError> {
        // As Prometheus' scripts have it: with group_right, too, fill_left is for the "many" and fill_right for the "one".
        let Matching { fill_left: fill_many, fill_right: fill_one, cardinality, .. } = self.operation.matching;
        let pairs = self.pairs(group, fill_one.is_some())?;
        // Several series of the "many" side may end up with the same labels, or may not be allowed at all.
        let mut taken = match cardinality {
            Cardinality::OneToOne => Taken::one_to_one(group.many.len(), count),
            _ => Taken::grouped(pairs.iter().map(|pair| pair.slot), count),
        };
        let mut matched = vec![false; if fill_many.is_some() { count } else { 0 }];
        for pair in &pairs {
            let steps = taken.of(pair.slot);
            match (pair.one, fill_one) {
                (Some(one), _) => self.matched(pair, one, steps, &mut matched)?,
                (None, Some(fill)) => self.many_alone(pair, group, *fill, steps, &mut matched)?,
                (None, None) => {}
            }
        }
        if let Some(fill) = fill_many {
            self.ones_alone(group, *fill, &matched)?;
        }
        Ok(())
    }

    /// What is to be combined, and in which series the results come; with `fill` each series of the "many" side also
    /// stands for itself.
    fn pairs(&mut self, group: &Group, fill: bool) -> Result<Vec<Pair>, AlgebraError> {
        let as_bool = self.operation.as_bool;
        let most = group.many.len().saturating_mul(group.one.len() + 1);
        self.allowance.room_for_bytes(most.saturating_mul(size_of::<Pair>()))?;
        let mut pairs = Vec::with_capacity(most);
        for many in group.many.iter().copied() {
            let drop_name = as_bool || (self.keeps_name() && self.many[many].drop_name);
            let mut shared = None;
            for one in group.one.iter().copied() {
                let slot = match shared {
                    Some(slot) => slot,
                    None => {
                        let labels = self.result_labels(&self.many[many].labels, &self.one[one].labels);
                        self.collector.slot(self.allowance, &labels, drop_name)?
                    }
                };
                // Only labels that are taken over from the "one" side make a difference between partners.
                shared = self.operation.matching.include.is_empty().then_some(slot);
                pairs.push(Pair { many, one: Some(one), slot });
            }
            if fill {
                let labels = self.result_labels(&self.many[many].labels, &group.signature);
                pairs.push(Pair { many, one: None, slot: self.collector.slot(self.allowance, &labels, as_bool)? });
            }
        }
        Ok(pairs)
    }

    /// The steps at which both series have a sample.
    fn matched(
        &mut self,
        pair: &Pair,
        one: usize,
        mut taken: TakenSteps<'_>,
        matched: &mut [bool],
    ) -> Result<(), AlgebraError> {
        let (many, one) = (&self.many[pair.many], &self.one[one]);
        self.allowance.work(many.points.len())?;
        if !many.histograms.is_empty() || !one.histograms.is_empty() || self.operation.operator.is_cut() {
            return self.matched_mixed(pair, one, taken, matched);
        }
        for (step, (a, b)) in many.points.iter().zip(&one.points).enumerate() {
            if is_absent(*a) || is_absent(*b) {
                continue;
            }
            taken.take(step)?;
            if let Some(matched) = matched.get_mut(step) {
                *matched = true;
            }
            let value = self.value(*a, *b);
            if !is_absent(value) {
                self.collector.set(pair.slot, step, value)?;
            }
        }
        Ok(())
    }

    /// The same where histograms are among the samples.
    fn matched_mixed(
        &mut self,
        pair: &Pair,
        one: &Series,
        mut taken: TakenSteps<'_>,
        matched: &mut [bool],
    ) -> Result<(), AlgebraError> {
        let many = &self.many[pair.many];
        for step in 0..many.points.len() {
            let (Some(a), Some(b)) = (many.value(step), one.value(step)) else { continue };
            let answer = self.answer(a, b);
            if matches!(answer, Answer::Nothing) {
                continue;
            }
            taken.take(step)?;
            if let Some(matched) = matched.get_mut(step) {
                *matched = true;
            }
            if let Answer::Value(value) = answer {
                self.allowance.take_bytes(size_of_histogram(&value))?;
                self.collector.set_value(pair.slot, step, value)?;
            }
        }
        Ok(())
    }

    /// The steps at which a series of the "many" side has no partner.
    fn many_alone(
        &mut self,
        pair: &Pair,
        group: &Group,
        fill: f64,
        mut taken: TakenSteps<'_>,
        matched: &mut [bool],
    ) -> Result<(), AlgebraError> {
        for step in 0..self.many[pair.many].points.len() {
            let Some(value) = self.many[pair.many].value(step) else { continue };
            if group.one.iter().any(|at| self.one[*at].is_present(step)) {
                continue;
            }
            let answer = self.answer(value, Value::Float(fill));
            if matches!(answer, Answer::Nothing) {
                continue;
            }
            taken.take(step)?;
            if let Some(matched) = matched.get_mut(step) {
                *matched = true;
            }
            if let Answer::Value(value) = answer {
                self.collector.set_value(pair.slot, step, value)?;
            }
        }
        Ok(())
    }

    /// The steps at which series of the "one" side have no partner.
    fn ones_alone(&mut self, group: &Group, fill: f64, matched: &[bool]) -> Result<(), AlgebraError> {
        for one in group.one.iter().map(|at| &self.one[*at]) {
            let labels = self.result_labels(&group.signature, &one.labels);
            let slot = self.collector.slot(self.allowance, &labels, self.operation.as_bool)?;
            for step in (0..one.points.len()).filter(|step| !matched[*step]) {
                let Some(value) = one.value(step) else { continue };
                if let Answer::Value(value) = self.answer(Value::Float(fill), value) {
                    self.collector.set_value(slot, step, value)?;
                }
            }
        }
        Ok(())
    }

    #[inline]
    fn value(&self, many: f64, one: f64) -> f64 {
        let (left, right) = if self.swapped { (one, many) } else { (many, one) };
        let Operation { dialect, operator, as_bool, .. } = self.operation;
        operator.keep(dialect, as_bool, left, right, left)
    }

    /// The same for numbers and histograms.
    fn answer(&self, many: Value, one: Value) -> Answer {
        let Operation { operator, as_bool, .. } = self.operation;
        match (many, one) {
            (Value::Float(many), Value::Float(one)) if !operator.is_cut() => {
                let value = self.value(many, one);
                if is_absent(value) { Answer::Filtered } else { Answer::Value(Value::Float(value)) }
            }
            (many, one) => {
                let (left, right) = if self.swapped { (&one, &many) } else { (&many, &one) };
                mixed::answer(self.allowance, operator, as_bool, left, right)
            }
        }
    }

    fn is_one_to_one(&self) -> bool {
        self.operation.matching.cardinality == Cardinality::OneToOne
    }

    fn keeps_name(&self) -> bool {
        self.operation.operator.keeps_metric() && !self.operation.as_bool
    }

    /// The labels of the result: those of the "many" side, or, one to one, those by which the series are matched; and
    /// the labels that are taken over from the "one" side.
    fn result_labels(&self, many: &Labels, one: &Labels) -> Labels {
        let Operation { dialect, operator, as_bool, matching } = self.operation;
        let drops_name = match dialect.names {
            MetricNames::Kept => false,
            MetricNames::Dropped => !operator.keeps_metric() || as_bool,
            MetricNames::DroppedAtTheEnd => !operator.keeps_metric(),
        };
        let one_to_one = self.is_one_to_one();
        let kept = many.filtered(|name| {
            let by_matching = !one_to_one || matching.names(name) == matching.on;
            by_matching && !(drops_name && is_about_metric(name))
        });
        if matching.include.is_empty() {
            return kept;
        }
        let mut labels = kept.to_builder();
        for name in &matching.include {
            labels.set(name.as_str(), one.get(name).unwrap_or_default());
        }
        labels.build()
    }
}

/// Bytes of a histogram; a number has its place already.
fn size_of_histogram(value: &Value) -> usize {
    if let Value::Histogram(histogram) = value { histogram.size() } else { 0 }
}
