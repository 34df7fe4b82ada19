//! Operators over whole columns answer what they answer step by step: a plain evaluation of one instant at a time,
//! written after the documentation of vector matching, is compared with the crate over generated vectors.

use std::collections::{BTreeMap, BTreeSet};

use lab_algebra::{
    ABSENT, Allowance, Cardinality, Dialect, LoneSide, Matching, MetricNames, Operation, Operator, Series,
    SetOperation, join,
};
use lab_model::labels::METRIC_NAME;
use lab_model::{Grant, Labels};
use proptest::prelude::*;

const STEPS: usize = 4;

/// The samples of an instant.
type Instant = Vec<(Labels, f64)>;
/// Samples by labels and step; an error has no value.
type Answer = Option<BTreeMap<(Labels, usize), u64>>;

fn at(vector: &[Series], step: usize) -> Instant {
    vector.iter().filter_map(|series| Some((series.labels.clone(), series.at(step)?))).collect()
}

fn signature(dialect: Dialect, matching: &Matching, labels: &Labels) -> Labels {
    let named = |name: &str| matching.labels.iter().any(|label| label == name);
    let hidden = |name: &str| dialect.names != MetricNames::Kept && name == METRIC_NAME;
    labels.filtered(|name| if matching.on { named(name) } else { !named(name) && !hidden(name) })
}

/// One instant of `left operator right`; none if it is an error.
fn join_instant(operation: Operation<'_>, left: Instant, right: Instant) -> Option<Instant> {
    let Operation { dialect, operator, as_bool, matching } = operation;
    if dialect.lone_side == LoneSide::Unchecked && (left.is_empty() || right.is_empty()) {
        return Some(Vec::new());
    }
    let swapped = matching.cardinality == Cardinality::OneToMany;
    let (many, one) = if swapped { (right, left) } else { (left, right) };
    let mut ones: BTreeMap<Labels, (Labels, f64)> = BTreeMap::new();
    for (labels, value) in one {
        if ones.insert(signature(dialect, matching, &labels), (labels, value)).is_some() {
            return None;
        }
    }
    let one_to_one = matching.cardinality == Cardinality::OneToOne;
    let mut seen: BTreeSet<(Labels, Labels)> = BTreeSet::new();
    let (mut found, mut labels_found) = (Vec::new(), BTreeSet::new());
    for (labels, value) in many {
        let group = signature(dialect, matching, &labels);
        let Some((one_labels, one_value)) = ones.get(&group) else { continue };
        let named = |name: &str| matching.labels.iter().any(|label| label == name);
        let computed = !operator.is_comparison() || as_bool;
        let mut result = labels
            .filtered(|name| {
                (!one_to_one || named(name) == matching.on)
                    && !(name == METRIC_NAME && computed && dialect.names == MetricNames::Dropped)
            })
            .to_builder();
        for name in &matching.include {
            result.set(name.as_str(), one_labels.get(name).unwrap_or_default());
        }
        let result = result.build();
        if !seen.insert((group, if one_to_one { Labels::empty() } else { result.clone() })) {
            return None;
        }
        let (a, b) = if swapped { (*one_value, value) } else { (value, *one_value) };
        let value = operator.compute(dialect, a, b);
        let kept = if computed { Some(value) } else { (value == 1.0).then_some(a) };
        if let Some(value) = kept {
            if !labels_found.insert(result.clone()) {
                return None;
            }
            found.push((result, value));
        }
    }
    Some(found)
}

/// One instant of a set operator.
fn set_instant(dialect: Dialect, operator: Operator, matching: &Matching, left: Instant, right: Instant) -> Instant {
    let keys = |side: &Instant| -> BTreeSet<Labels> {
        side.iter().map(|(labels, _)| signature(dialect, matching, labels)).collect()
    };
    let (in_left, in_right) = (keys(&left), keys(&right));
    let there = |keys: &BTreeSet<Labels>, labels: &Labels| keys.contains(&signature(dialect, matching, labels));
    match operator {
        Operator::And => left.into_iter().filter(|(labels, _)| there(&in_right, labels)).collect(),
        Operator::Unless => left.into_iter().filter(|(labels, _)| !there(&in_right, labels)).collect(),
        _ => left.into_iter().chain(right.into_iter().filter(|(labels, _)| !there(&in_left, labels))).collect(),
    }
}

