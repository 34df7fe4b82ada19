//! What is printed parses to an equal tree, for every tree that the grammar allows, whether or not its types fit.

use proptest::prelude::*;

use crate::span::kind::{Kind, Status};
use crate::traceql::attribute::{Attribute, Intrinsic, Scope};
use crate::traceql::functions::aggregate::AGGREGATES;
use crate::traceql::functions::over_time::{METRICS_FUNCTIONS, MetricsFunction, Parameters};
use crate::traceql::functions::series::SERIES_FUNCTIONS;
use crate::traceql::syntax::ast::{
    Comparison, FieldExpr, Hint, Literal, Metrics, OverTime, Pipeline, Query, Question, ScalarExpr, SeriesExpr,
    SeriesStage, SpansetExpr, Stage,
};
use crate::traceql::syntax::node::Node;
use crate::traceql::syntax::operator::{BinaryOp, SpansetOp, UnaryOp};
use crate::traceql::syntax::parser;

fn node<T>(content: T) -> Node<T> {
    Node::unplaced(content)
}

fn boxed<T>(content: T) -> Box<Node<T>> {
    Box::new(node(content))
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[a-z.]{1,8}", "[\"\\\\\n\t\r`'µ😀{}()| ]{1,6}", any::<String>()]
}

fn number() -> impl Strategy<Value = f64> {
    any::<f64>().prop_filter("numbers of queries are finite", |number| number.is_finite())
}

fn literal() -> impl Strategy<Value = Literal> {
    let whole = -i64::MAX..=i64::MAX;
    prop_oneof![
        Just(Literal::Nil),
        any::<bool>().prop_map(Literal::Bool),
        whole.clone().prop_map(Literal::Int),
        (-9_i64..10).prop_map(Literal::Int),
        number().prop_map(Literal::Float),
        whole.prop_map(Literal::Duration),
        (0_i64..100).prop_map(|minutes| Literal::Duration(minutes * 60_000_000_000)),
        text().prop_map(Literal::Text),
        prop::sample::select(Status::ALL.to_vec()).prop_map(Literal::Status),
        prop::sample::select(Kind::ALL.to_vec()).prop_map(Literal::Kind),
    ]
}

fn attribute() -> impl Strategy<Value = Attribute> {
    let name = prop_oneof!["[a-z0-9_.-]{1,8}", "[a-z:+*/ \"\\\\{}()=,`|é]{1,8}", "(span|resource|parent)\\.[a-z]{1,3}"];
    let scope = prop::sample::select([[Scope::Any].as_slice(), &Scope::ALL].concat());
    let custom = (scope, any::<bool>(), name).prop_map(|(scope, parent, name)| {
        let parent = parent && matches!(scope, Scope::Any | Scope::Span | Scope::Resource);
        Attribute::Custom { scope, parent, name }
    });
    let listed: Vec<Intrinsic> = Intrinsic::LISTED.into_iter().filter_map(Intrinsic::from_name).collect();
    prop_oneof![custom, prop::sample::select(listed).prop_map(Attribute::Intrinsic)]
}

fn is_number(literal: &Literal) -> bool {
    matches!(literal, Literal::Int(_) | Literal::Float(_) | Literal::Duration(_))
}

fn field() -> BoxedStrategy<FieldExpr> {
    let leaf = prop_oneof![literal().prop_map(FieldExpr::Literal), attribute().prop_map(FieldExpr::Attribute)];
    leaf.prop_recursive(4, 20, 2, |inner| {
        let negate = inner.clone().prop_map(|operand| match operand {
            // The sign of a number belongs to the number.
            FieldExpr::Literal(literal) if is_number(&literal) => FieldExpr::Literal(literal),
            operand => FieldExpr::Unary { op: UnaryOp::Negate, operand: boxed(operand) },
        });
        let not = inner.clone().prop_map(|operand| FieldExpr::Unary { op: UnaryOp::Not, operand: boxed(operand) });
        let binary = (prop::sample::select(BinaryOp::ALL), inner.clone(), inner);
        let binary =
            binary.prop_map(|(op, left, right)| FieldExpr::Binary { op, left: boxed(left), right: boxed(right) });
        prop_oneof![negate, not, binary]
    })
    .boxed()
}

