//! Calls of functions and aggregations: how many arguments of which types.

use crate::promql::functions::{self, Count};
use crate::promql::syntax::diagnose::reader::Typed;
use crate::promql::syntax::text::{Fault, Token};
use crate::promql::value::ValueType;

/// Functions that are numbers of the query itself, replaced before evaluation.
const QUERY_CONTEXT: [&str; 4] = ["start", "end", "range", "step"];

/// True for the names of aggregations.
pub(super) fn is_aggregation(word: &str) -> bool {
    matches!(
        word,
        "sum"
            | "avg"
            | "count"
            | "min"
            | "max"
            | "group"
            | "stddev"
            | "stdvar"
            | "topk"
            | "bottomk"
            | "count_values"
            | "quantile"
            | "limitk"
            | "limit_ratio"
    )
}

/// True for the names of functions.
pub(super) fn is_known(name: &str) -> bool {
    QUERY_CONTEXT.contains(&name) || functions::find(name).is_some()
}

/// Checks the arguments of a function; its type.
pub(super) fn check_function(name: Token<'_>, arguments: &[Typed]) -> Result<Typed, Fault> {
    let result = |kind| Typed { kind, at: name.start, selector: false, offset: false, fixed: false };
    let Some(function) = functions::find(name.text) else { return Ok(result(ValueType::Scalar)) };
    let (wanted, got) = (function.parameters.len(), arguments.len());
    let count = match function.count {
        Count::Exact if got != wanted => Some(format!("expected {wanted} argument(s)")),
        Count::Optional(_) | Count::Repeated if got + 1 < wanted => {
            Some(format!("expected at least {} argument(s)", wanted - 1))
        }
        Count::Optional(extra) if got > wanted - 1 + extra => {
            Some(format!("expected at most {} argument(s)", wanted - 1 + extra))
        }
        _ => None,
    };
    if let Some(expected) = count {
        let message = format!("{expected} in call to {:?}, got {got}", function.name);
        return Err(Fault { at: name.start, message });
    }
    for (at, argument) in arguments.iter().enumerate() {
        let wanted = function.parameters.get(at).or(function.parameters.last()).copied();
        if let Some(wanted) = wanted.filter(|wanted| *wanted != argument.kind) {
            let (wanted, got) = (wanted.name(), argument.kind.name());
            let message = format!("expected type {wanted} in call to function {:?}, got {got}", function.name);
            return Err(Fault { at: argument.at, message });
        }
    }
    Ok(result(if function.is_scalar() { ValueType::Scalar } else { ValueType::Vector }))
}

/// Checks the arguments of an aggregation; its type.
pub(super) fn check_aggregation(word: &str, name: Token<'_>, arguments: &[Typed]) -> Result<Typed, Fault> {
    let parameter = match word {
        "topk" | "bottomk" | "quantile" | "limitk" | "limit_ratio" => Some(ValueType::Scalar),
        "count_values" => Some(ValueType::Text),
        _ => None,
    };
    let wanted: Vec<ValueType> = parameter.into_iter().chain([ValueType::Vector]).collect();
    let fault = |at: usize, message: String| Err(Fault { at, message });
    if arguments.is_empty() {
        return fault(name.start, "no arguments for aggregate expression provided".to_owned());
    }
    if arguments.len() != wanted.len() {
        let (wanted, got) = (wanted.len(), arguments.len());
        let text = "wrong number of arguments for aggregate expression provided";
        return fault(name.start, format!("{text}, expected {wanted}, got {got}"));
    }
    // The vector is checked first, as in Prometheus.
    for (wanted, argument) in wanted.iter().zip(arguments).rev() {
        if *wanted != argument.kind {
            let context = if *wanted == ValueType::Vector { "aggregation expression" } else { "aggregation parameter" };
            let (wanted, got) = (wanted.name(), argument.kind.name());
            return fault(argument.at, format!("expected type {wanted} in {context}, got {got}"));
        }
    }
    Ok(Typed { kind: ValueType::Vector, at: name.start, selector: false, offset: false, fixed: false })
}
