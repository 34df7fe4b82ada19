//! `format_query`, `parse_query`: a query laid out over lines, and as the tree that Prometheus' page draws.
//!
//! Every node has a `type`: `aggregation`, `binaryExpr`, `call`, `matrixSelector`, `subquery`, `durationExpr`,
//! `numberLiteral`, `parenExpr`, `stringLiteral`, `unaryExpr`, `vectorSelector`; times are in milliseconds. A duration
//! that is an expression stands beside its time (`rangeExpr` beside `range`), which then is 0.

use lab_metrics::Cardinality;
use lab_metrics::promql::functions::signature::{Count, Edges, Signature};
use lab_metrics::promql::syntax;
use lab_metrics::promql::syntax::ast::{Aggregate, At, Binary, Duration, Expr, ExprKind, Selector, Subquery};
use lab_metrics::promql::value::{ValueType, shown};
use lab_model::format_float;
use serde_json::{Value, json};

use crate::params::Params;
use crate::prometheus::answer::envelope::{Answer, success};
use crate::prometheus::error::{PrometheusError, from_promql};
use crate::prometheus::params::query;

// `/api/v1/format_query`: `query`.
pub(crate) async fn format(params: Params) -> Answer {
    let query = query(&params).map_err(|reason| PrometheusError::parameter("query", reason))?;
    success(&syntax::pretty(query).map_err(|error| from_promql(&error))?)
}

// `/api/v1/parse_query`: `query`.
pub(crate) async fn parse(params: Params) -> Answer {
    let query = query(&params).map_err(|reason| PrometheusError::parameter("query", reason))?;
    success(&tree(&syntax::parse(query).map_err(|error| from_promql(&error))?))
}

/// The depth of trees is bounded, and with it this recursion's. Each node is made by a function that gets its parts ready,
/// so that the room it needs is not taken at every level.
fn tree(expr: &Expr) -> Value {
    match &expr.kind {
        ExprKind::Aggregate(aggregation) => {
            let parameter = aggregation.parameter.as_ref().map(tree);
            aggregate(aggregation, tree(&aggregation.inner), parameter)
        }
        ExprKind::Binary(operation) => binary(operation, tree(&operation.left), tree(&operation.right)),
        ExprKind::Call(function, arguments) => {
            let mut parts = Vec::with_capacity(arguments.len());
            for argument in arguments {
                parts.push(tree(argument));
            }
            call(function, parts)
        }
        ExprKind::Paren(inner) => paren(tree(inner)),
        ExprKind::Unary(sign, inner) => unary(sign.name(), tree(inner)),
        ExprKind::Subquery(inner) => subquery(inner, tree(&inner.inner)),
        _ => leaf(expr),
    }
}

/// A node that has no parts.
fn leaf(expr: &Expr) -> Value {
    match &expr.kind {
        ExprKind::Number(number) => json!({"type": "numberLiteral", "val": format_float(number.value)}),
        ExprKind::Text(bytes) => json!({"type": "stringLiteral", "val": shown(bytes)}),
        ExprKind::Selector(vector) => selector("vectorSelector", vector),
        ExprKind::Range(vector, range) => {
            let mut node = selector("matrixSelector", vector);
            node["range"] = milliseconds(range).into();
            node["rangeExpr"] = expression(range);
            node
        }
        _ => Value::Null,
    }
}

fn paren(inner: Value) -> Value {
    json!({"type": "parenExpr", "expr": inner})
}

fn unary(sign: &str, inner: Value) -> Value {
    json!({"type": "unaryExpr", "op": sign, "expr": inner})
}

fn aggregate(aggregation: &Aggregate, inner: Value, parameter: Option<Value>) -> Value {
    json!({
        "type": "aggregation",
        "op": aggregation.operation.name(),
        "expr": inner,
        "param": parameter,
        "grouping": aggregation.grouping.labels,
        "without": aggregation.grouping.without,
    })
}

fn binary(operation: &Binary, left: Value, right: Value) -> Value {
    let matching = operation.matching.as_ref().map(|matching| {
        let card = match matching.cardinality {
            Cardinality::ManyToOne => "many-to-one",
            Cardinality::OneToMany => "one-to-many",
            Cardinality::OneToOne if operation.operator.is_set() => "many-to-many",
            Cardinality::OneToOne => "one-to-one",
        };
        json!({
            "card": card, "labels": matching.labels, "on": matching.on, "include": matching.include,
            "fillValues": {"lhs": matching.fill_left, "rhs": matching.fill_right},
        })
    });
    json!({
        "type": "binaryExpr",
        "op": operation.operator.name(),
        "lhs": left,
        "rhs": right,
        "matching": matching,
        "bool": operation.returns_bool,
    })
}