fn scalar(pipeline: Option<BoxedStrategy<Pipeline>>) -> BoxedStrategy<ScalarExpr> {
    let aggregate = (0..AGGREGATES.len(), field()).prop_map(|(at, field)| {
        let function = &AGGREGATES[at];
        ScalarExpr::Aggregate { function, field: function.takes_field.then(|| boxed(field)) }
    });
    let leaf = prop_oneof![literal().prop_map(ScalarExpr::Literal), aggregate].boxed();
    let leaf = match pipeline {
        None => leaf,
        Some(pipeline) => {
            let nested = (pipeline, leaf.clone())
                .prop_map(|(pipeline, scalar)| ScalarExpr::Nested { pipeline, scalar: boxed(scalar) });
            prop_oneof![3 => leaf, 1 => nested].boxed()
        }
    };
    let arithmetic: Vec<BinaryOp> = BinaryOp::ALL.iter().copied().filter(|op| op.is_arithmetic()).collect();
    leaf.prop_recursive(3, 8, 2, move |inner| {
        let binary = (prop::sample::select(arithmetic.clone()), inner.clone(), inner);
        binary.prop_map(|(op, left, right)| ScalarExpr::Binary { op, left: boxed(left), right: boxed(right) })
    })
    .boxed()
}

fn spanset(pipeline: Option<BoxedStrategy<Pipeline>>) -> BoxedStrategy<SpansetExpr> {
    let filter = prop::option::of(field()).prop_map(|condition| SpansetExpr::Filter(condition.map(node))).boxed();
    let leaf = match pipeline {
        None => filter,
        Some(pipeline) => {
            let nested = pipeline.prop_map(|pipeline| match pipeline.stages.as_slice() {
                // Parentheses around a single spanset only group.
                [Node { content: Stage::Spanset(expr), .. }] => expr.content.clone(),
                _ => SpansetExpr::Nested(pipeline),
            });
            prop_oneof![3 => filter, 1 => nested].boxed()
        }
    };
    leaf.prop_recursive(3, 8, 2, |inner| {
        let binary = (prop::sample::select(SpansetOp::all().collect::<Vec<_>>()), inner.clone(), inner);
        binary.prop_map(|(op, left, right)| SpansetExpr::Binary { op, left: boxed(left), right: boxed(right) })
    })
    .boxed()
}

/// Pipelines that hold others down to a depth.
fn pipeline(depth: u32) -> BoxedStrategy<Pipeline> {
    let inner = (depth > 0).then(|| pipeline(depth - 1));
    let comparisons = [
        BinaryOp::Equal,
        BinaryOp::NotEqual,
        BinaryOp::Less,
        BinaryOp::LessEqual,
        BinaryOp::Greater,
        BinaryOp::GreaterEqual,
    ];
    let comparison = (scalar(inner.clone()), prop::sample::select(comparisons.to_vec()), scalar(inner.clone()));
    let stage = prop_oneof![
        4 => spanset(inner).prop_map(|expr| Stage::Spanset(node(expr))),
        2 => comparison.prop_map(|(left, op, right)| Stage::Scalar { left: node(left), op, right: node(right) }),
        1 => field().prop_map(|expr| Stage::By(node(expr))),
        1 => Just(Stage::Coalesce),
        1 => prop::collection::vec(attribute().prop_map(node), 1..3).prop_map(Stage::Select),
    ];
    let stages = prop::collection::vec(stage.prop_map(node), 1..4);
    stages.prop_map(|stages| Pipeline { stages }).boxed()
}

fn series_stage() -> impl Strategy<Value = SeriesStage> {
    let comparisons: Vec<BinaryOp> = BinaryOp::ALL.iter().copied().filter(|op| op.is_comparison()).collect();
    let keep = (0..SERIES_FUNCTIONS.len(), 0..1000_usize)
        .prop_map(|(at, count)| SeriesStage::Keep { function: &SERIES_FUNCTIONS[at], count });
    let limit = literal().prop_filter("a number", is_number);
    prop_oneof![keep, (prop::sample::select(comparisons), limit).prop_map(|(op, value)| SeriesStage::Filter(op, value))]
}

fn metrics() -> impl Strategy<Value = Metrics> {
    let parts = (
        0..METRICS_FUNCTIONS.len(),
        attribute(),
        prop::collection::vec(number().prop_map(node), 1..4),
        prop::collection::vec(attribute().prop_map(node), 0..3),
    );
    let over_time = parts.prop_map(|(at, attribute, quantiles, by)| {
        let function: &'static MetricsFunction = &METRICS_FUNCTIONS[at];
        let attribute = (function.parameters != Parameters::Nothing).then(|| node(attribute));
        let quantiles = if function.parameters == Parameters::AttributeAndQuantiles { quantiles } else { Vec::new() };
        Metrics::OverTime(OverTime { function: node(function), attribute, quantiles, by })
    });
    let whole = || (0..i64::MAX).prop_map(node);
    let compare =
        (prop::option::of(field().prop_map(node)), prop::option::of((whole(), prop::option::of((whole(), whole())))));
    let compare = compare.prop_map(|(selection, numbers)| {
        let (most, window) = numbers.map_or((None, None), |(most, window)| (Some(most), window));
        Metrics::Compare(Comparison { selection, most, window })
    });
    prop_oneof![4 => over_time, 1 => compare]
}

