//! What the grammar cannot say: whether the types fit, and whether a selector demands anything at all.
//!
//! The checks and their order are those of Prometheus, so that of several faults the same one is named.

use lab_algebra::notation::quote_string;
use lab_algebra::{Aggregation, Cardinality, Matching};
use lab_model::Matcher;
use lab_syntax::{Fault, Place};

use crate::promql::functions::signature::Signature;
use crate::promql::syntax::ast::{Aggregate, Binary, Expr, ExprKind, Selector};
use crate::promql::value::ValueType::{self, Matrix, Scalar, Text, Vector};

/// Checks an expression; its type. Where an operator is not one between vectors, its matching goes.
pub(super) fn expression(expr: &mut Expr) -> Result<ValueType, Fault> {
    let place = expr.place;
    match &mut expr.kind {
        ExprKind::Number(_) => Ok(Scalar),
        ExprKind::Text(_) => Ok(Text),
        ExprKind::Selector(vector) => selector(vector, place).map(|()| Vector),
        ExprKind::Range(vector, _) => selector(vector, place).map(|()| Matrix),
        ExprKind::Paren(inner) => expression(inner),
        ExprKind::Subquery(subquery) => match expression(&mut subquery.inner)? {
            Vector => Ok(Matrix),
            got => {
                // Prometheus says `matrix` here, and `range vector` everywhere else.
                let got = if got == Matrix { "matrix" } else { got.name() };
                fault(place, format!("subquery is only allowed on instant vector, got {got} instead"))
            }
        },
        ExprKind::Unary(_, inner) => match expression(inner)? {
            got @ (Scalar | Vector) => Ok(got),
            got => {
                let wanted = "unary expression only allowed on expressions of type scalar or instant vector";
                fault(place, format!("{wanted}, got {:?}", got.name()))
            }
        },
        ExprKind::Binary(operation) => binary(operation, place),
        ExprKind::Aggregate(aggregation) => aggregate(aggregation),
        ExprKind::Call(function, arguments) => call(function, arguments, place),
    }
}

fn fault<T>(at: Place, message: impl Into<String>) -> Result<T, Fault> {
    Err(Fault::new(at, message))
}

fn expect(expr: &mut Expr, wanted: ValueType, context: &str) -> Result<(), Fault> {
    match expression(expr)? {
        got if got == wanted => Ok(()),
        got => mismatch(expr, wanted, got, context),
    }
}

fn mismatch(expr: &Expr, wanted: ValueType, got: ValueType, context: &str) -> Result<(), Fault> {
    fault(expr.place, format!("expected type {} in {context}, got {}", wanted.name(), got.name()))
}

/// The series of no query are all series there are, for example by a mistyped label.
fn selector(selector: &Selector, place: Place) -> Result<(), Fault> {
    if let Some(name) = &selector.name {
        let metric_name = lab_model::labels::METRIC_NAME.as_bytes();
        let Some(second) = selector.matchers.iter().find(|matcher| matcher.name == metric_name) else { return Ok(()) };
        let second = quote_string(&second.value);
        return fault(place, format!("metric name must not be set twice: {name:?} or {second}"));
    }
    // A series without labels would meet all matchers.
    if selector.matchers.iter().filter_map(|matcher| matcher.condition.as_ref()).all(Matcher::matches_empty) {
        return fault(place, "vector selector must contain at least one non-empty matcher");
    }
    Ok(())
}

fn aggregate(aggregate: &mut Aggregate) -> Result<ValueType, Fault> {
    expect(&mut aggregate.inner, Vector, "aggregation expression")?;
    if let Some(parameter) = &mut aggregate.parameter {
        let wanted = if aggregate.operation == Aggregation::CountValues { Text } else { Scalar };
        expect(parameter, wanted, "aggregation parameter")?;
    }
    Ok(Vector)
}

fn binary(binary: &mut Binary, place: Place) -> Result<ValueType, Fault> {
    let (left, right) = (expression(&mut binary.left)?, expression(&mut binary.right)?);
    let (operator, operator_place, name) = (binary.operator, binary.operator_place, binary.operator.name());
    let both = |wanted| left == wanted && right == wanted;
    if binary.returns_bool && !operator.is_comparison() {
        return fault(operator_place, "bool modifier can only be used on comparison operators");
    }
    if operator.is_comparison() && both(Scalar) && !binary.returns_bool {
        return fault(operator_place, "comparisons between scalars must use BOOL modifier");
    }
    if let Some(label) = binary.matching.as_ref().and_then(label_on_both_sides) {
        return fault(operator_place, format!("label {label:?} must not occur in ON and GROUP clause at once"));
    }
    for (side, kind) in [(&binary.left, left), (&binary.right, right)] {
        if !matches!(kind, Scalar | Vector) {
            return fault(side.place, "binary expression must contain only scalar and instant vector types");
        }
    }
    let matching = binary.matching.take().unwrap_or_default();
    let fills = matching.fill_left.is_some() || matching.fill_right.is_some();
    if both(Vector) {
        if operator.is_set() && matching.cardinality != Cardinality::OneToOne {
            return fault(place, format!("no grouping allowed for {name:?} operation"));
        }
        if operator.is_set() && fills {
            return fault(place, "filling in missing series not allowed for set operators");
        }
        binary.matching = Some(matching);
        return Ok(Vector);
    }
    if !matching.labels.is_empty() {
        return fault(place, "vector matching only allowed between instant vectors");
    }
    if fills {
        return fault(place, "filling in missing series only allowed between instant vectors");
    }
    if operator.is_set() {
        return fault(place, format!("set operator {name:?} not allowed in binary scalar expression"));
    }
    Ok(if both(Scalar) { Scalar } else { Vector })
}

/// A label of `on` that the result would also take over from the other side.
fn label_on_both_sides(matching: &Matching) -> Option<&String> {
    matching.labels.iter().find(|label| matching.on && matching.include.contains(label))
}

fn call(function: &Signature, arguments: &mut [Expr], place: Place) -> Result<ValueType, Fault> {
    let got = arguments.len();
    if let Some(expected) = function.wanted_in_place_of(got) {
        return fault(place, format!("expected {expected} argument(s) in call to {:?}, got {got}", function.name));
    }
    let context = format!("call to function {:?}", function.name);
    for (at, argument) in arguments.iter_mut().enumerate() {
        if function.name == "info" && at == 1 {
            label_selector(argument, &context)?;
            continue;
        }
        if let Some(wanted) = function.parameters.get(at).or(function.parameters.last()) {
            expect(argument, *wanted, &context)?;
        }
    }
    Ok(function.returns)
}

/// The second argument of `info` has the form of a selector, but holds only matchers, which may demand nothing.
fn label_selector(argument: &mut Expr, context: &str) -> Result<(), Fault> {
    let message = match &argument.kind {
        ExprKind::Selector(selector) if selector.name.is_none() => return Ok(()),
        ExprKind::Selector(_) => "expected label selectors only, got vector selector instead",
        _ => "expected label selectors only",
    };
    match expression(argument) {
        Ok(got) if got != Vector => mismatch(argument, Vector, got, context),
        _ => fault(argument.place, message),
    }
}
