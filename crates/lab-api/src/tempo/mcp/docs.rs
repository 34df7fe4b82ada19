//! What a model has to know of TraceQL to ask in it: short texts, as resources and as a tool.

use serde_json::{Value, json};

use crate::error::PlainError;
use crate::tempo::mcp::rpc::Failure;

/// The name of a text, what it is about, and the text.
const TEXTS: [(&str, &str, &str); 4] = [
    (
        "basic",
        "Filters of spans: attributes, intrinsics, operators",
        "# TraceQL: filters\n\
         A query selects spans by a filter in braces: `{ resource.service.name = \"cart\" && duration > 100ms }`.\n\
         - Attributes have a scope: `span.`, `resource.`, `event.`, `link.`, `instrumentation.`; `.name` looks into span and \
         resource.\n\
         - Intrinsics: `name`, `duration`, `status` (ok, error, unset), `kind` (server, client, producer, consumer, internal, \
         unspecified), `statusMessage`, `rootName`, `rootServiceName`, `traceDuration`, `trace:id`, `span:id`.\n\
         - Operators: `=`, `!=`, `<`, `<=`, `>`, `>=`, `=~`, `!~` (whole match), `&&`, `||`, `!`, and arithmetic.\n\
         - `= nil` is true of what a span lacks. Durations are written `10ms`, `1.5s`, `2h`.\n\
         - Two filters joined by `&&` or `||` select spans of traces that have both or either.\n\
         - `| select(span.http.route)` shows attributes that the filter does not name.\n",
    ),
    (
        "aggregates",
        "Numbers of a trace: count, sum, avg, min, max, and groups",
        "# TraceQL: aggregates\n\
         After a filter a pipeline can compare numbers of each trace: `{ kind = client } | count() > 5`,\n\
         `{ name = \"roll\" } | avg(duration) > 20ms`; `sum`, `min` and `max` take a number, too.\n\
         `| by(resource.service.name)` splits the spans of a trace into groups first, `| coalesce()` joins them again.\n",
    ),
    (
        "structural",
        "Relations between spans: child, descendant, parent, ancestor, sibling",
        "# TraceQL: structure\n\
         Between two filters stands how their spans are related; the spans of the right one are shown.\n\
         - `{ A } > { B }`: B is a child of A; `{ A } >> { B }`: below it, however deep.\n\
         - `{ A } < { B }`, `{ A } << { B }`: B is the parent of A, or above it.\n\
         - `{ A } ~ { B }`: both have the same parent.\n\
         - `!` before the sign negates it, `&` before it shows the spans of both sides.\n",
    ),
    (
        "metrics",
        "Series from spans: rates, quantiles, histograms, comparisons",
        "# TraceQL: metrics\n\
         A function over time makes series of the selected spans:\n\
         `{ status = error } | rate() by (resource.service.name)`.\n\
         - `rate()`, `count_over_time()`, `sum_over_time(x)`, `avg_over_time(x)`, `min_over_time(x)`, `max_over_time(x)`,\n\
         `quantile_over_time(duration, .5, .99)`, `histogram_over_time(duration)`.\n\
         - `compare({ status = error })` counts which values of attributes are frequent in a selection.\n\
         - `| topk(5)`, `| bottomk(5)` and comparisons (`> 0.5`) follow; two series are computed with `+ - * /` in parentheses.\n",
    ),
];

/// The texts as resources.
pub(super) fn list() -> Value {
    let resource = |(name, about, _): &(&str, &str, &str)| {
        json!({
            "uri": uri(name),
            "name": format!("TraceQL: {name}"),
            "description": about,
            "mimeType": "text/markdown",
        })
    };
    TEXTS.iter().map(resource).collect()
}

/// One resource by its address.
pub(super) fn read(params: &Value) -> Result<Value, Failure> {
    let asked = params["uri"].as_str().unwrap_or_default();
    let found = TEXTS.iter().find(|(name, ..)| uri(name) == asked);
    let unknown =
        || Failure::params(format!("there is no resource {asked:?}; resources/list names those that are there"));
    let (_, _, text) = found.ok_or_else(unknown)?;
    Ok(json!({"contents": [{"uri": asked, "mimeType": "text/markdown", "text": text}]}))
}

/// One text by its name; the basic one unless told otherwise.
pub(super) fn text(name: &str) -> Result<String, PlainError> {
    let wanted = if name.is_empty() { "basic" } else { name };
    let found = TEXTS.iter().find(|(known, ..)| *known == wanted);
    let known = || TEXTS.map(|(name, ..)| name).join(", ");
    let (_, _, text) =
        found.ok_or_else(|| PlainError::bad_request(format!("there is no text {name:?}; there are {}", known())))?;
    Ok((*text).to_owned())
}

fn uri(name: &str) -> String {
    format!("docs://traceql/{name}")
}
