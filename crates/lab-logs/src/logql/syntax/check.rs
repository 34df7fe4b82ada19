//! Queries that read well but make no sense, refused in Loki's words.

use lab_model::Matcher;

use crate::logql::error::QueryError;
use crate::logql::functions::range::Unwraps;
use crate::logql::plan;
use crate::logql::scope::ERROR;
use crate::logql::syntax::ast::{
    Aggregation, Binary, Condition, LabelFormat, LogQuery, Metric, Query, RangeAggregation, Stage,
};

/// What is said of a query that names no stream.
const NO_MATCHER: &str = "queries require at least one regexp or equality matcher that does not have an empty-compatible value. \
     For instance, app=~\".*\" does not meet this requirement, but app=~\".+\" will";

/// Checks a whole query.
pub(crate) fn query(query: &Query) -> Result<(), QueryError> {
    match query {
        Query::Logs(query) => log_query(query),
        Query::Metric(metric) => expression(metric),
    }
}

/// Checks that a selector has a condition that an absent label does not meet: otherwise it would select everything.
pub(crate) fn log_query(query: &LogQuery) -> Result<(), QueryError> {
    if query.matchers.iter().all(Matcher::matches_empty) {
        return refuse(NO_MATCHER);
    }
    query.stages.iter().try_for_each(stage)
}

/// Checks that expressions, patterns, paths and templates of a stage can be read.
fn stage(stage: &Stage) -> Result<(), QueryError> {
    let formats = if let Stage::LabelFormat(formats) = stage { label_formats(formats) } else { Ok(()) };
    let Err(error) = formats.and_then(|()| plan::stage::Stage::compile(stage).map(drop)) else { return Ok(()) };
    refuse(match stage {
        Stage::Regexp(_) => format!("invalid regexp parser: {error}"),
        Stage::Pattern(_) => format!("invalid pattern parser: {error}"),
        Stage::Label(Condition::Match(_)) => error,
        _ => format!("stage '{stage}' : {error}"),
    })
}

/// Checks that no label is set twice, and none that says what is wrong with a line.
fn label_formats(formats: &[LabelFormat]) -> Result<(), String> {
    for (at, format) in formats.iter().enumerate() {
        let name = &format.name;
        if name == ERROR {
            return Err(format!("{name} cannot be formatted"));
        }
        if formats[..at].iter().any(|earlier| earlier.name == *name) {
            return Err(format!("multiple label name '{name}' not allowed in a single format operation"));
        }
    }
    Ok(())
}

fn expression(metric: &Metric) -> Result<(), QueryError> {
    match metric {
        Metric::Number(_) | Metric::Vector(_) => Ok(()),
        Metric::Range(range) => range_aggregation(range),
        Metric::LabelReplace(replace) => {
            refuse_number(&replace.inner)?;
            expression(&replace.inner)
        }
        Metric::Aggregate(aggregate) => {
            aggregation(aggregate)?;
            refuse_number(&aggregate.inner)?;
            expression(&aggregate.inner)
        }
        Metric::Binary(operation) => {
            binary(operation)?;
            expression(&operation.left)?;
            expression(&operation.right)
        }
    }
}

/// Refuses a number in the place of series: there are no lines from which it comes.
fn refuse_number(metric: &Metric) -> Result<(), QueryError> {
    match metric {
        Metric::Number(_) => refuse(NO_MATCHER),
        Metric::Binary(operation) => refuse_number(&operation.left),
        _ => Ok(()),
    }
}

fn range_aggregation(range: &RangeAggregation) -> Result<(), QueryError> {
    log_query(&range.query)?;
    let name = range.function.name;
    match (range.function.unwraps, &range.unwrap) {
        (Unwraps::Always, None) => return refuse(format!("invalid aggregation {name} without unwrap")),
        (Unwraps::Never, Some(_)) => return refuse(format!("invalid aggregation {name} with unwrap")),
        _ => {}
    }
    if range.grouping.is_some() && !range.function.groups {
        return refuse(format!("grouping not allowed for {name} aggregation"));
    }
    Ok(())
}

fn aggregation(aggregation: &Aggregation) -> Result<(), QueryError> {
    let name = aggregation.function.name;
    if let Some(parameter) = aggregation.parameter.filter(|number| number.fract() != 0.0) {
        return refuse(format!("invalid parameter {name}({parameter},"));
    }
    if let Some(parameter) = aggregation.parameter.filter(|number| *number < 1.0) {
        return refuse(format!("invalid parameter (must be greater than 0) {name}({parameter}"));
    }
    if aggregation.grouping.is_some() && !aggregation.function.groups {
        return refuse(if name.starts_with("sort") {
            "sort and sort_desc doesn't allow grouping by ".to_owned()
        } else {
            format!("grouping not allowed for {name} aggregation")
        });
    }
    Ok(())
}

fn binary(operation: &Binary) -> Result<(), QueryError> {
    if operation.op.is_set() {
        for (side, metric) in [("left", &operation.left), ("right", &operation.right)] {
            if is_scalar(metric) {
                let word = operation.op.name();
                return refuse(format!(
                    "unexpected literal for {side} leg of logical/set binary operation ({word}): {}",
                    number(metric)
                ));
            }
        }
    }
    if operation.returns_bool && !operation.op.is_comparison() && !operation.op.is_set() {
        return refuse("bool modifier can only be used on comparison operators");
    }
    Ok(())
}

/// A number with six decimals, as Loki's message has it.
fn number(metric: &Metric) -> String {
    if let Metric::Number(number) = metric { format!("{number:.6}") } else { metric.to_string() }
}

/// True for numbers and what is computed from numbers alone.
fn is_scalar(metric: &Metric) -> bool {
    match metric {
        Metric::Number(_) => true,
        Metric::Binary(operation) => is_scalar(&operation.left) && is_scalar(&operation.right),
        Metric::Vector(_) | Metric::Range(_) | Metric::Aggregate(_) | Metric::LabelReplace(_) => false,
    }
}

fn refuse(text: impl Into<String>) -> Result<(), QueryError> {
    Err(QueryError::Invalid(text.into()))
}