fn samples(vector: &[Series]) -> BTreeMap<(Labels, usize), u64> {
    let of = |series: &Series| -> Vec<((Labels, usize), u64)> {
        series.samples().map(|(step, value)| ((series.labels.clone(), step), value.to_bits())).collect()
    };
    vector.iter().flat_map(of).collect()
}

fn by_step(mut instant: impl FnMut(usize) -> Option<Instant>) -> Answer {
    let mut all = BTreeMap::new();
    for step in 0..STEPS {
        for (labels, value) in instant(step)? {
            all.insert((labels, step), value.to_bits());
        }
    }
    Some(all)
}

fn labels() -> impl Strategy<Value = Labels> {
    let value = || prop_oneof![Just(""), Just("1"), Just("2")];
    (value(), value(), value(), prop_oneof![Just(""), Just("m"), Just("n")])
        .prop_map(|(a, b, x, name)| Labels::from_pairs([("a", a), ("b", b), ("x", x), (METRIC_NAME, name)]))
}

/// Series with different labels; a step has a small number or no sample.
fn vector() -> impl Strategy<Value = Vec<Series>> {
    let point = prop_oneof![3 => Just(ABSENT), 2 => (0_i32..3).prop_map(f64::from)];
    let points = proptest::collection::vec(point, STEPS);
    proptest::collection::btree_map(labels(), points, 0..5)
        .prop_map(|series| series.into_iter().map(|(labels, points)| Series::new(labels, points)).collect())
}

fn matching() -> impl Strategy<Value = Matching> {
    let names = || proptest::sample::subsequence(vec!["a".to_owned(), "b".to_owned(), "x".to_owned()], 0..=3);
    let cardinality =
        prop_oneof![Just(Cardinality::OneToOne), Just(Cardinality::ManyToOne), Just(Cardinality::OneToMany)];
    (any::<bool>(), names(), cardinality, names()).prop_map(|(on, labels, cardinality, include)| {
        let include = if cardinality == Cardinality::OneToOne { Vec::new() } else { include };
        Matching { on, labels, cardinality, include, ..Matching::default() }
    })
}

fn dialect() -> impl Strategy<Value = Dialect> {
    prop_oneof![Just(Dialect::promql(false)), Just(Dialect::logql())]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn a_join_of_columns_is_the_join_of_each_step(
        left in vector(), right in vector(), matching in matching(), dialect in dialect(), as_bool in any::<bool>(),
        operator in prop_oneof![
            Just(Operator::Add), Just(Operator::Divide), Just(Operator::Modulo), Just(Operator::Power),
            Just(Operator::Greater), Just(Operator::Equal), Just(Operator::NotEqual)
        ],
    ) {
        let as_bool = as_bool && operator.is_comparison();
        let operation = Operation { dialect, operator, as_bool, matching: &matching };
        let expected = by_step(|step| join_instant(operation, at(&left, step), at(&right, step)));
        let grant = Grant::default();
        let allowance = Allowance::new(usize::MAX, &grant);
        let found = join(&allowance, operation, left, right, STEPS).ok().map(|found| samples(&found));
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn a_set_operator_of_columns_is_that_of_each_step(
        left in vector(), right in vector(), matching in matching(), dialect in dialect(),
        operator in prop_oneof![Just(Operator::And), Just(Operator::Or), Just(Operator::Unless)],
    ) {
        let expected = by_step(|step| Some(set_instant(dialect, operator, &matching, at(&left, step), at(&right, step))));
        let grant = Grant::default();
        let allowance = Allowance::new(usize::MAX, &grant);
        let set = SetOperation { allowance: &allowance, dialect, matching: &matching };
        let found = match operator {
            Operator::And => set.and(left, &right),
            Operator::Unless => set.unless(left, &right),
            _ => set.or(left, right),
        };
        prop_assert_eq!(found.ok().map(|found| samples(&found)), expected);
    }
}
