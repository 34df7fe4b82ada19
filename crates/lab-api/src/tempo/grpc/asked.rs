//! Requests of gRPC as parameters. A field that is zero or empty was not given.

use crate::tempo::answer::messages::{
    QueryInstantRequest, QueryRangeRequest, SearchRequest, SearchTagValuesRequest, SearchTagsRequest,
};
use crate::tempo::params::given::Params;

pub(super) fn search(asked: SearchRequest) -> Params {
    let SearchRequest { tags, query, .. } = &asked;
    // Quoted as the parameter wants it.
    let quoted = |value: &str| value.replace('\\', r"\\").replace('"', "\\\"");
    let tags: Vec<String> = tags.iter().map(|(name, value)| format!("{name}=\"{}\"", quoted(value))).collect();
    let milliseconds = |number: u32| if number == 0 { String::new() } else { format!("{number}ms") };
    given([
        ("q", query.clone()),
        ("tags", tags.join(" ")),
        ("minDuration", milliseconds(asked.min_duration_ms)),
        ("maxDuration", milliseconds(asked.max_duration_ms)),
        ("limit", number(asked.limit.into())),
        ("spss", number(asked.spans_per_span_set.into())),
        ("start", number(asked.start.into())),
        ("end", number(asked.end.into())),
    ])
}

pub(super) fn names(asked: SearchTagsRequest) -> Params {
    given([
        ("scope", asked.scope),
        ("q", asked.query),
        ("start", number(asked.start.into())),
        ("end", number(asked.end.into())),
        ("limit", number(asked.max_tags_per_scope.into())),
    ])
}

/// The name of the tag, and the parameters.
pub(super) fn values(asked: SearchTagValuesRequest) -> (String, Params) {
    let params = given([
        ("q", asked.query),
        ("start", number(asked.start.into())),
        ("end", number(asked.end.into())),
        ("limit", number(asked.max_tag_values.into())),
    ]);
    (asked.tag_name, params)
}

pub(super) fn over_steps(asked: QueryRangeRequest) -> Params {
    let step = if asked.step == 0 { String::new() } else { format!("{}ns", asked.step) };
    given([
        ("q", asked.query),
        ("start", nanoseconds(asked.start)),
        ("end", nanoseconds(asked.end)),
        ("step", step),
        ("exemplars", number(asked.exemplars.into())),
        ("maxSeries", number(asked.max_series.into())),
    ])
}

pub(super) fn instant(asked: QueryInstantRequest) -> Params {
    given([("q", asked.query), ("start", nanoseconds(asked.start)), ("end", nanoseconds(asked.end))])
}

fn number(number: u64) -> String {
    if number == 0 { String::new() } else { number.to_string() }
}

/// Nanoseconds as a parameter, whose unit follows from the number of digits.
fn nanoseconds(time: u64) -> String {
    if time == 0 { String::new() } else { format!("{time:011}") }
}

fn given<const N: usize>(pairs: [(&str, String); N]) -> Params {
    pairs.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name.to_owned(), value)).collect()
}
