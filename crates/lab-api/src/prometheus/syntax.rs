//! `format_query`, `parse_query`: a query laid out over lines, and as the tree that Prometheus' page draws.
//!
//! Every node has a `type`: `aggregation`, `binaryExpr`, `call`, `matrixSelector`, `subquery`,
//! `numberLiteral`, `parenExpr`, `stringLiteral`, `unaryExpr`, `vectorSelector`; times are in milliseconds.

use std::time::{Duration, SystemTime};

use lab_metrics::promql::syntax;
use promql_parser::label::{MatchOp, Matchers};
use promql_parser::parser::value::ValueType;
use promql_parser::parser::{
    AggregateExpr, AtModifier, BinaryExpr, Call, Expr, LabelModifier, Offset, SubqueryExpr, VectorMatchCardinality,
    VectorSelector,
};
use serde_json::{Value, json};

use crate::params::Params;
use crate::prometheus::envelope::{Answer, success};
use crate::prometheus::evaluator::from_promql;

/// `/api/v1/format_query`: `query`.
pub(super) async fn format(params: Params) -> Answer {
    let query = params.get("query").unwrap_or_default();
    success(&syntax::pretty(query).map_err(|error| from_promql(&error))?)
}

/// `/api/v1/parse_query`: `query`.
pub(super) async fn parse(params: Params) -> Answer {
    let query = params.get("query").unwrap_or_default();
    success(&tree(&syntax::parse(query).map_err(|error| from_promql(&error))?))
}

/// The parser's depth is bounded, and with it this recursion's.
fn tree(expr: &Expr) -> Value {
    match expr {
        Expr::Aggregate(aggregation) => aggregate(aggregation),
        Expr::Binary(operation) => binary(operation),
        Expr::Call(call) => function(call),
        Expr::Paren(paren) => json!({"type": "parenExpr", "expr": tree(&paren.expr)}),
        Expr::Unary(unary) => json!({"type": "unaryExpr", "op": "-", "expr": tree(&unary.expr)}),
        Expr::NumberLiteral(number) => json!({"type": "numberLiteral", "val": decimal(number.val)}),
        Expr::StringLiteral(text) => json!({"type": "stringLiteral", "val": text.val}),
        Expr::VectorSelector(vector) => selector("vectorSelector", vector),
        Expr::MatrixSelector(matrix) => {
            let mut node = selector("matrixSelector", &matrix.vs);
            node["range"] = ms(matrix.range).into();
            node
        }
        Expr::Subquery(inner) => subquery(inner),
        // Only programs that link the parser can make one.
        Expr::Extension(_) => Value::Null,
    }
}

fn aggregate(aggregation: &AggregateExpr) -> Value {
    let (grouping, without) = labels(aggregation.modifier.as_ref());
    json!({
        "type": "aggregation",
        "op": aggregation.op.to_string(),
        "expr": tree(&aggregation.expr),
        "param": aggregation.param.as_deref().map(tree),
        "grouping": grouping,
        "without": without,
    })
}

fn binary(operation: &BinaryExpr) -> Value {
    let vectors = [&operation.lhs, &operation.rhs].iter().all(|side| side.value_type() == ValueType::Vector);
    let modifier = operation.modifier.as_ref();
    let matching = vectors.then(|| {
        let (labels, ignoring) = labels(modifier.and_then(|modifier| modifier.matching.as_ref()));
        let on = !ignoring && modifier.is_some_and(|modifier| modifier.matching.is_some());
        let (card, include) = match modifier.map(|modifier| &modifier.card) {
            Some(VectorMatchCardinality::ManyToOne(include)) => ("many-to-one", include.labels.clone()),
            Some(VectorMatchCardinality::OneToMany(include)) => ("one-to-many", include.labels.clone()),
            _ if is_set_operator(operation) => ("many-to-many", Vec::new()),
            _ => ("one-to-one", Vec::new()),
        };
        let fill = modifier.map(|modifier| modifier.fill_values.clone()).unwrap_or_default();
        json!({
            "card": card, "labels": labels, "on": on, "include": include,
            "fillValues": {"lhs": fill.lhs, "rhs": fill.rhs},
        })
    });
    json!({
        "type": "binaryExpr",
        "op": operation.op.to_string(),
        "lhs": tree(&operation.lhs),
        "rhs": tree(&operation.rhs),
        "matching": matching,
        "bool": modifier.is_some_and(|modifier| modifier.return_bool),
    })
}