fn series() -> impl Strategy<Value = SeriesExpr> {
    let spans =
        (pipeline(1), metrics()).prop_map(|(pipeline, what)| SeriesExpr::Spans { pipeline, metrics: node(what) });
    spans.prop_recursive(3, 6, 2, |inner| {
        let arithmetic: Vec<BinaryOp> = BinaryOp::ALL.iter().copied().filter(|op| op.is_arithmetic()).collect();
        let op = || prop::sample::select(arithmetic.clone());
        let factor =
            literal().prop_filter("a number", |literal| matches!(literal, Literal::Int(_) | Literal::Float(_)));
        let then = (inner.clone(), series_stage())
            .prop_map(|(series, stage)| SeriesExpr::Then { series: boxed(series), stage: node(stage) });
        let scaled = (op(), factor, any::<bool>(), inner.clone()).prop_map(|(op, number, number_first, series)| {
            SeriesExpr::Scaled { op, number, number_first, series: boxed(series) }
        });
        let binary = (op(), inner.clone(), inner).prop_map(|(op, left, right)| SeriesExpr::Binary {
            op,
            left: boxed(left),
            right: boxed(right),
        });
        prop_oneof![then, scaled, binary]
    })
}

fn query() -> impl Strategy<Value = Query> {
    let hint = ("[a-z_]{1,6}", literal()).prop_map(|(name, value)| node(Hint { name, value }));
    let question =
        prop_oneof![pipeline(2).prop_map(Question::Traces), series().prop_map(|series| Question::Series(node(series)))];
    let parts = (question, prop::collection::vec(hint, 0..3));
    // The parser takes at most 500 operators, which a text of this length cannot hold.
    let queries = parts.prop_map(|(question, hints)| Query { question, hints });
    queries.prop_filter("a query of at most 1,500 bytes", |query| query.to_string().len() <= 1500)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_printed_query_parses_to_an_equal_tree(query in query()) {
        let printed = query.to_string();
        let parsed = parser::query(&printed);
        prop_assert_eq!(parsed.as_ref(), Ok(&query), "{}", printed);
    }
}

#[test]
fn every_part_of_a_query_knows_its_place() {
    let text = "{ .a = 1 && (.b + 2s) > -3 } | avg(.c) > 4 | rate() by (.d, name) | topk(5)";
    let query = parser::query(text).expect("valid");
    let written = |node_place: lab_syntax::Place| &text[node_place.start..node_place.end];
    let Question::Series(whole) = &query.question else { panic!("series: {query}") };
    let SeriesExpr::Then { series, stage: last } = &whole.content else { panic!("a stage of series: {whole}") };
    let SeriesExpr::Spans { pipeline, metrics } = &series.content else { panic!("a function over time: {series}") };
    assert_eq!((written(whole.place), written(last.place)), (text, "| topk(5)"));
    let [filter, comparison] = pipeline.stages.as_slice() else { panic!("two stages: {query}") };
    assert_eq!(written(filter.place), "{ .a = 1 && (.b + 2s) > -3 }");
    assert_eq!(written(comparison.place), "avg(.c) > 4");
    let Stage::Spanset(Node { content: SpansetExpr::Filter(Some(condition)), .. }) = &filter.content else {
        panic!("a filter: {filter}")
    };
    assert_eq!(written(condition.place), ".a = 1 && (.b + 2s) > -3");
    let FieldExpr::Binary { right, .. } = &condition.content else { panic!("an operation: {condition}") };
    assert_eq!(written(right.place), "(.b + 2s) > -3");
    let FieldExpr::Binary { left, right, .. } = &right.content else { panic!("an operation: {right}") };
    assert_eq!((written(left.place), written(right.place)), ("(.b + 2s)", "-3"));
    assert_eq!(written(metrics.place), "rate() by (.d, name)");
    let Metrics::OverTime(call) = &metrics.content else { panic!("a function over time: {metrics}") };
    assert_eq!(written(call.function.place), "rate");
    assert_eq!(call.by.iter().map(|by| written(by.place)).collect::<Vec<_>>(), [".d", "name"]);
}