fn call(function: &Signature, arguments: Vec<Value>) -> Value {
    json!({
        "type": "call",
        "func": {
            "name": function.name,
            "argTypes": function.parameters.iter().map(|wanted| type_name(*wanted)).collect::<Vec<_>>(),
            "variadic": match function.count {
                Count::Exact => 0,
                Count::Optional(extra) => i64::try_from(extra).unwrap_or(i64::MAX),
                Count::Repeated => -1,
            },
            "returnType": type_name(function.returns),
        },
        "args": arguments,
    })
}

fn type_name(value: ValueType) -> &'static str {
    match value {
        ValueType::Scalar => "scalar",
        ValueType::Text => "string",
        ValueType::Vector => "vector",
        ValueType::Matrix => "matrix",
    }
}

fn subquery(inner: &Subquery, expr: Value) -> Value {
    let (timestamp, edge) = at(inner.time.at);
    json!({
        "type": "subquery",
        "expr": expr,
        "range": milliseconds(&inner.range),
        "rangeExpr": expression(&inner.range),
        "offset": milliseconds(&inner.time.offset),
        "offsetExpr": expression(&inner.time.offset),
        "step": inner.step.as_ref().map_or(0, milliseconds),
        "stepExpr": inner.step.as_ref().map(expression),
        "timestamp": timestamp,
        "startOrEnd": edge,
    })
}

fn selector(kind: &str, vector: &Selector) -> Value {
    let (timestamp, edge) = at(vector.time.at);
    json!({
        "type": kind,
        "name": vector.name.as_deref().unwrap_or_default(),
        "offset": milliseconds(&vector.time.offset),
        "offsetExpr": expression(&vector.time.offset),
        "matchers": matchers(vector),
        "timestamp": timestamp,
        "startOrEnd": edge,
        "anchored": vector.edges == Edges::Anchored,
        "smoothed": vector.edges == Edges::Smoothed,
    })
}

/// Prometheus puts the matcher of the name last.
fn matchers(vector: &Selector) -> Vec<Value> {
    let entry = |name: &str, value: &str, kind: &str| json!({"name": name, "value": value, "type": kind});
    let written =
        vector.matchers.iter().map(|matcher| entry(&shown(&matcher.name), &shown(&matcher.value), matcher.op.as_str()));
    written.chain(vector.name.iter().map(|name| entry("__name__", name, "="))).collect()
}

/// `@`: a fixed time, or an edge of the query's range.
fn at(at: Option<At>) -> (Option<i64>, Option<&'static str>) {
    match at {
        None => (None, None),
        Some(At::Start) => (None, Some("start")),
        Some(At::End) => (None, Some("end")),
        Some(At::Time(milliseconds)) => (Some(milliseconds), None),
    }
}

fn milliseconds(duration: &Duration) -> i64 {
    match duration {
        Duration::Literal(milliseconds) => *milliseconds,
        Duration::Computed(_) => 0,
    }
}

fn expression(duration: &Duration) -> Value {
    match duration {
        Duration::Literal(_) => Value::Null,
        Duration::Computed(expr) => computed(expr),
    }
}

/// The node of a duration that is computed; parentheses are said at the node that stands within them.
fn computed(expr: &Expr) -> Value {
    let (wrapped, expr) = match &expr.kind {
        ExprKind::Paren(inner) => (true, &**inner),
        _ => (false, expr),
    };
    let node = |op: &str, left: Option<&Expr>, right: Option<&Expr>| {
        let (lhs, rhs) = (left.map(computed), right.map(computed));
        json!({"type": "durationExpr", "op": op, "lhs": lhs, "rhs": rhs, "wrapped": wrapped})
    };
    match &expr.kind {
        // A number cannot say that it is in parentheses; it is shown with a plus that can.
        ExprKind::Number(_) if wrapped => node("+", None, Some(expr)),
        ExprKind::Number(number) => {
            json!({"type": "numberLiteral", "val": format_float(number.value), "duration": number.is_duration})
        }
        ExprKind::Unary(sign, inner) => node(sign.name(), None, Some(inner)),
        ExprKind::Binary(binary) => node(binary.operator.name(), Some(&binary.left), Some(&binary.right)),
        ExprKind::Call(function, arguments) => node(function.name, arguments.first(), arguments.get(1)),
        _ => Value::Null,
    }
}