fn function(call: &Call) -> Value {
    let arguments: Vec<Value> = call.args.args.iter().map(|argument| tree(argument)).collect();
    json!({
        "type": "call",
        "func": {
            "name": call.func.name,
            "argTypes": call.func.arg_types.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "variadic": call.func.variadic,
            "returnType": call.func.return_type.to_string(),
        },
        "args": arguments,
    })
}

fn subquery(inner: &SubqueryExpr) -> Value {
    let (timestamp, edge) = at(inner.at.as_ref());
    json!({
        "type": "subquery",
        "expr": tree(&inner.expr),
        "range": ms(inner.range),
        "offset": offset(inner.offset.as_ref()),
        "step": inner.step.map_or(0, ms),
        "timestamp": timestamp,
        "startOrEnd": edge,
    })
}

fn selector(kind: &str, vector: &VectorSelector) -> Value {
    let (timestamp, edge) = at(vector.at.as_ref());
    json!({
        "type": kind,
        "name": vector.name.as_deref().unwrap_or_default(),
        "offset": offset(vector.offset.as_ref()),
        "matchers": matchers(vector.name.as_deref(), &vector.matchers),
        "timestamp": timestamp,
        "startOrEnd": edge,
        "anchored": syntax::is_anchored(vector),
        "smoothed": syntax::is_smoothed(vector),
    })
}

/// Prometheus puts the matcher of the name last.
fn matchers(name: Option<&str>, matchers: &Matchers) -> Vec<Value> {
    let entry = |name: &str, value: &str, kind: &str| json!({"name": name, "value": value, "type": kind});
    let written = matchers.matchers.iter().filter(|matcher| !syntax::is_modifier(matcher)).map(|matcher| {
        let kind = match matcher.op {
            MatchOp::Equal => "=",
            MatchOp::NotEqual => "!=",
            MatchOp::Re(_) => "=~",
            MatchOp::NotRe(_) => "!~",
        };
        entry(&matcher.name, &matcher.value, kind)
    });
    written.chain(name.map(|name| entry("__name__", name, "="))).collect()
}

/// The labels of `by`/`without`, `on`/`ignoring`, and whether it is the latter.
fn labels(modifier: Option<&LabelModifier>) -> (Vec<String>, bool) {
    match modifier {
        None => (Vec::new(), false),
        Some(LabelModifier::Include(labels)) => (labels.labels.clone(), false),
        Some(LabelModifier::Exclude(labels)) => (labels.labels.clone(), true),
    }
}

fn is_set_operator(operation: &BinaryExpr) -> bool {
    matches!(operation.op.to_string().as_str(), "and" | "or" | "unless")
}

/// `@`: a fixed time, or an edge of the query's range.
fn at(modifier: Option<&AtModifier>) -> (Option<i64>, Option<&'static str>) {
    match modifier {
        None => (None, None),
        Some(AtModifier::Start) => (None, Some("start")),
        Some(AtModifier::End) => (None, Some("end")),
        Some(AtModifier::At(time)) => match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => (Some(ms(after)), None),
            Err(before) => (Some(-ms(before.duration())), None),
        },
    }
}

fn offset(offset: Option<&Offset>) -> i64 {
    match offset {
        None => 0,
        Some(Offset::Pos(duration)) => ms(*duration),
        Some(Offset::Neg(duration)) => -ms(*duration),
    }
}

fn ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Without an exponent, as Go's `'f'` format writes it.
fn decimal(value: f64) -> String {
    if value.is_infinite() { if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned() } else { value.to_string() }
}
